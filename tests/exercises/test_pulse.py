"""A thread feels whether the event loop goes on."""

from __future__ import annotations

import asyncio
import time

import pytest

from helpers.exercises import pulse as module
from helpers.exercises.pulse import Pulse


async def test_a_thread_feels_a_loop_that_is_free() -> None:
    with Pulse() as pulse:
        assert await asyncio.to_thread(pulse.felt)
    assert pulse.missed == 0


async def test_a_thread_misses_the_beats_of_a_loop_that_waits_for_it() -> None:
    with Pulse() as pulse:
        future = asyncio.get_running_loop().run_in_executor(None, pulse.felt)
        while not future.done() and not pulse.missed:
            time.sleep(0.01)  # noqa: ASYNC251 - the loop is blocked until the thread is done
        await future
    assert pulse.missed == 1


async def test_after_a_miss_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 100.0)
    with Pulse() as pulse:
        pulse.missed = 1
        assert not pulse.felt()  # on the loop's own thread no beat can come
    assert pulse.missed == 2


async def test_it_beats_no_longer_than_its_block() -> None:
    with Pulse() as pulse:
        await asyncio.sleep(0.01)
    beats = pulse._beats
    await asyncio.sleep(0.02)
    assert pulse._beats == beats
