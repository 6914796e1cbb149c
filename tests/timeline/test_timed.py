"""A call in another process is a lane here."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from math import factorial
from multiprocessing import get_context

import pytest

from helpers.timeline import Ending, State, Timed, Timeline, timed


@pytest.fixture
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        yield pool


def test_a_call_is_timed() -> None:
    before = time.perf_counter_ns()
    ran = timed(factorial, 5)
    assert before <= ran.begin_ns <= ran.end_ns <= time.perf_counter_ns()
    assert (ran.result, ran.pid) == (120, os.getpid())


def test_a_call_by_name_is_timed_too() -> None:
    assert timed(int, "11", base=2).result == 3


def test_what_the_call_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="negative"):
        timed(factorial, -1)


def test_waiting_is_no_work() -> None:
    ran = timed(time.sleep, 0.05)
    assert ran.cpu_ns < (ran.end_ns - ran.begin_ns) / 2


async def test_a_call_in_another_process_is_a_lane_inside_the_block(processes: ProcessPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    async with Timeline("a process") as timeline:
        ran = await loop.run_in_executor(processes, timed, factorial, 5)
        timeline.add_span("elsewhere", ran)
    body, lane = timeline.lanes
    assert (lane.name, lane.kind, lane.ending) == ("elsewhere", "span", Ending.DONE)
    assert 0 <= lane.created_s < lane.ended_s <= timeline.makespan_s
    assert lane.cpu_s == ran.cpu_ns / 1e9
    assert ran.pid != os.getpid()
    assert body.time_in(State.PROCESS) > 0


async def test_a_call_that_is_added_after_the_block_is_not_recorded() -> None:
    async with Timeline("over") as timeline:
        pass
    timeline.add_span("late", Timed(None, 1, 2, 0, 1))
    assert [lane.name for lane in timeline.lanes] == ["main"]


def test_synchronous_code_may_add_one() -> None:
    with Timeline("a script") as timeline:
        timeline.add_span("call", timed(factorial, 5))
    assert [lane.name for lane in timeline.lanes] == ["call"]
