"""Requests that are kept in flight, and what is counted."""

from __future__ import annotations

import asyncio

import pytest

from helpers.lesson.load import keep_in_flight


@pytest.mark.parametrize("k", [1, 4])
async def test_as_many_are_in_flight_as_there_are_workers(k: int) -> None:
    flying = peak = calls = 0

    async def request() -> None:
        nonlocal flying, peak, calls
        flying, calls = flying + 1, calls + 1
        peak = max(peak, flying)
        await asyncio.sleep(0.01)
        flying -= 1

    load = await keep_in_flight(k, request, n=20)
    assert (load.k, peak, calls) == (k, k, 20)


async def test_the_law_agrees_with_somebody_who_looks() -> None:
    load = await keep_in_flight(5, lambda: asyncio.sleep(0.02), n=100)
    assert load.per_s * load.mean_s == pytest.approx(load.in_flight, rel=0.2)
    assert load.median_s >= 0.02


async def test_an_error_ends_it() -> None:
    async def fails() -> None:
        raise ConnectionError("no")

    with pytest.raises(ExceptionGroup):
        await keep_in_flight(3, fails, n=10)
    assert len(asyncio.all_tasks()) == 1, "nobody looks any more"
