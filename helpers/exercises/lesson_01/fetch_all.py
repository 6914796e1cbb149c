"""1.2: twenty cities, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer, Exercise
from helpers.exercises.expectations import asks_once, overlaps, returns_in_order, uses_the_session
from helpers.exercises.lesson_01._shared import CITIES, TOGETHER, counted, fetch, pages
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp


async def fetch_all(session: aiohttp.ClientSession, cities: Sequence[str]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


async def _all(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, list(CITIES))


EXERCISE = Exercise(
    number="1.2",
    title="Twenty cities, in order",
    reference=fetch_all,
    helpers=(fetch,),
    run=_all,
    services={"weather": {"latency_s": Uniform(0.2, 0.35), "seed": 1}},
    expectations=(
        returns_in_order(CITIES, key="slug", section=TOGETHER),
        asks_once(pages(CITIES), label="The service was asked for each city once"),
        overlaps(len(CITIES), section=TOGETHER),
        uses_the_session(),
    ),
    hints=(
        "A task remembers its result: `task.result()` after the group has ended.",
        "Keep the tasks in a list, in the order in which you create them. Or look up what `asyncio.gather` gives.",
    ),
    why="The tasks all start before the group waits, and the list keeps them in order, whoever finishes first.",
    section=TOGETHER,
)
