"""The timer is never early, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

import pytest

from helpers.services.daemon.timer import at


async def test_it_never_acts_early() -> None:
    early = 0

    async def one(due_ns: int) -> None:
        nonlocal early
        acted_ns: list[int] = []
        await at(due_ns, lambda: acted_ns.append(perf_counter_ns()))
        early += acted_ns[0] < due_ns

    begun_ns = perf_counter_ns()
    await asyncio.gather(*(one(begun_ns + i * 10_007) for i in range(1000)))
    assert early == 0


async def test_what_is_due_already_is_done_at_the_next_turn() -> None:
    acted: list[int] = []
    await at(0, lambda: acted.append(1))
    assert acted == [1]


async def test_who_is_cancelled_does_not_act() -> None:
    acted: list[int] = []
    task = asyncio.create_task(at(perf_counter_ns() + 10_000_000, lambda: acted.append(1)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert acted == []


async def test_an_error_in_the_act_reaches_who_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        await at(0, lambda: 1 / 0)
