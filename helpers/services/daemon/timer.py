"""Act at a time of the clock that the journal uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter_ns
from typing import TypeVar

T = TypeVar("T")


async def at(due_ns: int, act: Callable[[], T]) -> T:
    """Call `act` at this time of `perf_counter_ns`, never before, and return what it returns.

    It is called by the timer itself: to wake a task that then acts takes one more turn of the loop, which is
    milliseconds when a thousand requests are due.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    timer: asyncio.TimerHandle

    def fire() -> None:
        nonlocal timer
        if done.done():  # given up in this very turn of the loop
            return
        early_ns = due_ns - perf_counter_ns()
        if early_ns > 0:  # the loop's clock is coarser than ours
            timer = loop.call_later(early_ns / 1e9, fire)
            return
        try:
            done.set_result(act())
        except Exception as error:
            done.set_exception(error)

    timer = loop.call_later(max(0, due_ns - perf_counter_ns()) / 1e9, fire)
    try:
        return await done
    finally:
        timer.cancel()
