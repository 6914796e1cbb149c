"""The browser says whom a lane waits for as the record does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from helpers.timeline import Replay, Timeline

from ..test_aims import hold, nap
from .node import ask, needs_node


async def everything() -> Timeline:
    """Return a block in which tasks wait for tasks, locks, queues, semaphores, and for each other."""
    one, two, door, queue = asyncio.Lock(), asyncio.Lock(), asyncio.Semaphore(2), asyncio.Queue[int]()

    async def puts() -> None:
        await nap(0.03)
        queue.put_nowait(1)

    async def gathers() -> None:
        await asyncio.gather(*(nap(0.01 * n) for n in range(6)))

    async with Timeline("everything", show=False) as timeline:
        tasks = [
            asyncio.create_task(coro)
            for coro in (
                hold(one, 0.02, two),
                hold(two, 0.02, one),
                hold(one),
                *(hold(door, 0.03) for _ in range(4)),
                queue.get(),
                puts(),
                gathers(),
            )
        ]
        await asyncio.wait(tasks, timeout=0.15)
        while not (len(two._waiters or ()) == 1 and len(one._waiters or ()) == 2):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return timeline


@needs_node
async def test_the_browser_knows_whom_each_lane_waits_for_and_the_whole_chain(tmp_path: Path) -> None:
    record = (await everything()).record
    moments = [(lane, at_s) for lane in range(len(record.lanes)) for at_s in (0.005, 0.025, 0.045, 0.1, 0.14)]
    question: dict[str, Any] = {"recording": Replay(record).data(), "moments": [(n, s * 1e6) for n, s in moments]}
    for (lane, at_s), told in zip(moments, ask(tmp_path, question)["chains"], strict=True):
        ours = record.whom(lane, at_s)
        assert told["whom"] == (None if ours is None else {"words": ours.words, "lanes": list(ours.lanes)})
        assert told["chain"] == list(record.chain(lane, at_s))


@needs_node
async def test_the_card_says_whom_and_that_they_wait_for_each_other(tmp_path: Path) -> None:
    record = (await everything()).record
    stories = ask(tmp_path, {"recording": Replay(record).data(), "stories": [(1, 1e6 * record.makespan_s - 1000)]})[
        "stories"
    ]
    a, b = record.lanes[1].name, record.lanes[2].name
    assert stories[0]["whom"].endswith(f"{a} → {b} → {a}: they wait for each other")
    assert stories[0]["chain"] == [1, 2, 1]


def test_a_run_in_which_nobody_waits_for_another_has_nothing_more_to_store() -> None:
    with Timeline("plain", show=False) as timeline:
        pass
    assert set(Replay(timeline.record).data()["run"]) == {"lanes", "now_us"}
