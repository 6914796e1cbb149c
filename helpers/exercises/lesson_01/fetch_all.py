"""1.2: all cities, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import FIRST, Answer, Exercise
from helpers.exercises.expectations import asks_once, in_each_run, overlaps, returns_in_order, uses_the_session
from helpers.exercises.lesson_01._shared import CITIES, TOGETHER, counted, fetch, pages
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp

OTHER = ("prague", "tunis", "oslo", "manila", "kampala", "havana", "tbilisi")
OTHER_CITIES = "With other cities"
RUNS = {FIRST: ("weather", CITIES), OTHER_CITIES: ("elsewhere", OTHER)}


async def fetch_all(session: aiohttp.ClientSession, cities: Sequence[str]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


async def _all(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, RUNS[FIRST][0]) as session:
        return await answer(session, list(CITIES))


async def _all_others(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, RUNS[OTHER_CITIES][0]) as session:
        return await answer(session, list(OTHER))


EXERCISE = Exercise(
    number="1.2",
    title="All cities, in order",
    reference=fetch_all,
    helpers=(fetch,),
    run=_all,
    services={
        RUNS[FIRST][0]: {"latency_s": Uniform(0.15, 0.25), "seed": 1},
        RUNS[OTHER_CITIES][0]: {"latency_s": Uniform(0.1, 0.3), "seed": 2},
    },
    trials={OTHER_CITIES: _all_others},
    expectations=(
        in_each_run(
            "All answers, in the order of the cities",
            {
                run: (service, returns_in_order(cities, key="slug", section=TOGETHER))
                for run, (service, cities) in RUNS.items()
            },
        ),
        in_each_run(
            "The service was asked for each city once",
            {run: (service, asks_once(pages(cities), label="")) for run, (service, cities) in RUNS.items()},
        ),
        in_each_run(
            "The service had all requests in flight",
            {run: (service, overlaps(len(cities), section=TOGETHER)) for run, (service, cities) in RUNS.items()},
        ),
        in_each_run(
            "It uses the session that it is given",
            {run: (service, uses_the_session()) for run, (service, _) in RUNS.items()},
        ),
    ),
    hints=(
        "A task keeps its result: after the group has ended, `task.result()` gives it to you.",
        "Keep the tasks in a list, in the order in which you make them. Or look up what `asyncio.gather` returns.",
    ),
    why="All tasks are scheduled before the group waits, and the list keeps their order, whichever ends first.",
    section=TOGETHER,
)
