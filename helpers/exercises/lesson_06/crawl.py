"""6.4: the highest throughput without one refusal, from pages without end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import others_in_flight, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_06._crawling import (
    ANOTHER,
    FEW_PAGES,
    NONE,
    ONE_BY_ONE,
    OTHER_K,
    K,
    crawl_k,
    crawl_none,
    crawl_other_k,
    crawl_slow_pages,
    first_slugs,
    other_slugs,
)
from helpers.exercises.lesson_06._slow_pages import held_up, takes_none, waits_for_pages
from helpers.services import Journal, Uniform

if TYPE_CHECKING:
    import aiohttp

MOST_AHEAD = 2 * K + 2  # k in flight, k in a queue, one with whom fills it, and one to spare
SECTION = "workers-seen"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        response.raise_for_status()
        return await response.json()


async def crawl(session: aiohttp.ClientSession, pages: AsyncIterable[str], k: int) -> dict[str, Any]:
    # Memory: one answer for each page, because they are returned. The first error ends it, cancels the requests in
    # flight, and comes out in an ExceptionGroup; so does a refusal, if somebody else asks the same service.
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


def _journal(evidence: Evidence) -> Journal:
    return evidence.journals["archive"]


def _refused(evidence: Evidence) -> int:
    return sum(
        run.count(outcome="rejected") for run in (_journal(evidence), evidence.trials[ANOTHER].journals["other"])
    )


@expectation("Not one request is refused")
def _none_rejected(evidence: Evidence) -> Found:
    for journal, k in ((_journal(evidence), K), (evidence.trials[ANOTHER].journals["other"], OTHER_K)):
        refused = journal.count(outcome="rejected")
        if refused and k == OTHER_K:
            return Finding(
                "Use the k that your function gets.",
                f"With k = {K} nothing was refused. With k = {k} the service refused {refused} of {len(journal)}.",
                section=SECTION,
            )
        if refused:
            return _too_many(journal, k)
    return None


def _too_many(journal: Journal, k: int) -> Finding:
    return Finding(
        "Let only k requests be in flight at a time.",
        f"The service refused {journal.count(outcome='rejected')} of {len(journal)}: it takes {k} at a time.",
        "Sending everything at once doesn't make a service faster. It makes it refuse.",
        SECTION,
    )


@expectation("No refusal comes out")
def _raises_a_refusal(evidence: Evidence) -> Found:
    """Explain a run that raised what a refusal made of it."""
    journal = _journal(evidence)
    return _too_many(journal, K) if evidence.outcome == "raised" and journal.count(outcome="rejected") else None


@expectation("k in flight as long as there are pages")
def _as_many(evidence: Evidence) -> Found:
    for journal, k in ((_journal(evidence), K), (evidence.trials[ANOTHER].journals["other"], OTHER_K)):
        peak = journal.peak_in_flight
        if peak > k or journal.count(outcome="rejected") or evidence.notes["shared"]:
            return NOT_ASKED
        if peak == 1:
            return Finding(
                "Start them as tasks; a bound alone starts nothing.",
                f"The service never had more than 1 request in flight, and {k} were allowed.",
                "An `await` in a loop is one after another, with a semaphore or without.",
                SECTION,
            )
        if peak < k:
            return Finding(
                "Let k run at a time, not fewer.",
                f"The service had at most {peak} in flight, and {k} were allowed.",
                section=SECTION,
            )
        if k == K and (others := others_in_flight(journal, after=k)) < 0.6 * (k - 1):
            # In batches it is half of k - 1 at the most. A starved client had 0.67: it is late, and starts several.
            # With slow answers, as with the other k, it tells nothing: an answer that waits for the oldest had 0.57
            # there, and once more than 0.6. `held_up` says what keeps that one.
            return Finding(
                "Start the next request as soon as one has ended, not when a whole batch has.",
                f"When a request began, {others:.1f} others were in flight on average. There could be {k - 1}.",
                "A batch lasts as long as its slowest request. The others leave their places empty.",
                SECTION,
            )
    return held_up(evidence) if evidence.notes["ahead"] <= MOST_AHEAD else None


@expectation("All answers, each under the name of its page")
def _answers_all(evidence: Evidence) -> Found:
    if (lost := _left_alone(evidence)) is not None:
        return lost
    if evidence.notes["shared"]:
        return _SHARED
    if _journal(evidence).peak_in_flight <= 1 or _refused(evidence):
        return NOT_ASKED  # the pages ended early; or what a refusal says stands for an answer
    return (
        _wrong(evidence.result, first_slugs())
        or _wrong(evidence.trials[ANOTHER].result, other_slugs())
        or _wrong(evidence.trials[ONE_BY_ONE].result, first_slugs()[:FEW_PAGES])
        or _wrong(evidence.trials[NONE].result, [])
    )


def _wrong(result: Any, slugs: list[str]) -> Finding | None:
    if not isinstance(result, dict):
        seen = "Your function returned None." if result is None else f"Your function returned {shown(result)}."
        return Finding("Return a dictionary: each page with its answer.", seen)
    wanted = set(slugs)
    if missing := wanted - result.keys():
        return Finding(
            f"Return the answers to all {len(slugs)} pages.",
            f"{len(missing)} of them are missing, among them {min(missing)}.",
        )
    if added := result.keys() - wanted:
        return Finding("Return the pages, and nothing else.", f"There is also {shown(next(iter(added)))}.")
    for page in sorted(wanted):
        if not isinstance(result[page], dict) or result[page].get("slug") != page.partition("?")[0]:
            return Finding("Return the answer of each page.", f"Under {page} there is {shown(result[page])}.")
    return None


@expectation("Each page is fetched once")
def _once(evidence: Evidence) -> Found:
    journal = _journal(evidence)
    if journal.count(outcome="rejected") or evidence.notes["shared"]:
        return NOT_ASKED
    asked = Counter(entry.path.rpartition("/")[2] for entry in journal)
    twice = sorted(page for page, times in asked.items() if times > 1)
    if not twice:
        return None
    return Finding(
        "Fetch each page once.",
        f"{len(twice)} pages were asked for more than once, {twice[0]} {asked[twice[0]]} times.",
        "A function that is made in a loop sees the loop's variables as they are when it runs, not as they were."
        if len(asked) < len(journal) / 2
        else "",
        SECTION,
    )


def _left_alone(evidence: Evidence) -> Finding | None:
    if not evidence.notes["left"]:
        return None
    return Finding(
        "Keep your tasks, and wait for all of them before you return: a TaskGroup does both.",
        f"{evidence.notes['left']} requests were still in flight when your function returned.",
        "Fire and forget is not safe: nobody waits for such a task, its error reaches only the log, "
        "and one that nothing refers to may be gone before it has ended.",
        SECTION,
    )


@expectation("It takes pages only as fast as it can fetch them")
def _keeps_pace(evidence: Evidence) -> Found:
    ahead = evidence.notes["ahead"]
    if _journal(evidence).count(outcome="rejected"):
        return NOT_ASKED
    if ahead <= MOST_AHEAD:
        return None
    seen = f"{ahead} pages had been taken and not fetched. With a million pages there would be a million."
    if evidence.peak_in_flight > 2 * MOST_AHEAD:
        return Finding(
            "Take a page only when there is a place for it.",
            f"{seen} Each was a task.",
            "A semaphore inside the task bounds the requests, not the tasks: all of them exist, and wait for it.",
            SECTION,
        )
    return Finding(
        "Bound what you have taken, too: a queue with a size makes the task that fills it wait.",
        seen,
        "A queue or a list without a bound takes whatever comes. It is memory, not progress.",
        SECTION,
    )


_SHARED = Finding(
    "Let one task take the pages, and hand them to the workers through a queue.",
    "Several tasks asked the same asynchronous iterator for its next page at the same time.",
    "An ordinary iterator can be shared by tasks: `next` does not wait. An asynchronous generator may wait inside, "
    "and lets nobody else in meanwhile.",
    SECTION,
)


@expectation("Only one task at a time asks the generator")
def _shares_a_generator(evidence: Evidence) -> Found:
    return _SHARED if evidence.notes.get("shared") else None


EXERCISE = Exercise(
    number="6.4",
    title="As fast as it may be, without one refusal",
    reference=crawl,
    helpers=(fetch,),
    run=crawl_k,
    trials={ANOTHER: crawl_other_k, ONE_BY_ONE: crawl_slow_pages, NONE: crawl_none},
    services={
        "archive": {"latency_s": Uniform(0.01, 0.11), "admission_limit": K, "seed": 34},
        "other": {"latency_s": Uniform(0.01, 0.07), "admission_limit": OTHER_K, "seed": 35},
    },
    expectations=(_none_rejected, _as_many, _answers_all, _once, _keeps_pace),
    hints=(
        "k workers that share one queue; or one semaphore, with its place taken before the task is made.",
        "Take the place first: `await places.acquire()`, then `create_task`, and `release` when the task ends.",
        "With a queue: give it a size, and put k sentinels (None, say) at the end, one for each worker.",
    ),
    why="A task is made only when there is a place for it, so at most k are in flight, and at most one page waits.",
    section=SECTION,
    explains=(_shares_a_generator, _raises_a_refusal, waits_for_pages, takes_none),
    own=frozenset({"tasks", "errors"}),
    deadline_s=9.0,
)
