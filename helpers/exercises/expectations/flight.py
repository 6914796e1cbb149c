"""How many requests a service had in flight: all, at most k, and as many as that."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.services import Journal


def overlaps(n: int, *, section: str = "") -> Expectation:
    """Expect the only service to have had n requests in flight at once."""

    @expectation(f"The service had all {n} requests in flight")
    def overlapped(evidence: Evidence) -> Found:
        peak = evidence.journal.peak_in_flight
        if peak >= n:
            return None
        if peak == 0:
            return NOT_ASKED
        if peak == 1:
            return Finding(
                f"Start all {n} before you await the first.",
                "The service never had more than 1 request in flight: each began after the one before had ended.",
                "`await fetch(…)` waits for this one answer, and what comes after it begins later.",
                section,
            )
        return Finding(
            f"Start all {n} at once.",
            f"The service had at most {peak} of {n} in flight.",
            "What is started late, or in groups, waits for the others without need.",
            section,
        )

    return overlapped


def at_most(k: int, *, section: str = "") -> Expectation:
    """Expect the only service never to have had more than k requests in flight."""

    @expectation(f"Never more than {k} in flight")
    def bounded(evidence: Evidence) -> Found:
        peak = evidence.journal.peak_in_flight
        if not peak:
            return NOT_ASKED
        if peak <= k:
            return None
        return _unbounded(k, f"The service saw {peak} at once", evidence.semaphores, section)

    return bounded


def _unbounded(k: int, seen: str, semaphores: Sequence[int], section: str) -> Finding:
    """Say why more than k were in flight, by the semaphores that were made."""
    if not semaphores:
        return Finding(
            f"Let only {k} run at a time.",
            f"{seen}.",
            "`gather` and a TaskGroup start all that they are given. A semaphore, or k workers, bound how many run.",
            section,
        )
    if len(semaphores) > 1:
        return Finding(
            "Make one semaphore for all requests, not one for each.",
            f"{seen}; your function made {len(semaphores)} semaphores.",
            "A semaphore bounds those who share it.",
            section,
        )
    if semaphores[0] > k:
        return Finding(
            f"Give the semaphore {k} tokens.",
            f"{seen}; your semaphore began with {semaphores[0]}.",
            section=section,
        )
    return Finding(
        "Take a token for each request, before it is started, and keep it until its answer has come.",
        f"{seen}, with a semaphore of {semaphores[0]}.",
        "A token bounds what goes on between taking it and giving it back, and only that: `create_task` is soon over.",
        section,
    )


def as_many_as(k: int, *, section: str = "") -> Expectation:
    """Expect the only service to have had k requests in flight at some time."""

    @expectation(f"{k} in flight where the bound allows {k}")
    def reaches(evidence: Evidence) -> Found:
        peak = evidence.journal.peak_in_flight
        if peak > k or not peak:
            return NOT_ASKED
        if peak == k:
            return None
        if peak == 1:
            return Finding(
                "Start them as tasks; a bound alone starts nothing.",
                f"The service never had more than 1 request in flight, and {k} were allowed.",
                "An `await` in a loop is one after another, with a semaphore or without.",
                section,
            )
        return Finding(
            f"Let {k} run at a time, not fewer.",
            f"The service had at most {peak} in flight, and {k} were allowed.",
            section=section,
        )

    return reaches


def stays_full(k: int, *, share: float, section: str = "") -> Expectation:
    """Expect at least this share of k in flight on average, as long as there is more to ask."""

    @expectation("A place that becomes free is taken at once")
    def stayed_full(evidence: Evidence) -> Found:
        journal = evidence.journal
        mean = mean_in_flight(journal)
        if journal.peak_in_flight != k:  # another bound is another fault, told by others
            return NOT_ASKED
        if mean >= share * k:
            return None
        seen = f"On average {mean:.1f} were in flight while there was more to ask, and {k} were allowed."
        if _comes_in_batches(journal, k):
            return Finding(
                "Start the next request as soon as one has ended, not when a whole batch has.",
                seen,
                "A batch lasts as long as its slowest request. The others leave their places empty.",
                section,
            )
        return Finding(
            "Let whoever is done take the next request: share one list of what is left.",
            seen,
            "Lists that are cut in advance never take equally long.",
            section,
        )

    return stayed_full


def mean_in_flight(journal: Journal) -> float:
    """Return how many were in flight on average, from the first admission to the last."""
    spans = [
        (e.admitted_ns, e.last_byte_ns) for e in journal if e.admitted_ns is not None and e.last_byte_ns is not None
    ]
    if not spans or (end := max(begin for begin, _ in spans)) == (start := min(begin for begin, _ in spans)):
        return 0.0
    return sum(min(last, end) - begin for begin, last in spans) / (end - start)


def others_in_flight(journal: Journal, *, after: int) -> float:
    """Return how many others were in flight on average when a request was admitted; the first ones are left out.

    Counted, not timed: a client that is let run late starts several at once, and is still told from one that waits
    for a whole batch.
    """
    spans = sorted(
        (e.admitted_ns, e.last_byte_ns) for e in journal if e.admitted_ns is not None and e.last_byte_ns is not None
    )
    others = [sum(last > begin for _, last in spans[:n]) for n, (begin, _) in enumerate(spans) if n >= after]
    return sum(others) / len(others) if others else 0.0


def taken_beside_slow(journal: Journal, slow: str, *, k: int) -> int | None:
    """Return how many requests began beside slow ones: after the first k, and before a slow one had ended.

    `slow` stands in the path of those. None when all but one of the first k are not slow: nothing is told then.
    """
    begun = sorted(((e.admitted_ns, e) for e in journal if e.admitted_ns is not None), key=lambda one: one[0])
    ends = [e.last_byte_ns for _, e in begun[:k] if slow in e.path and e.last_byte_ns is not None]
    if len(ends) < k - 1:
        return None
    return sum(begin < min(ends) for begin, _ in begun[k:])


def _comes_in_batches(journal: Journal, k: int) -> bool:
    """Tell whether k were in flight, then none, and then k again."""
    batches, peak = 0, 0
    for _, level in journal.in_flight():
        peak = max(peak, level)
        if level == 0:
            batches += peak >= k
            peak = 0
    return batches > 1


def gives_back(k: int, *, section: str = "") -> Expectation:
    """Explain a run that never ended because k requests were made, and then no more."""

    @expectation("Every token is given back")
    def gave_back(evidence: Evidence) -> Found:
        if evidence.outcome != "never ended" or evidence.journal.count(outcome="ok") != k or len(evidence.journal) != k:
            return None
        return Finding(
            "Give every token back: `async with tokens:` does it for you.",
            f"After {k} requests nobody asked any more, and it waited until the deadline.",
            "`acquire` takes a token. Without a `release`, also after an error, it is gone for good.",
            section,
        )

    return gave_back
