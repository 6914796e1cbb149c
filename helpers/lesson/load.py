"""A load of requests: k in flight at a time, and what comes of it."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

LOOK_S = 0.002
COOKS = 10  # how many requests the page's kitchen works on: a reader is to find out, and not to read it


@dataclass(frozen=True)
class Load:
    """What came of keeping k requests in flight.

    Attributes:
        k: how many workers there were.
        per_s: answers a second.
        median_s: how long half of the answers took, or less.
        mean_s: how long they took on average.
        in_flight: how many were in flight on average, counted by somebody who looked every few milliseconds, and knew
            nothing of how long each took.
    """

    k: int
    per_s: float
    median_s: float
    mean_s: float
    in_flight: float


async def keep_in_flight(k: int, request: Callable[[], Awaitable[Any]], *, n: int) -> Load:
    """Make n requests by k workers; an exception ends it."""
    todo, took, seen = iter(range(n)), list[float](), list[int]()
    flying = 0

    async def worker() -> None:
        nonlocal flying
        for _ in todo:
            begin = time.perf_counter()
            flying += 1
            await request()
            flying -= 1
            took.append(time.perf_counter() - begin)

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            seen.append(flying)

    begin = time.perf_counter()
    looking = asyncio.create_task(look())
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(k):
                group.create_task(worker())
        seconds = time.perf_counter() - begin
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    in_flight = statistics.fmean(seen) if seen else float(k)
    return Load(k, n / seconds, statistics.median(took), statistics.fmean(took), in_flight)
