"""1.1: start them together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer, Exercise
from helpers.exercises.expectations import asks_once, overlaps
from helpers.exercises.lesson_01._shared import TOGETHER, counted, fetch, pages

if TYPE_CHECKING:
    import aiohttp

THREE = ("oslo", "lima", "cairo")


async def three_cities(session: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))


async def _three(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session)


EXERCISE = Exercise(
    number="1.1",
    title="Start them together",
    reference=three_cities,
    helpers=(fetch,),
    run=_three,
    services={"weather": {"latency_s": 0.2}},
    expectations=(
        asks_once(pages(THREE), label="The service was asked for each of the three, once"),
        overlaps(len(THREE), section=TOGETHER),
    ),
    hints=(
        "`group.create_task(...)` takes a coroutine, and returns at once.",
        "The coroutine is what `fetch(session, city)` makes.",
    ),
    why="`create_task` starts each request and returns at once, so all three wait at the same time.",
    section=TOGETHER,
)
