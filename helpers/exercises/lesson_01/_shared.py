"""What the exercises of 01 share: the cities, how one is fetched, the session that answers are given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.expectations import THROUGH_THE_SESSION

if TYPE_CHECKING:
    import aiohttp

CITIES = (
    *("oslo", "lima", "cairo", "quito", "delhi", "tokyo", "paris", "accra", "hanoi", "perth"),
    *("bergen", "madrid", "seoul", "rome", "dakar", "nairobi", "athens", "dublin", "sofia", "riga"),
)

TOGETHER = "threads-seen"
SOME_AT_A_TIME = "wall-seen"
KNEE = "little-seen"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


@asynccontextmanager
async def counted(bench: Bench, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Open the session that an answer is given, and note how many requests went through it."""
    import aiohttp

    count = 0

    async def began(*_: Any) -> None:
        nonlocal count
        count += 1

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(began)
    try:
        async with bench.session(trace_configs=[tracing], **options) as session:
            yield session
    finally:
        bench.note(THROUGH_THE_SESSION, count)


def pages(cities: Sequence[str]) -> list[str]:
    return [f"/cities/{city}" for city in cities]
