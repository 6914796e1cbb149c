"""What the exercises of 01 share: the cities, how one is fetched, the session that answers are given."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.expectations import RETURNED_NS, THROUGH_THE_SESSION

if TYPE_CHECKING:
    import aiohttp

CITIES = (
    *("oslo", "lima", "cairo", "quito", "delhi", "tokyo", "paris", "accra", "hanoi", "perth"),
    *("bergen", "madrid", "seoul", "rome", "dakar", "nairobi", "athens", "dublin", "sofia", "riga"),
)

TOGETHER = "together"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


@asynccontextmanager
async def counted(bench: Bench, service: str | None = None, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Make the session that an answer is given; note how many requests went through it, and when it returned."""
    import aiohttp

    count = 0

    async def began(*_: Any) -> None:
        nonlocal count
        count += 1

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(began)
    try:
        yield bench.session(service, trace_configs=[tracing], **options)
    finally:
        bench.note(THROUGH_THE_SESSION, count)
        bench.note(RETURNED_NS, time.perf_counter_ns())


def pages(cities: Sequence[str]) -> list[str]:
    return [f"/cities/{city}" for city in cities]
