"""A timeline is a block that is recorded, and data afterwards."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from helpers.timeline import Ending, State, Timeline

from .looking import lane_of
from .test_watching import Service


async def test_a_block_takes_as_long_as_it_takes() -> None:
    begin = time.perf_counter()
    async with Timeline("block") as timeline:
        await asyncio.sleep(0.02)
    assert 0.019 < timeline.makespan_s <= time.perf_counter() - begin


async def test_tasks_at_once_are_in_flight_at_once() -> None:
    async with Timeline("block") as timeline:
        await asyncio.gather(*(asyncio.sleep(0.005) for _ in range(7)))
    assert timeline.peak_in_flight == 7


async def test_tasks_one_by_one_are_in_flight_one_by_one() -> None:
    async with Timeline("block") as timeline:
        for _ in range(7):
            await asyncio.create_task(asyncio.sleep(0.001))
    assert timeline.peak_in_flight == 1


async def test_a_waiting_loop_is_hardly_busy_and_a_held_one_is() -> None:
    async with Timeline("waiting") as waiting:
        await asyncio.sleep(0.1)
    async with Timeline("held") as held:
        time.sleep(0.1)  # noqa: ASYNC251 - it blocks the loop
    assert waiting.busy_share is not None
    assert held.busy_share is not None
    assert waiting.busy_share < 0.5 < held.busy_share


@pytest.mark.parametrize(
    ("work", "ending", "error"),
    [("done", Ending.DONE, None), ("failed", Ending.FAILED, "ValueError"), ("cancelled", Ending.CANCELLED, None)],
)
async def test_a_task_ends_in_one_of_three_ways(work: str, ending: Ending, error: str | None) -> None:
    async def task() -> None:
        await asyncio.sleep(0)
        if work == "failed":
            raise ValueError
        if work == "cancelled":
            raise asyncio.CancelledError

    async with Timeline("block") as timeline:
        await asyncio.gather(asyncio.create_task(task()), return_exceptions=True)
    assert (lane_of(timeline, "task()").ending, lane_of(timeline, "task()").error) == (ending, error)


async def test_a_task_that_is_not_over_is_unfinished() -> None:
    async with Timeline("block") as timeline:
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
    task.cancel()
    assert lane_of(timeline, "sleep(60)").ending is Ending.UNFINISHED


async def test_a_task_cancelled_before_its_first_step_is_cancelled() -> None:
    async with Timeline("block") as timeline:
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert lane_of(timeline, "sleep(60)").ending is Ending.CANCELLED


async def test_a_task_that_never_had_its_turn_has_not_started() -> None:
    async with Timeline("block") as timeline:
        task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    assert {segment.state for segment in lane_of(timeline, "sleep(60)").segments} == {State.NOT_STARTED}


async def test_a_span_is_a_lane_in_synchronous_code() -> None:
    async with Timeline("block") as timeline:
        with timeline.span("a call"):
            time.sleep(0.001)  # noqa: ASYNC251 - it stands for a call
    made = lane_of(timeline, "a call")
    assert (made.kind, [segment.state for segment in made.segments]) == ("span", [State.CALLING])


def test_spans_come_from_any_thread() -> None:
    together = threading.Barrier(3, timeout=30)
    with Timeline("threads") as timeline:

        def work(name: str) -> None:
            with timeline.span(name):
                together.wait()

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, "abc"))
    assert sorted(lane.name for lane in timeline.lanes) == ["a", "b", "c"]
    assert timeline.peak_in_flight == 3


def test_a_span_knows_the_processor_time_of_its_thread() -> None:
    with Timeline("spans") as timeline:
        with timeline.span("sleeping"):
            time.sleep(0.05)
        with timeline.span("computing"):
            end = time.thread_time() + 0.02
            while time.thread_time() < end:
                pass
    sleeping, computing = timeline.lanes
    assert sleeping.cpu_s is not None
    assert computing.cpu_s is not None
    assert sleeping.cpu_s < 0.02 <= computing.cpu_s


def test_a_span_that_fails_has_failed() -> None:
    with Timeline("spans") as timeline, pytest.raises(KeyError), timeline.span("failing"):
        raise KeyError
    assert (timeline.lanes[0].ending, timeline.lanes[0].error) == (Ending.FAILED, "KeyError")


def test_a_span_that_outlives_the_block_is_unfinished() -> None:
    release, entered = threading.Event(), threading.Event()
    timeline = Timeline("spans")

    def work() -> None:
        with timeline.span("long"):
            entered.set()
            release.wait(30)

    with timeline:
        thread = threading.Thread(target=work)
        thread.start()
        entered.wait(30)
    release.set()
    thread.join()
    assert timeline.lanes[0].ending is Ending.UNFINISHED


def test_a_span_outside_the_block_is_not_recorded() -> None:
    timeline = Timeline("spans")
    with timeline.span("before"):
        pass
    with timeline, timeline.span("inside"):
        pass
    with timeline.span("after"):
        pass
    assert [lane.name for lane in timeline.lanes] == ["inside"]


def test_a_synchronous_block_without_spans_is_one_lane() -> None:
    with Timeline("plain") as timeline:
        pass
    assert [(lane.name, lane.ending) for lane in timeline.lanes] == [("main", Ending.DONE)]


def test_a_synchronous_block_that_fails_is_recorded_all_the_same() -> None:
    timeline = Timeline("plain")
    with pytest.raises(KeyError), timeline:
        raise KeyError
    assert timeline.lanes[0].ending is Ending.FAILED


async def test_a_watched_service_is_asked_after_the_clock_has_stopped() -> None:
    asked: list[float] = []

    class Slow(Service):
        def journal(self, *, since_ns: int) -> Any:
            asked.append(time.perf_counter())
            time.sleep(0.05)
            return super().journal(since_ns=since_ns)

    began = time.perf_counter()
    async with Timeline("block", watch=[Slow()]) as timeline:
        pass
    assert timeline.record.watched[0].name == "weather"
    assert timeline.makespan_s <= asked[0] - began


async def test_a_service_in_trouble_does_not_take_the_result_away() -> None:
    async with Timeline("block", watch=[Service(error=RuntimeError("gone"))]) as timeline:
        result = 42
    assert (result, timeline.record.watched[0].trouble) == (42, "RuntimeError: gone")


async def test_a_timeline_serves_one_block() -> None:
    timeline = Timeline("block")
    async with timeline:
        pass
    with pytest.raises(RuntimeError, match="make a new one for each block"):
        async with timeline:
            pass


async def test_a_running_block_has_no_record_yet() -> None:
    async with Timeline("block") as timeline:
        with pytest.raises(RuntimeError, match="has not ended yet"):
            _ = timeline.lanes
        with pytest.raises(RuntimeError, match="has not ended yet"):
            _ = timeline.clock_ns


async def test_the_clock_of_a_block_is_that_of_the_services() -> None:
    before = time.perf_counter_ns()
    async with Timeline("block") as timeline:
        await asyncio.sleep(0.001)
    begin_ns, end_ns = timeline.clock_ns
    assert before < begin_ns < end_ns < time.perf_counter_ns()
    assert (end_ns - begin_ns) / 1e9 == timeline.makespan_s


@pytest.mark.parametrize("blocking_s", [0, -1, float("nan")])
def test_blocking_s_is_a_time(blocking_s: float) -> None:
    with pytest.raises(ValueError, match="blocking_s is a time in seconds greater than 0"):
        Timeline("block", blocking_s=blocking_s)


@pytest.mark.parametrize("limit_s", [0, -1, float("nan"), float("inf")])
def test_limit_s_is_a_time(limit_s: float) -> None:
    with pytest.raises(ValueError, match="limit_s is a time in seconds greater than 0"):
        Timeline("block", limit_s=limit_s)


def test_a_title_is_a_text() -> None:
    with pytest.raises(TypeError, match="the first argument is the title"):
        Timeline([Service()])  # type: ignore[arg-type]


async def test_a_timeline_says_what_it_is() -> None:
    timeline = Timeline("block")
    assert repr(timeline) == "<Timeline 'block', not begun>"
    async with timeline:
        assert repr(timeline) == "<Timeline 'block', running>"
    assert repr(timeline).startswith("<Timeline 'block', ")


async def test_ten_thousand_tasks_are_recorded_summed_up_and_drawn() -> None:
    async with Timeline("many") as timeline:
        await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(10_000)))
    assert timeline.peak_in_flight == 10_000
    assert "10000 tasks, at most 10000 in flight." in timeline.facts
    assert timeline.picture().png()[0].startswith(b"\x89PNG")
