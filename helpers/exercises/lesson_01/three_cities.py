"""1.1: start them together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import FIRST, Answer, Exercise
from helpers.exercises.expectations import asks_once, in_each_run, overlaps
from helpers.exercises.lesson_01._shared import TOGETHER, counted, fetch, pages
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp

THREE = ("oslo", "lima", "cairo")
OTHER_TIMES = "With other latencies"
SERVICES = {FIRST: "weather", OTHER_TIMES: "slow cairo"}


async def three_cities(session: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))


async def _three(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, SERVICES[FIRST]) as session:
        return await answer(session)


async def _three_at_other_times(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, SERVICES[OTHER_TIMES]) as session:
        return await answer(session)


EXERCISE = Exercise(
    number="1.1",
    title="Start them together",
    reference=three_cities,
    helpers=(fetch,),
    run=_three,
    services={
        # By its seed oslo takes 550 ms, lima 350, cairo 200: whoever waits for cairo alone has not waited for all. Half
        # of these differences were too little: a busy machine once stopped an answer for so long that all had come.
        SERVICES[FIRST]: {"latency_s": Uniform(0.2, 0.6), "seed": 11},
        SERVICES[OTHER_TIMES]: {"latency_s": Uniform(0.2, 0.6), "seed": 123},  # cairo 540, oslo 340, lima 240
    },
    trials={OTHER_TIMES: _three_at_other_times},
    expectations=(
        in_each_run(
            "The service was asked for each of the three, once",
            {run: (service, asks_once(pages(THREE), label="")) for run, service in SERVICES.items()},
        ),
        in_each_run(
            "The service had all 3 requests in flight",
            {run: (service, overlaps(len(THREE), section=TOGETHER)) for run, service in SERVICES.items()},
        ),
    ),
    hints=(
        "`group.create_task(...)` takes a coroutine, and returns at once.",
        "The coroutine is what `fetch(session, city)` makes.",
    ),
    why="`create_task` schedules each request and returns at once, so all three wait at the same time.",
    section=TOGETHER,
)
