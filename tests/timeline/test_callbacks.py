"""Of what a loop runs, the steps of tasks are told from other callbacks, whoever hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from helpers.timeline import Ending, Lane, State, Timeline, _aims

from .looking import lane_of, waits_of


def steps_of(lane: Lane) -> int:
    return sum(segment.state is State.RUNNING for segment in lane.segments)


async def naps() -> None:
    await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "hand_over",
    [
        lambda loop, task: loop.call_soon(task.set_name, "later"),
        lambda loop, task: loop.call_later(0.005, task.set_name, "later"),
        lambda loop, task: loop.call_soon_threadsafe(task.set_name, "later"),
    ],
    ids=["call_soon", "call_later", "call_soon_threadsafe"],
)
@pytest.mark.parametrize("make", [asyncio.Task, asyncio.tasks._PyTask], ids=["C", "Python"])  # type: ignore[attr-defined]
async def test_another_method_of_a_task_that_the_loop_runs_is_no_step(
    make: Callable[..., asyncio.Task[None]], hand_over: Callable[..., object]
) -> None:
    loop = asyncio.get_running_loop()
    async with Timeline("block") as timeline:
        task = make(naps(), loop=loop)
        await asyncio.sleep(0.005)
        hand_over(loop, task)
        await task
    lane = lane_of(timeline, "later")
    assert (steps_of(lane), waits_of(lane), lane.ending) == (2, [State.TIMER], Ending.DONE)


async def test_a_task_that_a_timer_cancels_is_cancelled_in_a_step_of_its_own() -> None:
    async with Timeline("block") as timeline:
        task = asyncio.create_task(asyncio.sleep(60), name="slow")
        asyncio.get_running_loop().call_later(0.01, task.cancel)
        await asyncio.wait([task])
    lane = lane_of(timeline, "slow")
    assert (steps_of(lane), lane.ending) == (2, Ending.CANCELLED)


class OwnLoop(asyncio.SelectorEventLoop):
    """One that hands its callbacks over in a way of its own."""

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle


def test_a_loop_that_tells_of_no_step_has_its_tasks_steps_seen_all_the_same() -> None:
    async def main() -> Timeline:
        async with Timeline("block", show=False) as timeline:
            await asyncio.create_task(naps())
        return timeline

    with asyncio.Runner(loop_factory=OwnLoop) as runner:
        timeline = runner.run(main())
    lane = lane_of(timeline, "naps()")
    assert (steps_of(lane), waits_of(lane), lane.ending) == (2, [State.TIMER], Ending.DONE)


def test_a_task_that_ends_the_program_has_failed() -> None:
    async def leaves() -> None:
        await asyncio.sleep(0)
        raise SystemExit(3)

    timeline = Timeline("block", show=False)

    async def main() -> None:
        async with timeline:
            await asyncio.create_task(leaves())

    with pytest.raises(SystemExit):
        asyncio.run(main())
    lane = lane_of(timeline, "leaves()")
    assert (lane.ending, lane.error) == (Ending.FAILED, "SystemExit")


async def test_a_wait_for_a_lock_that_is_short_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_aims, "SHORT_NS", 1e12)
    lock = asyncio.Lock()

    async def holds() -> None:
        async with lock:
            await asyncio.sleep(0.01)

    async with Timeline("block") as timeline:
        await asyncio.gather(holds(), holds())
    record = timeline.record
    waits = [state for lane in record.lanes for state in waits_of(lane)]
    assert State.LOCK in waits
    assert (record.obstacles, record.missed.aims) == ((), None)


async def test_a_wait_for_a_lock_that_has_not_ended_is_looked_into_however_short(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_aims, "SHORT_NS", 1e12)
    lock = asyncio.Lock()
    async with Timeline("block") as timeline:
        await lock.acquire()
        task = asyncio.create_task(lock.acquire(), name="waits")
        await asyncio.sleep(0.01)
    record = timeline.record
    task.cancel()
    found = record.whom(1, record.makespan_s)
    assert found is not None
    assert found.words == "a Lock"
