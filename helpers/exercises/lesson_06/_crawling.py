"""The runs of 6.4: many pages, another k with slow answers, pages that come one by one, and none."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.lesson_06._pages import Pages
from helpers.services.world import cities

N, OTHER_N = 90, 16
K, OTHER_K, FEW_K = 7, 4, 2
ANOTHER, ONE_BY_ONE, NONE = "another k", "the next page comes when the one before is answered", "no pages"
SLOW = "latency_s=0.4"  # of the first pages with another k: they take all places but one, and keep them
FEW = 3  # of the pages behind them, of which about nine are taken meanwhile
FEW_PAGES = 3  # more than FEW_K
PATIENCE_S, GAP_S = 2.5, 0.03
ENOUGH = 20  # pages, to see that there is never more than one in flight, or that two asked at once


def first_slugs() -> list[str]:
    return sorted(cities())[:N]


def other_slugs() -> list[str]:
    slugs = sorted(cities(), reverse=True)[:OTHER_N]
    return [f"{slug}?{SLOW}" if n < OTHER_K - 1 else slug for n, slug in enumerate(slugs)]


async def crawl_k(answer: Answer, bench: Bench) -> Any:
    return await _crawl(answer, bench, "archive", first_slugs(), K)


async def crawl_other_k(answer: Answer, bench: Bench) -> Any:
    return await _crawl(answer, bench, "other", other_slugs(), OTHER_K)


async def crawl_slow_pages(answer: Answer, bench: Bench) -> Any:
    return await _crawl(answer, bench, "other", first_slugs()[:FEW_PAGES], FEW_K, one_by_one=True)


async def crawl_none(answer: Answer, bench: Bench) -> Any:
    return await _crawl(answer, bench, "other", [], OTHER_K)


async def _crawl(
    answer: Answer, bench: Bench, service: str, slugs: list[str], k: int, *, one_by_one: bool = False
) -> Any:
    import aiohttp

    begun = ended = ahead = peak = 0
    answered = asyncio.Event()

    def taking() -> None:
        nonlocal ahead
        ahead = max(ahead, pages.taken - ended)

    async def begin(*_: Any) -> None:
        nonlocal begun, peak
        begun += 1
        peak = max(peak, begun - ended)

    async def end(*_: Any) -> None:
        nonlocal ended
        ended += 1
        answered.set()

    async def next_comes() -> None:
        await asyncio.sleep(0)
        if not one_by_one or "waited" in bench.notes:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while ended < pages.taken:
                    answered.clear()
                    await answered.wait()
                await asyncio.sleep(GAP_S)  # workers that look for a page find none
                return
        bench.note("waited", pages.taken)

    def enough(taken: int) -> bool:
        return taken >= ENOUGH and (peak == 1 or pages.shared)  # one or two at a time: all of them would take long

    pages = Pages(slugs, taking=taking, enough=enough, next_comes=next_comes)
    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(begin)
    tracing.on_request_end.append(end)
    tracing.on_request_exception.append(end)
    try:
        async with bench.session(service, trace_configs=[tracing], connector=aiohttp.TCPConnector(limit=0)) as session:
            result = await answer(session, pages, k)
            bench.note("left", begun - ended)
            return result
    finally:
        bench.note("ahead", ahead)
        bench.note("shared", pages.shared)
        bench.note("fetched", ended)
