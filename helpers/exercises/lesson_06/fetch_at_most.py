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
    taken_beside_slow,
    uses_the_session,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_01._shared import CITIES, counted, pages
from helpers.exercises.lesson_06.crawl import fetch
from helpers.services import LogNormal

if TYPE_CHECKING:
    import aiohttp

K = 4
OTHER_K = 12  # more than people write in instead of k
OTHERS = tuple(
    f"{city}?latency_s={0.25 if n < OTHER_K // 2 else 0.12}" for n, city in enumerate(CITIES[: -OTHER_K - 1 : -1])
)
SLOW, QUICK, SLOW_K = "latency_s=0.4", "latency_s=0.02", 3
SOME_SLOW = tuple(f"{city}?{SLOW if n < SLOW_K - 1 else QUICK}" for n, city in enumerate(CITIES[:10]))
FEW = 3  # of the seven that are left when the slow answers have all places but one
ANOTHER, ONE_PLACE = "another k", "all places but one are taken for long"
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


async def _at_most_with_slow(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session, list(SOME_SLOW), SLOW_K)


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
    if found == [city.partition("?")[0] for city in OTHERS]:
        return None
    return Finding(
        "Return the answers to the `cities` that your function gets, in their order.",
        f"Asked for {CITIES[-1]}, {CITIES[-2]} and others, it returned {shown(found)}.",
    )


_stays_full = stays_full(K, share=0.75, section=SECTION)


@expectation(_stays_full.label)
def _takes_each_place(evidence: Evidence) -> Found:
    journal = evidence.trials[ONE_PLACE].journal
    found = _stays_full(evidence)
    if found is not None or journal.peak_in_flight != SLOW_K:  # another bound is another fault, told by others
        return found
    begun = taken_beside_slow(journal, SLOW, k=SLOW_K)
    if begun is None or begun >= FEW:
        return None
    return Finding(
        "Start the next request as soon as one has ended, whichever it is.",
        f"With k = {SLOW_K}, {SLOW_K - 1} of the first {SLOW_K} answers took long. Of the {len(SOME_SLOW) - SLOW_K} "
        f"requests that were left, {begun} were made before the first of the slow answers had come.",
        "A slow answer keeps one place. What waits for it with the other places free holds up the rest.",
        SECTION,
    )


EXERCISE = Exercise(
    number="6.2",
    title="At most k",
    reference=fetch_at_most,
    helpers=(fetch,),
    run=_at_most,
    trials={ANOTHER: _at_most_another, ONE_PLACE: _at_most_with_slow},
    services={"weather": {"latency_s": LogNormal(median_s=0.1, p99_s=0.8), "seed": 551}},
    expectations=(
        at_most(K, section=SECTION),
        as_many_as(K, section=SECTION),
        returns_in_order(CITIES, key="slug", section=SECTION),
        asks_once(pages(CITIES), label="The service was asked for each city once"),
        uses_the_session(),
        _takes_each_place,
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
    deadline_s=10.0,
)
