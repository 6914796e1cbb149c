"""Admission never lets more in than it may, in order, and loses no place."""

from __future__ import annotations

import asyncio
import random
from time import perf_counter_ns

from helpers.services.daemon.admission import Admission


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
    admitted = await admission.enter(arrived)
    assert admitted is not None
    assert admitted >= freed_after


async def test_beyond_the_limit_one_is_rejected_and_queueing_counts() -> None:
    admission = Admission(capacity=1, limit=2)
    await admission.enter(1)
    queueing = asyncio.create_task(admission.enter(2))
    await asyncio.sleep(0)
    assert await admission.enter(3) is None
    admission.leave()
    assert await queueing is not None


async def test_who_gives_up_in_the_queue_takes_no_place() -> None:
    admission = Admission(capacity=1)
    await admission.enter(1)
    gone, next_one = (asyncio.create_task(admission.enter(i)) for i in (2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    admission.leave()
    assert await next_one is not None
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
