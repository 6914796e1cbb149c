"""What it costs to look: the same program bare, and with one tool that watches it after the other (page 10)."""

from __future__ import annotations

import asyncio
import os
import time
import tracemalloc
from dataclasses import dataclass

from helpers.timeline import Timeline

TASKS = 20
STEPS = 40  # of each task
ROUNDS = 7  # short runs, and many: some of them nobody disturbs
# The processor's time of a thread is told in steps of 16 ms on Windows, which is more than a run takes.
_clock = time.perf_counter if os.name == "nt" else time.thread_time


@dataclass(frozen=True)
class Cost:
    """What a step of a task takes with a tool, and how many times that of a bare step it is."""

    tool: str
    step_us: float
    factor: float

    def __str__(self) -> str:
        return f"{self.tool}: {self.step_us:.1f} µs a step, {self.factor:.1f}×"


async def watching_cost() -> list[Cost]:
    """Return the cost of a step without any tool, with the timeline, with tracemalloc and in debug mode.

    It is the processor's time, and the least of several runs, in turn, so that another program on the machine disturbs
    none of them alone. They run on an event loop of their own, in a thread.
    """
    return await asyncio.to_thread(_measure)


def _measure() -> list[Cost]:
    took: dict[str, list[float]] = {tool: [] for tool in ("nothing", "timeline", "tracemalloc", "debug mode")}
    for _ in range(ROUNDS):
        for tool, runs in took.items():
            was_on = tracemalloc.is_tracing()
            if tool == "tracemalloc" and not was_on:
                tracemalloc.start()
            try:
                runs.append(asyncio.run(_program(recorded=tool == "timeline"), debug=tool == "debug mode"))
            finally:
                if tool == "tracemalloc" and not was_on:
                    tracemalloc.stop()
    bare = min(took["nothing"])
    return [Cost(tool, min(runs) / TASKS / STEPS * 1e6, min(runs) / bare) for tool, runs in took.items()]


async def _program(*, recorded: bool) -> float:
    asyncio.get_running_loop().slow_callback_duration = float("inf")  # on a busy machine some steps are slow

    async def steps() -> None:
        for _ in range(STEPS):
            await asyncio.sleep(0)

    async def together() -> float:
        began = _clock()
        await asyncio.gather(*[asyncio.create_task(steps()) for _ in range(TASKS)])
        return _clock() - began

    if not recorded:
        return await together()
    async with Timeline("a recorded run", show=False):
        return await together()
