"""3.4: the highest throughput without one rejection, from pages without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Expectation, expectation
from helpers.exercises.expectations import as_many_as, shown, stays_full
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.services import Uniform
from helpers.services.world import cities

if TYPE_CHECKING:
    import aiohttp

N = 200
K = 20
ENOUGH = 40  # pages, to see that there is never more than one in flight
MOST_AHEAD = 2 * K + 2  # k in flight, k in a queue, one in the hand of who fills it, and one to spare
SECTION = "growth-seen"
QUEUES = "pool-seen"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


async def crawl(session: aiohttp.ClientSession, pages: AsyncIterable[str], k: int) -> dict[str, Any]:
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page: str) -> None:
        try:
            answers[page] = await fetch(session, page)
        finally:
            places.release()

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()  # before the task is made: without a place, no next page
            group.create_task(fetch_one(page))
    return answers


def _slugs() -> list[str]:
    return sorted(cities())[:N]


async def _crawl(answer: Answer, bench: Bench) -> Any:
    import aiohttp

    taken = begun = ended = ahead = peak = 0

    async def pages() -> AsyncIterator[str]:
        nonlocal taken, ahead
        for slug in _slugs():
            if taken == ENOUGH and peak == 1:  # one after another: all of them would take 11 s
                return
            taken += 1
            ahead = max(ahead, taken - ended)
            yield slug
            await asyncio.sleep(0)  # who shares a generator asks again before it is ready: that raises, as in life

    async def begin(*_: Any) -> None:
        nonlocal begun, peak
        begun += 1
        peak = max(peak, begun - ended)

    async def end(*_: Any) -> None:
        nonlocal ended
        ended += 1

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(begin)
    tracing.on_request_end.append(end)
    tracing.on_request_exception.append(end)
    try:
        async with bench.session(trace_configs=[tracing], connector=aiohttp.TCPConnector(limit=0)) as session:
            result = await answer(session, pages(), K)
            bench.note("left", begun - ended)
            return result
    finally:
        bench.note("ahead", ahead)


@expectation("Not one request is rejected")
def _none_rejected(evidence: Evidence) -> Found:
    journal = evidence.journal
    rejected = journal.count(outcome="rejected")
    if not rejected:
        return None
    return Finding(
        f"Let only {K} requests be in flight at a time.",
        f"The service rejected {rejected} of {len(journal)}: it takes {K} at a time.",
        "To send everything at once does not make a service faster. It makes it refuse.",
        SECTION,
    )


@expectation(f"All {N} answers, each under the name of its page")
def _answers_all(evidence: Evidence) -> Found:
    result = evidence.result
    if (lost := _left_alone(evidence)) is not None:
        return lost
    if evidence.journal.peak_in_flight <= 1:
        return NOT_ASKED  # the pages ended early
    if not isinstance(result, dict):
        seen = "Your function returned None." if result is None else f"Your function returned {shown(result)}."
        return Finding("Return a dictionary: each page with its answer.", seen)
    wanted = set(_slugs())
    if missing := wanted - result.keys():
        return Finding(
            f"Return the answers to all {N} pages.",
            f"{len(missing)} of them are missing, among them {min(missing)}.",
        )
    for page in sorted(wanted):
        if not isinstance(result[page], dict) or result[page].get("slug") != page:
            return Finding("Return the answer of each page.", f"Under {page} there is {shown(result[page])}.")
    return None


def _left_alone(evidence: Evidence) -> Finding | None:
    if not evidence.notes["left"]:
        return None
    return Finding(
        "Keep your tasks, and wait for all of them before you return: a TaskGroup does both.",
        f"{evidence.notes['left']} requests were still under way when your function returned.",
        "Fire and forget is not safe: nobody waits for such a task, nobody sees its error, "
        "and one that nobody holds may be gone before it has ended.",
        "mistakes",
    )


@expectation("It takes pages only as fast as it can fetch them")
def _keeps_pace(evidence: Evidence) -> Found:
    ahead = evidence.notes["ahead"]
    if evidence.journal.count(outcome="rejected"):
        return NOT_ASKED
    if ahead <= MOST_AHEAD:
        return None
    seen = f"{ahead} pages had been taken and not fetched. With a million pages there would be a million."
    if evidence.peak_in_flight > 2 * MOST_AHEAD:
        return Finding(
            "Take a page when there is a place for it: first `acquire`, then `create_task`.",
            f"{seen} Each was a task.",
            "A semaphore inside the task bounds the requests, not the tasks: they stand in line before it.",
            QUEUES,
        )
    return Finding(
        "Bound what you have taken, too: a queue with a size makes the one who fills it wait.",
        seen,
        "A queue or a list without a bound takes whatever comes. It is memory, not progress.",
        QUEUES,
    )


def _where_none_is_rejected(one: Expectation) -> Expectation:
    """Ask only where every request was let in: what a rejected one leaves free says nothing."""
    return Expectation(
        one.label, lambda evidence: NOT_ASKED if evidence.journal.count(outcome="rejected") else one(evidence)
    )


@expectation("One asks a generator at a time")
def _shares_a_generator(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not any("asynchronous generator is already running" in e.message for e in error.leaves()):
        return None
    return Finding(
        "Let one task take the pages, and hand them to the workers through a queue.",
        "Several tasks asked the same asynchronous generator for its next page at the same time.",
        "An ordinary iterator can be shared by tasks: `next` does not wait. An asynchronous generator may wait "
        "inside, and lets nobody else in meanwhile.",
        QUEUES,
    )


EXERCISE = Exercise(
    number="3.4",
    title="As fast as it may be, without one rejection",
    reference=crawl,
    helpers=(fetch,),
    run=_crawl,
    services={"archive": {"latency_s": Uniform(0.03, 0.08), "admission_limit": K, "seed": 34}},
    expectations=(
        _none_rejected,
        _where_none_is_rejected(as_many_as(K, section=SECTION)),
        _where_none_is_rejected(stays_full(K, share=0.7, section=SECTION)),
        _answers_all,
        _keeps_pace,
    ),
    hints=(
        "k workers that share one queue; or one semaphore, with its place taken before the task is made.",
        "Take the place first: `await places.acquire()`, then `create_task`, and `release` when the task ends.",
        "With a queue: give it a size, and put k sentinels (None, say) at the end, one for each worker.",
    ),
    why="A page is taken only when there is a place for it, so at most k are in flight and none stand in line.",
    section=SECTION,
    explains=(_shares_a_generator,),
    own=frozenset({"tasks", "errors"}),
    deadline_s=9.0,
)
