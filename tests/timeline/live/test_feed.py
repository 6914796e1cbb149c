"""What a live view is told is what the record says in the end."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from helpers.timeline import Ending, Feed, State, Timeline
from helpers.timeline.live import Frame
from helpers.timeline.live.feed import MOST_IDLE, MOST_LEVELS, MOST_STEPS

from .node import ask, needs_node

Frames = list[Frame]
STATES = list(State)


async def fed(work: Callable[[Timeline], Awaitable[None]], *, every_s: float = 0.01, **options: Any) -> Any:
    """Record some work, read a feed while it lasts and once after it, and return timeline and frames."""
    timeline = Timeline("fed", show=False, **options)
    frames: Frames = []
    async with timeline:
        feed = timeline.feed()
        ticking = True
        loop = asyncio.get_running_loop()

        def tick() -> None:
            if ticking:
                take(feed, frames)
                loop.call_later(every_s, tick)

        loop.call_later(every_s, tick)
        await work(timeline)
    ticking = False
    take(feed, frames)
    return timeline, frames


def take(feed: Feed, frames: Frames) -> None:
    frame = feed.frame()
    assert frame is not None
    frames.append(frame)


def seen_by_canvas(frames: Frames, folder: Path) -> Any:
    sent = [(frame.header, base64.b64encode(frame.body()).decode()) for frame in frames]
    about: dict[str, Any] = {"title": "fed", "limit": None, "watched": [], "loop": True}
    return ask(folder, {"frames": sent, "about": about})


async def everything(timeline: Timeline) -> None:
    lock = asyncio.Lock()

    async def locked(number: int) -> None:
        async with lock:
            await asyncio.sleep(0.01 + number / 1000)

    async def rude() -> None:
        await asyncio.sleep(0.02)
        time.sleep(0.08)  # noqa: ASYNC251 - it blocks the loop
        await asyncio.to_thread(time.sleep, 0.01)

    async def fails() -> None:
        await asyncio.sleep(0.01)
        raise LookupError

    with timeline.span("outside"):
        tasks = [asyncio.create_task(coro) for coro in (locked(1), locked(2), rude(), fails())]
        cancelled = asyncio.create_task(asyncio.sleep(9), name="cancelled")
        await asyncio.sleep(0.03)
        cancelled.cancel()
        await asyncio.gather(*tasks, cancelled, return_exceptions=True)


def told(lane: Any) -> list[tuple[State, float, float]]:
    return [(list(State)[s["state"]], s["start"] / 1e6, s["end"] / 1e6) for s in lane["segments"]]


@needs_node
@pytest.mark.parametrize("every_s", [0.003, 0.03, 1.0])
async def test_frames_add_up_to_the_record_however_they_are_cut(every_s: float, tmp_path: Path) -> None:
    timeline, frames = await fed(everything, every_s=every_s)
    canvas = seen_by_canvas(frames, tmp_path)
    assert all(canvas["fitted"])
    assert [lane["name"] for lane in canvas["lanes"]] == [lane.name for lane in timeline.lanes]
    for theirs, ours in zip(canvas["lanes"], timeline.lanes, strict=True):
        expected = [(s.state, s.start_s, s.end_s) for s in ours.segments if s.length_s > 2e-6]
        found = [segment for segment in told(theirs) if segment[2] - segment[1] > 1e-6]
        assert [state for state, *_ in found] == [state for state, *_ in expected], ours.name
        assert [start_s for _, start_s, _ in found] == pytest.approx([start_s for _, start_s, _ in expected], abs=3e-6)
        assert list(Ending)[theirs["ending"]] is ours.ending


@needs_node
async def test_blockings_and_idle_times_are_those_of_the_record(tmp_path: Path) -> None:
    timeline, frames = await fed(everything)
    canvas = seen_by_canvas(frames, tmp_path)
    (blocking,) = timeline.blockings
    (band,) = canvas["scene"]["bands"]
    assert (band["start"] / 1e6, band["end"] / 1e6) == pytest.approx((blocking.start_s, blocking.end_s), abs=3e-6)
    idle_s = sum(canvas["idle"][1::2]) - sum(canvas["idle"][0::2])
    assert 1 - idle_s / 1e6 / timeline.makespan_s == pytest.approx(timeline.busy_share, abs=0.01)


async def test_nothing_is_told_twice() -> None:
    timeline, frames = await fed(everything, every_s=0.003)
    assert sum(len(frame.lanes) for frame in frames) == len(timeline.lanes)
    assert sum(len(frame.ended) for frame in frames) == len(timeline.lanes)
    assert [frame.restart for frame in frames] == [True] + [False] * (len(frames) - 1)


async def test_a_feed_begins_from_nothing_when_it_is_asked_to() -> None:
    timeline = Timeline("again", show=False)
    async with timeline:
        feed = timeline.feed()
        await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
        first = feed.frame()
        feed.restart()
        second = feed.frame()
    assert first is not None
    assert second is not None
    assert (second.restart, len(second.lanes)) == (True, len(first.lanes))
    assert len(second.steps) == len(first.steps)


async def test_a_waiting_lane_that_could_go_on_is_told_before_its_step() -> None:
    timeline = Timeline("ready", show=False)
    async with timeline:
        feed = timeline.feed()
        future = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            await future

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        before = feed.frame()
        future.set_result(None)
        after = feed.frame()
        await task
    assert before is not None
    assert after is not None
    assert ([lane for lane, _ in before.ready], [lane for lane, _ in after.ready]) == ([], [1])


async def test_many_steps_in_a_frame_are_told_in_few_with_as_much_work() -> None:
    async def busy(_timeline: Timeline) -> None:
        async def work() -> None:
            for _ in range(3000):
                await asyncio.sleep(0)

        await asyncio.create_task(work())

    timeline, frames = await fed(busy, every_s=9)
    (frame,) = frames
    assert len(frame.steps) // 4 <= 2 * MOST_STEPS
    lane = next(lane for lane in timeline.lanes if lane.kind == "task")
    at = frame.runs[1] * 4 if frame.runs[0] == 0 else 0
    steps = frame.steps[at:]
    assert (sum(steps[2::4]) - sum(steps[1::4])) / 1e9 == pytest.approx(lane.time_in(State.RUNNING), rel=0.01)


async def test_a_blocking_among_many_steps_is_not_blurred() -> None:
    async def busy(_timeline: Timeline) -> None:
        async def work() -> None:
            for number in range(300):
                await asyncio.sleep(0)
                if number == 100:
                    time.sleep(0.06)  # noqa: ASYNC251 - it blocks the loop

        await asyncio.create_task(work())

    _, (frame,) = await fed(busy, every_s=9)
    longest_ns = max(end - begin for begin, end in zip(frame.steps[1::4], frame.steps[2::4], strict=True))
    assert longest_ns >= 60e6


async def test_idle_times_are_few_and_as_long_together() -> None:
    async def sleepy(_timeline: Timeline) -> None:
        for _ in range(200):
            await asyncio.sleep(0.0005)

    timeline, (frame,) = await fed(sleepy, every_s=9)
    assert len(frame.idle) <= MOST_IDLE
    idle_s = sum(end - start for start, end in frame.idle) / 1e9
    assert 1 - idle_s / timeline.makespan_s == pytest.approx(timeline.busy_share, abs=0.02)


async def test_a_name_given_to_a_task_is_its_lanes_from_the_first_frame() -> None:
    timeline = Timeline("names", show=False)
    async with timeline:
        feed = timeline.feed()
        task = asyncio.create_task(asyncio.sleep(0.01), name="oslo")
        frame = feed.frame()
        await task
    assert frame is not None
    assert [name for name, *_ in frame.lanes] == ["main", "oslo"]


async def test_tasks_of_libraries_have_no_lane_unless_asked_for() -> None:
    async def work(_timeline: Timeline) -> None:
        await asyncio.wait_for(asyncio.sleep(0.001), 1)

    timeline, frames = await fed(work, every_s=9)
    assert sum(len(frame.lanes) for frame in frames) == len(timeline.lanes)


def test_synchronous_code_is_told_from_another_thread() -> None:
    timeline = Timeline("threads", show=False)
    feed = timeline.feed()
    assert feed.frame() is None  # before the block
    with timeline, ThreadPoolExecutor(2) as pool:

        def work(number: int) -> None:
            with timeline.span(f"work {number}"):
                time.sleep(0.01)

        list(pool.map(work, range(4)))
        frame = pool.submit(feed.frame).result()
    assert frame is not None
    assert [name for name, *_ in frame.lanes] == [f"work {n}" for n in range(4)]
    assert (len(frame.ended), feed.loop, feed.about["loop"]) == (4, None, False)


@needs_node
async def test_what_blocks_the_loop_and_has_no_lane_is_told_in_a_lane_of_the_loops_own(tmp_path: Path) -> None:
    async def work(_: Timeline) -> None:
        for _time in range(2):
            asyncio.get_running_loop().call_soon(time.sleep, 0.08)
            await asyncio.sleep(0.02)

    _, frames = await fed(work, every_s=0.005)
    row = seen_by_canvas(frames, tmp_path)["scene"]["rows"][-1]
    assert row["name"] == "event loop"
    assert row["label"]["text"].startswith("sleep() blocked the loop for")
    assert [STATES[bar["state"]] for bar in row["bars"]] == [State.RUNNING, State.BLOCKING] * 2


async def eat(queue: asyncio.Queue[int], count: int) -> None:
    for number in range(count):
        await queue.get()
        await asyncio.sleep(0.001 * (number % 3))


@needs_node
@pytest.mark.parametrize("every_s", [0.003, 0.03])
async def test_levels_of_what_is_watched_add_up_to_the_record(every_s: float, tmp_path: Path) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(3)

    async def work(timeline: Timeline) -> None:
        eating = asyncio.create_task(eat(queue, 20))
        for number in range(20):
            await queue.put(number)
        await eating

    timeline, frames = await fed(work, every_s=every_s, watch={"jobs": queue})
    about = timeline.feed().about
    sent = [(frame.header, base64.b64encode(frame.body()).decode()) for frame in frames]
    strip = ask(tmp_path, {"frames": sent, "about": about})["scene"]["strips"][-1]
    seen = timeline.record.watched[0]
    assert strip["label"] == ["length of", "jobs"]
    assert [value for _, value in strip["steps"]] == [count for _, count in seen.steps]
    assert (tuple(strip["waiting"]), strip["capacity"]) == (seen.waiting, 3)


async def test_a_level_that_changes_often_is_told_in_few_pieces_and_its_last_is_true() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def work(timeline: Timeline) -> None:
        for number in range(1000):
            queue.put_nowait(number)
            await asyncio.sleep(0)

    _, frames = await fed(work, every_s=9, watch=[queue])
    (told,) = frames[-1].watched
    assert (told[:2], len(told[2]) <= MOST_LEVELS + 1, told[2][-1][1:]) == ((0, None), True, (1000, 0))


async def test_a_view_that_begins_anew_is_told_all_levels_again() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    timeline = Timeline("fed", show=False, watch=[queue])
    async with timeline:
        feed = timeline.feed()
        queue.put_nowait(1)
        await asyncio.sleep(0)
        first = feed.frame()
        feed.restart()
        again = feed.frame()
    assert first is not None
    assert again is not None
    assert first.watched == again.watched != []
