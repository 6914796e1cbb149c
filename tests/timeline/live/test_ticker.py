"""Frames are sent often enough, never too often, and never at the price of the block."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from helpers.timeline.live import LoopTicker, ThreadTicker, ticker
from helpers.timeline.live.ticker import INTERVAL_S, ticker_for


async def test_an_idle_loop_is_not_woken_more_than_twenty_times_a_second() -> None:
    sent: list[float] = []
    tick = LoopTicker(lambda: sent.append(time.perf_counter()), asyncio.get_running_loop())
    began_s = time.perf_counter()
    tick.start()
    await asyncio.sleep(0.5)
    tick.stop()
    taken_s = time.perf_counter() - began_s
    assert 1 <= len(sent) <= taken_s / INTERVAL_S


async def test_nothing_is_sent_after_the_stop() -> None:
    sent: list[int] = []
    tick = LoopTicker(lambda: sent.append(1), asyncio.get_running_loop())
    tick.start()
    await asyncio.sleep(0.12)
    tick.stop()
    before = len(sent)
    await asyncio.sleep(0.12)
    assert (before > 0, len(sent)) == (True, before)


async def test_a_frame_that_takes_long_is_followed_by_a_longer_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    tick = LoopTicker(lambda: time.sleep(0.005), loop)
    tick.start()
    real = loop.call_later

    def call_later(pause_s: float, *rest: Any) -> asyncio.TimerHandle:
        pauses.append(pause_s)
        return real(pause_s, *rest)

    monkeypatch.setattr(loop, "call_later", call_later)
    while not pauses:  # noqa: ASYNC110 - a test, and it must not call `call_later`
        await asyncio.sleep(0)
    tick.stop()
    assert 0.005 / ticker.SHARE <= pauses[0] <= ticker.MOST_S


async def test_a_view_that_fails_is_not_sent_again_and_the_block_goes_on() -> None:
    calls: list[int] = []

    def broken() -> None:
        calls.append(1)
        raise OSError("the browser is gone")

    tick = LoopTicker(broken, asyncio.get_running_loop())
    tick.start()
    await asyncio.sleep(0.2)
    assert (len(calls), str(tick.trouble)) == (1, "the browser is gone")


def test_synchronous_code_is_sent_from_a_thread_that_ends() -> None:
    threads: list[str] = []
    told = threading.Event()

    def send() -> None:
        threads.append(threading.current_thread().name)
        told.set()

    tick = ticker_for(None, send)
    assert isinstance(tick, ThreadTicker)
    tick.start()
    assert told.wait(5)
    tick.stop()
    assert threads[0] == "timeline view"
    assert "timeline view" not in [thread.name for thread in threading.enumerate()]


async def test_a_loop_has_its_own_ticker() -> None:
    assert isinstance(ticker_for(asyncio.get_running_loop(), lambda: None), LoopTicker)
