"""Answers to the exercises of 00, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
from typing import Any

from tests.exercises.answers import Right, Wrong


async def temperature(session: Any, city: str) -> Any:
    async with session.get(f"/cities/{city}/weather") as response:
        return (await response.json())["temperature_c"]


# --- 0.1 ---


async def awaits(session):
    return await temperature(session, "oslo")


async def awaits_in_two_steps(session):
    waiting = temperature(session, "oslo")
    return await waiting


async def awaits_a_task(session):
    task = asyncio.create_task(temperature(session, "oslo"))
    return await task


async def asks_by_itself(session):
    async with session.get("/cities/oslo/weather") as response:
        weather = await response.json()
    return weather["temperature_c"]


async def forgets_await(session):
    return temperature(session, "oslo")


async def forgets_await_and_uses_it(session):
    answer = temperature(session, "oslo")
    return round(answer)


async def returns_the_task(session):
    return asyncio.create_task(temperature(session, "oslo"))


async def prints_it(session):
    print(await temperature(session, "oslo"))


async def knows_it(session):
    return 6.0


async def returns_everything(session):
    async with session.get("/cities/oslo/weather") as response:
        return await response.json()


async def starts_a_loop(session):
    return asyncio.run(temperature(session, "oslo"))


def is_no_coroutine_function(session):
    return 6.0


async def asks_for_another_city(session):
    return await temperature(session, "lima")


async def asks_twice(session):
    print(await temperature(session, "oslo"))
    return await temperature(session, "oslo")


async def makes_text_of_it(session):
    return f"{await temperature(session, 'oslo')} °C"


# --- 0.3 ---


async def awaits_each(greet):
    await greet("Ada")
    await greet("Grace")
    await greet("Edsger")


async def gathers(greet):
    await asyncio.gather(greet("Ada"), greet("Grace"), greet("Edsger"))


async def groups(greet):
    async with asyncio.TaskGroup() as group:
        for name in ("Ada", "Grace", "Edsger"):
            group.create_task(greet(name))


async def as_given(greet):
    ada = greet("Ada")
    grace = greet("Grace")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger


async def makes_a_task_and_leaves(greet):
    ada = greet("Ada")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger
    asyncio.create_task(greet("Grace"))


async def leaves_her_out(greet):
    ada = greet("Ada")
    edsger = asyncio.create_task(greet("Edsger"))
    await ada
    await edsger


async def greets_her_again(greet):
    await greet("Ada")
    await greet("Grace")
    await greet("Grace")
    await greet("Edsger")


async def awaits_it_twice(greet):
    grace = greet("Grace")
    await grace
    await grace


async def awaits_none(greet):
    greet("Ada")
    greet("Grace")
    greet("Edsger")


RIGHT = (
    Right("0.1", awaits),
    Right("0.1", awaits_in_two_steps),
    Right("0.1", awaits_a_task),
    Right("0.1", asks_by_itself),
    Right("0.2", ["A", "D", "B", "C"]),
    Right("0.2", "ADBC"),
    Right("0.2", ("a", "d", "b", "c")),
    Right("0.3", awaits_each),
    Right("0.3", gathers),
    Right("0.3", groups),
)

WRONG = (
    Wrong("0.1", forgets_await, "Await what you return."),
    Wrong("0.1", forgets_await_and_uses_it, "Put `await` before the call."),
    Wrong("0.1", returns_the_task, "Await the task, and return its result."),
    Wrong("0.1", prints_it, "Return the number."),
    Wrong("0.1", knows_it, "Ask the service, with the session that your function gets."),
    Wrong("0.1", returns_everything, "Return the number alone."),
    Wrong("0.1", starts_a_loop, "Write `await` where you wrote `asyncio.run` or `run_until_complete`."),
    Wrong("0.1", is_no_coroutine_function, "Begin with `async def in_oslo`."),
    Wrong("0.1", asks_for_another_city, "Ask for /cities/oslo/weather."),
    Wrong("0.1", asks_twice, "Ask for each page once."),
    Wrong("0.1", makes_text_of_it, "Return what `temperature` gives, as it is."),
    Wrong("0.2", ["A", "B", "C", "D"], "Put D before B and C."),
    Wrong("0.2", ["A", "B", "D", "C"], "Put D before B."),
    Wrong("0.2", ["A", "D", "C", "B"], "Put B before C."),
    Wrong("0.2", ["D", "A", "B", "C"], "Begin with A."),
    Wrong("0.2", ["A", "D", "B"], 'Give each of the four letters once: ["A", "B", "C", "D"] in your order.'),
    Wrong("0.3", as_given, "Await each call of greet, or make a task of it."),
    Wrong("0.3", makes_a_task_and_leaves, "Await the task that greets Grace."),
    Wrong("0.3", leaves_her_out, "Greet Grace, too."),
    Wrong("0.3", greets_her_again, "Greet Grace once."),
    Wrong("0.3", awaits_it_twice, "Await each coroutine once."),
    Wrong("0.3", awaits_none, "Await each call of greet, or make a task of it."),
)
