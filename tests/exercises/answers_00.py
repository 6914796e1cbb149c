"""Answers to the exercises of 00, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import Any

from tests.exercises.answers import right, wrong


async def temperature(session: Any, city: str) -> Any:
    async with session.get(f"/cities/{city}/weather") as response:
        return (await response.json())["temperature_c"]


# --- 0.1 ---


@right("0.1")
async def awaits(session):
    return await temperature(session, "oslo")


@right("0.1")
async def awaits_in_two_steps(session):
    waiting = temperature(session, "oslo")
    return await waiting


@right("0.1")
async def awaits_a_task(session):
    task = asyncio.create_task(temperature(session, "oslo"))
    return await task


@right("0.1")
async def asks_by_itself(session):
    async with session.get("/cities/oslo/weather") as response:
        weather = await response.json()
    return weather["temperature_c"]


@wrong("0.1", "Await what you return.")
async def forgets_await(session):
    return temperature(session, "oslo")


@wrong("0.1", "Put `await` before the call.")
async def forgets_await_and_uses_it(session):
    answer = temperature(session, "oslo")
    return round(answer)


@wrong("0.1", "Await the task, and return its result.")
async def returns_the_task(session):
    return asyncio.create_task(temperature(session, "oslo"))


@wrong("0.1", "Return the number.", passes=("The service was asked for Oslo's weather, once",))
async def prints_it(session):
    print(await temperature(session, "oslo"))


@wrong("0.1", "Ask the service, with the session that your function gets.")
async def knows_it(session):
    return 6.0


@wrong("0.1", "Return the number alone.", passes=("The service was asked for Oslo's weather, once",))
async def returns_everything(session):
    async with session.get("/cities/oslo/weather") as response:
        return await response.json()


@wrong("0.1", "Write `await` where you wrote `asyncio.run` or `run_until_complete`.")
async def starts_a_loop(session):
    return asyncio.run(temperature(session, "oslo"))


@wrong("0.1", "Begin with `async def in_oslo`.")
def is_no_coroutine_function(session):
    return 6.0


@wrong("0.1", "Ask for /cities/oslo/weather.")
async def asks_for_another_city(session):
    return await temperature(session, "lima")


@wrong("0.1", "Ask for each page once.", passes=("The temperature in Oslo, as a number",))
async def asks_twice(session):
    print(await temperature(session, "oslo"))
    return await temperature(session, "oslo")


@wrong("0.1", "Return what `temperature` gives, as it is.", passes=("The service was asked for Oslo's weather, once",))
async def makes_text_of_it(session):
    return f"{await temperature(session, 'oslo')} °C"


@right("0.1")
async def gathers_one(session):
    (found,) = await asyncio.gather(temperature(session, "oslo"))
    return found


@right("0.1")
async def in_a_group(session):
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(temperature(session, "oslo"))
    return asking.result()


@functools.cache
def norways_capital():
    return "oslo"


@right("0.1")
async def with_a_cached_helper(session):
    return await temperature(session, norways_capital())


@right("0.1")
async def with_a_time_limit(session):
    return await asyncio.wait_for(temperature(session, city="oslo"), timeout=5)


@wrong("0.1", "Return what `temperature` gives, as it is.", passes=("The service was asked for Oslo's weather, once",))
async def asks_and_returns_what_it_was_yesterday(session):
    await temperature(session, "oslo")
    return 6.0


@wrong("0.1", "Return what `temperature` gives, as it is.", passes=("The service was asked for Oslo's weather, once",))
async def rounds_it(session):
    return round(await temperature(session, "oslo"))


@wrong("0.1", "Ask for /cities/oslo/weather.")
async def capital_letter(session):
    return await temperature(session, "Oslo")


@wrong("0.1", "Return the number.", passes=("The service was asked for Oslo's weather, once",))
async def forgets_to_return(session):
    await temperature(session, "oslo")


@wrong("0.1", "Await the task first: `await task` waits for its end, and gives its result.")
async def reads_the_result_at_once(session):
    return asyncio.create_task(temperature(session, "oslo")).result()


@wrong("0.1", "Leave out the `await`: `create_task` wants the coroutine, and you gave it the answer.")
async def awaits_inside_create_task(session):
    return await asyncio.create_task(await temperature(session, "oslo"))


@wrong("0.1", "Write `await` where you wrote `asyncio.run` or `run_until_complete`.")
async def runs_until_complete(session):
    return asyncio.get_running_loop().run_until_complete(temperature(session, "oslo"))


@wrong("0.1", "Give it these parameters: `async def in_oslo(session)`.")
async def no_parameter():
    return 6.0


# --- 0.3 ---


@right("0.3")
async def awaits_each(greet):
    await greet("Ada")
    await greet("Grace")
    await greet("Edsger")


@right("0.3")
async def gathers(greet):
    await asyncio.gather(greet("Ada"), greet("Grace"), greet("Edsger"))


@right("0.3")
async def groups(greet):
    async with asyncio.TaskGroup() as group:
        for name in ("Ada", "Grace", "Edsger"):
            group.create_task(greet(name))


@wrong("0.3", "Await each call of greet, or make a task of it.")
async def as_given(greet):
    ada = greet("Ada")
    grace = greet("Grace")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def makes_a_task_and_leaves(greet):
    ada = greet("Ada")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger
    asyncio.create_task(greet("Grace"))


@wrong("0.3", "Greet Grace too.", passes=("Every coroutine that is made runs",))
async def leaves_her_out(greet):
    ada = greet("Ada")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger


@wrong("0.3", "Greet Grace once.", passes=("Every coroutine that is made runs",))
async def greets_her_again(greet):
    await greet("Ada")
    await greet("Grace")
    await greet("Grace")
    await greet("Edsger")


@wrong("0.3", "Await each coroutine once.")
async def awaits_it_twice(greet):
    grace = greet("Grace")
    await grace
    await grace


@wrong("0.3", "Await each call of greet, or make a task of it.")
async def awaits_none(greet):
    greet("Ada")
    greet("Grace")
    greet("Edsger")


@right("0.3")
async def waits_for_all(greet):
    await asyncio.wait([asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")])


@right("0.3")
async def one_by_one_as_they_end(greet):
    for ended in asyncio.as_completed([greet("Ada"), greet("Grace"), greet("Edsger")]):
        await ended


@right("0.3")
async def mended_by_one_word(greet):
    ada = greet("Ada")
    grace = greet("Grace")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await grace
    await edsger


@right("0.3")
async def tasks_in_a_list(greet):
    tasks = [asyncio.ensure_future(greet(name)) for name in ("Edsger", "Grace", "Ada")]
    for task in tasks:
        await task


@right("0.3")
async def counts_down(greet):
    left = 3
    over = asyncio.Event()

    async def one(name):
        nonlocal left
        await greet(name)
        left -= 1
        if not left:
            over.set()

    tasks = [asyncio.create_task(one(name)) for name in ("Ada", "Grace", "Edsger")]
    await over.wait()
    assert len(tasks) == 3


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def grace_task_not_awaited(greet):
    ada = greet("Ada")
    grace = asyncio.create_task(greet("Grace"))
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger
    return grace


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def awaits_only_the_last(greet):
    tasks = [asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")]
    await tasks[-1]


@wrong("0.3", "Wait until Grace and Edsger have been greeted.", passes=("Every coroutine that is made runs",))
async def awaits_only_ada(greet):
    others = [asyncio.create_task(greet("Grace")), asyncio.create_task(greet("Edsger"))]
    await greet("Ada")
    return len(others)


@wrong("0.3", "Wait until Ada and Edsger have been greeted.", passes=("Every coroutine that is made runs",))
async def awaits_only_grace(greet):
    others = [asyncio.create_task(greet("Ada")), asyncio.create_task(greet("Edsger"))]
    await greet("Grace")
    return len(others)


@wrong("0.3", "Wait until Edsger has been greeted.", passes=("Every coroutine that is made runs",))
async def awaits_two_of_three(greet):
    edsger = asyncio.create_task(greet("Edsger"))
    await greet("Ada")
    await greet("Grace")
    return edsger


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def two_completed(greet):
    tasks = [asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")]
    while sum(task.done() for task in tasks) < 2:
        await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def cancels_at_the_end(greet):
    tasks = [asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")]
    await tasks[0]
    for task in tasks:
        task.cancel()


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def time_limit_swallowed(greet):
    for name in ("Ada", "Grace", "Edsger"):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(greet(name), timeout=0.1)


@wrong("0.3", "Wait until Grace has been greeted.", passes=("Every coroutine that is made runs",))
async def sleeps_a_little(greet):
    tasks = [asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")]
    await asyncio.sleep(0.06)
    return len(tasks)


@wrong("0.3", "Wait until Ada, Grace and Edsger have been greeted.", passes=("Every coroutine that is made runs",))
async def gather_not_awaited(greet):
    asyncio.gather(greet("Ada"), greet("Grace"), greet("Edsger"))


@wrong("0.3", "Greet Edsger too.", passes=("Every coroutine that is made runs",))
async def grace_twice_edsger_never(greet):
    await greet("Ada")
    await greet("Grace")
    await greet("Grace")


@wrong("0.3", "Greet Grace too.", passes=("Every coroutine that is made runs",))
async def misspelt(greet):
    await greet("Ada")
    await greet("Grce")
    await greet("Edsger")


@wrong("0.3", "Greet only the three.", passes=("Every coroutine that is made runs",))
async def a_fourth_guest(greet):
    await asyncio.gather(*[greet(name) for name in ("Ada", "Grace", "Edsger", "Barbara")])


@wrong("0.3", "Greet Ada, Grace and Edsger too.", passes=("Every coroutine that is made runs",))
async def greets_nobody(greet):
    await asyncio.sleep(0.01)


@wrong("0.3", "Put a `*` before the list: `gather(*[...])`.")
async def gathers_a_list(greet):
    await asyncio.gather([greet("Ada"), greet("Grace"), greet("Edsger")])


@wrong("0.3", "Leave out the `await`: `create_task` wants the coroutine, and you gave it the answer.")
async def tasks_of_results(greet):
    for name in ("Ada", "Grace", "Edsger"):
        asyncio.create_task(await greet(name))


@wrong("0.3", "Await what `as_completed` gives you.")
async def as_completed_not_awaited(greet):
    for ended in asyncio.as_completed([greet("Ada"), greet("Grace"), greet("Edsger")]):
        print(ended)


# --- values ---

right("0.2")(["A", "D", "B", "C"])
right("0.2")("ADBC")
right("0.2")(("a", "d", "b", "c"))
wrong("0.2", "Ask yourself whether `create_task` waits for the task.")(["A", "B", "C", "D"])
wrong("0.2", "Ask yourself at which line of `program` something else can run for the first time.")(["A", "B", "D", "C"])
wrong("0.2", "Follow `child` from its first line to its last.")(["A", "D", "C", "B"])
wrong("0.2", "Follow `child` from its first line to its last.")(["A", "C", "B", "D"])
wrong("0.2", "Begin where `program` begins.")(["D", "A", "B", "C"])
wrong("0.2", "Begin where `program` begins.")(["B", "A", "D", "C"])
wrong("0.2", "Give each of the four letters once, in a list such as the one that you were given.")(["A", "D", "B"])
wrong("0.2", "Give each of the four letters once, in a list such as the one that you were given.")(["A", "D", "B", "B"])
wrong("0.2", "Give each of the four letters once, in a list such as the one that you were given.")(1423)
wrong("0.2", "Give a list, in square brackets.")({"ADBC"})  # one element: the order of more would name the test


@wrong(
    "0.3",
    "Await the tasks themselves: a sleep does not wait for them.",
    passes=("Every coroutine that is made runs",),
)
async def sleeps_for_a_second(greet):
    tasks = [asyncio.create_task(greet(name)) for name in ("Ada", "Grace", "Edsger")]
    await asyncio.sleep(1)
    return tasks
