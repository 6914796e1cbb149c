"""Answers to the exercises of 00, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
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


@wrong(
    "0.1",
    "Ask the service, with the session that your function gets.",
    passes=("The temperature in Oslo, as a number",),
)
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


@wrong("0.3", "Await the task that greets Grace.", passes=("Every coroutine that is made runs",))
async def makes_a_task_and_leaves(greet):
    ada = greet("Ada")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger
    asyncio.create_task(greet("Grace"))


@wrong("0.3", "Greet Grace, too.", passes=("Every coroutine that is made runs",))
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


# --- values ---

right("0.2")(["A", "D", "B", "C"])
right("0.2")("ADBC")
right("0.2")(("a", "d", "b", "c"))
wrong("0.2", "Put D before B and C.")(["A", "B", "C", "D"])
wrong("0.2", "Put D before B.")(["A", "B", "D", "C"])
wrong("0.2", "Put B before C.")(["A", "D", "C", "B"])
wrong("0.2", "Begin with A.")(["D", "A", "B", "C"])
wrong("0.2", 'Give each of the four letters once: ["A", "B", "C", "D"] in your order.')(["A", "D", "B"])
