"""How many lanes run at one moment, counted from a recorded run."""

from __future__ import annotations

import asyncio
import time

from helpers.lesson.turns import most_running
from helpers.timeline import Timeline


async def recorded(*jobs: float) -> Timeline:
    async def job(blocks_s: float) -> None:
        await asyncio.sleep(0.01)
        time.sleep(blocks_s)  # noqa: ASYNC251 - it is to block

    async with Timeline("jobs", show=False) as timeline:
        await asyncio.gather(*[job(blocks_s) for blocks_s in jobs])
    return timeline


def test_tasks_of_one_loop_never_run_at_the_same_moment() -> None:
    assert most_running(asyncio.run(recorded(0, 0.001, 0.06, 0.001, 0))) == 1


def test_a_synchronous_block_has_nothing_that_runs_on_a_loop() -> None:
    with Timeline("spans", show=False) as timeline, timeline.span("a span"):
        time.sleep(0.001)
    assert most_running(timeline) == 0
