"""What tests ask of a timeline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.timeline import Blocking, Ending, Lane, Segment, State, Timeline


def lane_of(timeline: Timeline, name: str) -> Lane:
    """Return the one lane of a name."""
    (lane,) = [lane for lane in timeline.lanes if lane.name == name]
    return lane


def waits_of(lane: Lane) -> list[State]:
    """Return what a lane waited for, in order, without repetitions in a row."""
    waits = [segment.state for segment in lane.segments if segment.state.is_waiting]
    return [state for index, state in enumerate(waits) if index == 0 or state is not waits[index - 1]]


async def waits_in_task(work: Callable[[], Awaitable[Any]]) -> list[State]:
    """Run something as a task of its own in a timeline, and return what it waited for."""

    async def learner() -> None:
        await work()

    async with Timeline("one task") as timeline:
        await asyncio.create_task(learner())
    return waits_of(lane_of(timeline, "learner()"))


def lane(
    name: str = "task",
    *segments: tuple[float, float, State],
    ending: Ending = Ending.DONE,
    kind: Any = "task",
    blockings: tuple[tuple[float, float], ...] = (),
) -> Lane:
    """Make a lane by hand."""
    made = tuple(Segment(*segment) for segment in segments) or (Segment(0, 1, State.TIMER),)
    return Lane(
        name=name,
        kind=kind,
        created_s=made[0].start_s,
        ended_s=made[-1].end_s,
        ending=ending,
        segments=made,
        blockings=tuple(Blocking(name, start_s, end_s) for start_s, end_s in blockings),
    )
