"""Admission never lets more in than it may, in order, and loses no place."""

from __future__ import annotations

import asyncio
import random
from time import perf_counter_ns

import pytest

from helpers.services.daemon.admission import Admission, Rate, Rejected


async def test_no_more_than_the_capacity_are_in_flight() -> None:
    admission, rng, peak = Admission(capacity=3), random.Random(1), 0

    async def work() -> None:
        nonlocal peak
        await admission.enter(perf_counter_ns())
        peak = max(peak, admission.in_flight)
        await asyncio.sleep(rng.random() / 1000)
        admission.leave()

    await asyncio.gather(*(work() for _ in range(50)))
    assert (peak, admission.in_flight) == (3, 0)


async def test_the_queue_is_first_come_first_served() -> None:
    admission, order = Admission(capacity=1), []

    async def work(i: int) -> None:
        await admission.enter(perf_counter_ns())
        order.append(i)
        await asyncio.sleep(0)
        admission.leave()

    await asyncio.gather(*(work(i) for i in range(20)))
    assert order == list(range(20))


async def test_who_finds_room_was_admitted_on_arrival() -> None:
    assert await Admission().enter(123) == 123


async def test_nobody_was_admitted_before_room_was_made() -> None:
    admission = Admission(capacity=1)
    arrived = perf_counter_ns()
    await admission.enter(arrived)
    freed_after = perf_counter_ns()
    admission.leave()
    assert await admission.enter(arrived) >= freed_after


async def test_beyond_the_limit_one_is_rejected_and_queueing_counts() -> None:
    admission = Admission(capacity=1, limit=2)
    await admission.enter(1)
    queueing = asyncio.create_task(admission.enter(2))
    await asyncio.sleep(0)
    with pytest.raises(Rejected, match="2 in flight or queueing already, which is the limit") as rejected:
        await admission.enter(3)
    assert (rejected.value.status, rejected.value.headers) == (503, ())
    admission.leave()
    await queueing


async def test_who_gives_up_in_the_queue_takes_no_place() -> None:
    admission = Admission(capacity=1)
    await admission.enter(1)
    gone, next_one = (asyncio.create_task(admission.enter(i)) for i in (2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    admission.leave()
    await next_one
    assert admission.in_flight == 1


async def test_who_leaves_just_when_its_turn_comes_passes_the_place_on() -> None:
    admission = Admission(capacity=1)
    await admission.enter(1)
    gone, next_one = (asyncio.create_task(admission.enter(i)) for i in (2, 3))
    await asyncio.sleep(0)
    admission.leave()  # its turn comes ...
    gone.cancel()  # ... and it goes before it hears of it
    assert await asyncio.wait_for(next_one, 5) is not None
    assert admission.in_flight == 1


async def test_more_capacity_admits_from_the_queue_at_once() -> None:
    admission = Admission(capacity=1)
    await admission.enter(1)
    queueing = [asyncio.create_task(admission.enter(i)) for i in range(3)]
    await asyncio.sleep(0)
    admission.change(capacity=3, limit=None)
    await asyncio.sleep(0)
    assert [task.done() for task in queueing] == [True, True, False]
    admission.leave()
    await asyncio.gather(*queueing)


def allowed(rate: Rate, at_ms: range) -> list[int]:
    """Ask at each of these times; return those at which it was allowed."""
    times = []
    for ms in at_ms:
        try:
            rate.check(ms * 1_000_000)
        except Rejected:
            continue
        rate.count(ms * 1_000_000)
        times.append(ms)
    return times


def test_in_no_window_are_more_admitted_than_the_rate_allows() -> None:
    times = allowed(Rate(10.0), range(0, 5000, 7))
    assert len(times) == 50
    for begin in times:
        assert sum(begin <= time < begin + 1000 for time in times) <= 10


def test_a_burst_of_one_spaces_those_admitted_evenly() -> None:
    assert allowed(Rate(10.0, burst=1), range(0, 1000, 10)) == list(range(0, 1000, 100))


def test_a_burst_of_many_makes_the_window_longer() -> None:
    assert allowed(Rate(1.0, burst=3), range(0, 6000, 100)) == [0, 100, 200, 3000, 3100, 3200]


def test_one_who_comes_too_soon_is_told_when_to_come_again() -> None:
    rate = Rate(2.0)
    for at_ms in (0, 400):
        rate.count(at_ms * 1_000_000)
    with pytest.raises(Rejected, match=r"more than 2 a second; come again in 0.300 s") as rejected:
        rate.check(700_000_000)
    assert (rejected.value.status, rejected.value.headers) == (429, (("Retry-After", "1"),))


async def test_a_change_of_something_else_leaves_the_rate_alone() -> None:
    admission = Admission(rate_per_s=1.0)
    await admission.enter(0)
    admission.change(capacity=3, limit=None, rate_per_s=1.0)
    with pytest.raises(Rejected):
        await admission.enter(1)
    admission.change(capacity=3, limit=None, rate_per_s=2.0)
    await admission.enter(1)
