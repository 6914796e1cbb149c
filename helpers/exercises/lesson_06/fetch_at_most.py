"""6.2: at most k in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import (
    as_many_as,
    asks_once,
    at_most,
    gives_back,
    returns_in_order,
    shown,
    stays_full,
    uses_the_session,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_01._shared import CITIES, counted, pages
from helpers.exercises.lesson_06.crawl import fetch
from helpers.services import LogNormal

if TYPE_CHECKING:
    import aiohttp

K = 4
OTHER_K = 3
OTHERS = CITIES[:9:-1]
ANOTHER = "another k"
SECTION = "workers-seen"


async def fetch_at_most(session: aiohttp.ClientSession, cities: Sequence[str], k: int) -> list[Any]:
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city: str) -> Any:
        async with tokens:
            return await fetch(session, city)

    # All cities are tasks at once: for thousands that is fine, for millions take k workers (6.4). The first error
    # reaches the caller, and the other requests go on in the background: a TaskGroup would cancel them.
    return await asyncio.gather(*[fetch_politely(city) for city in cities])


async def _at_most(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, list(CITIES), K)


async def _at_most_another(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session, list(OTHERS), OTHER_K)


@expectation(f"{OTHER_K} in flight with k = {OTHER_K}")
def _takes_its_k(evidence: Evidence) -> Found:
    peak = evidence.trials[ANOTHER].journal.peak_in_flight
    if evidence.journal.peak_in_flight != K:
        return NOT_ASKED
    if peak == OTHER_K:
        return None
    return Finding(
        "Use the k that your function gets.",
        f"Called with k = {OTHER_K}, it had {peak} in flight; with k = {K} it had {evidence.journal.peak_in_flight}.",
        section=SECTION,
    )


@expectation("The answers come in the order of the cities, whichever they are")
def _returns_the_others(evidence: Evidence) -> Found:
    got = evidence.trials[ANOTHER].result
    if not isinstance(evidence.result, list | tuple) or len(evidence.result) != len(CITIES):
        return NOT_ASKED
    found = (
        [each.get("slug") if isinstance(each, dict) else None for each in got] if isinstance(got, list | tuple) else got
    )
    if found == list(OTHERS):
        return None
    return Finding(
        "Return the answers to the `cities` that your function gets, in their order.",
        f"Asked for {OTHERS[0]}, {OTHERS[1]} and others, it returned {shown(found)}.",
    )


EXERCISE = Exercise(
    number="6.2",
    title="At most k",
    reference=fetch_at_most,
    helpers=(fetch,),
    run=_at_most,
    trials={ANOTHER: _at_most_another},
    services={"weather": {"latency_s": LogNormal(median_s=0.1, p99_s=0.8), "seed": 551}},
    expectations=(
        at_most(K, section=SECTION),
        as_many_as(K, section=SECTION),
        returns_in_order(CITIES, key="slug", section=SECTION),
        asks_once(pages(CITIES), label="The service was asked for each city once"),
        uses_the_session(),
        stays_full(K, share=0.75, section=SECTION),
        _takes_its_k,
        _returns_the_others,
    ),
    hints=(
        "One semaphore for all requests. Do you make it inside the coroutine that fetches one city, or outside?",
        "Batches of k, each awaited to its end, leave places empty: a slow answer holds up its batch.",
        "Start all of them as tasks, and let each take its token first: `async with tokens:`.",
    ),
    why="One semaphore is shared by all tasks: when one ends, its token is free, and the next takes it.",
    section=SECTION,
    explains=(gives_back(K, section=SECTION),),
    deadline_s=8.0,
)
