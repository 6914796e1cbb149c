"""What exercises look for in a run, and what to say where it is missing.

Each is a small function from evidence to a finding, made for the numbers of one exercise. They count and compare:
a verdict must be the same on a busy machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.exercises.evidence import Evidence, Other, Raised
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding
from helpers.services import Entry, Journal

THROUGH_THE_SESSION = "through_the_session"
"""The note that says how many requests went through the session that the answer was given."""


def runs_what_it_makes() -> Expectation:
    """Expect no coroutine that was made and never ran."""

    @expectation("Every coroutine that is made runs")
    def ran(evidence: Evidence) -> Finding | None:
        return never_ran(evidence)

    return ran


def never_ran(evidence: Evidence) -> Finding | None:
    """Say which coroutines were made and never ran; None where there are none."""
    names = evidence.never_awaited
    if not names:
        return None
    name = names[0].rpartition(".")[2]
    return Finding(
        f"Await each call of {name}, or make a task of it.",
        f"{_plural(len(names), 'coroutine')} of {name} never ran.",
        "Calling an `async def` runs nothing. It makes a coroutine, and somebody must wait for it.",
    )


@expectation("No event loop inside the event loop")
def no_loop_inside(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it tried to start a second event loop."""
    if not any("running event loop" in error.message for error in _errors(evidence)):
        return None
    return Finding(
        "Write `await` where you wrote `asyncio.run` or `run_until_complete`.",
        "It tried to start an event loop inside the one that runs it.",
        "`asyncio.run` is for the top of a script. A coroutine is in a running loop already.",
    )


@expectation("Each coroutine is awaited once")
def no_coroutine_twice(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it awaited a coroutine a second time."""
    if not any("already awaited coroutine" in error.message for error in _errors(evidence)):
        return None
    return Finding(
        "Await each coroutine once.",
        "It awaited a coroutine that had run to its end.",
        "A coroutine runs once. A task can be awaited as often as you like: it keeps its result.",
    )


@expectation("No coroutine is used as if it were its result")
def no_coroutine_as_a_value(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it used a coroutine in place of what the coroutine returns."""
    if not any(
        "coroutine" in error.message and error.type in ("TypeError", "AttributeError") for error in _errors(evidence)
    ):
        return None
    (error, *_) = _errors(evidence)
    if "was expected" in error.message:  # create_task(fetch), gather(fetch)
        return Finding(
            "Call the function: a task is made of a coroutine, and a call makes one.",
            f"{error.type}: {re.sub(r' at 0x[0-9a-f]+', '', error.message)}.",
            "`fetch` is the function; `fetch(session, city)` is a coroutine.",
        )
    return Finding(
        "Put `await` before the call.",
        f"It used a coroutine as if it were the result ({error.type}: {error.message}).",
        "Calling an `async def` runs nothing. It makes a coroutine, and `await` makes a result of it.",
    )


RAISED = (no_loop_inside, no_coroutine_twice, no_coroutine_as_a_value)
"""What explains an exception that beginners meet: for an exercise's `explains`."""


def _errors(evidence: Evidence) -> tuple[Raised, ...]:
    return evidence.exception.leaves() if evidence.exception is not None else ()


def asks_once(paths: Sequence[str], *, label: str) -> Expectation:
    """Expect the only service to see each path once, and no other."""
    wanted = Counter(paths)

    @expectation(label)
    def asked_once(evidence: Evidence) -> Finding | None:
        if (unrun := never_ran(evidence)) is not None:
            return unrun
        asked = Counter(entry.path.partition("?")[0] for entry in evidence.journal)
        if asked == wanted:
            return None
        if not asked:
            return Finding(
                "Ask the service, with the session that your function gets.",
                "The service saw no request.",
                "An address or a session from elsewhere in the notebook leads to another service.",
            )
        if again := [path for path, times in asked.items() if times > wanted[path] > 0]:
            return Finding(
                "Ask for each page once.",
                f"The service was asked {asked[again[0]]} times for {again[0]}"
                f"{f', and for {len(again) - 1} others more than once' if len(again) > 1 else ''}.",
                "Awaiting a result again costs nothing; calling the function again is another request.",
            )
        missing, others = [path for path in wanted if path not in asked], [path for path in asked if path not in wanted]
        if missing and others:
            return Finding(
                f"Ask for {missing[0]}.", f"The service was never asked for it; it was asked for {others[0]}."
            )
        if missing:
            return Finding(
                f"Ask for {missing[0]}, too.",
                f"{len(missing)} of {len(wanted)} pages were never asked for.",
            )
        return Finding("Ask only for what is needed.", f"The service was also asked for {others[0]}.")

    return asked_once


def uses_the_session(*, label: str = "It uses the session that it is given") -> Expectation:
    """Expect every request to go through the session of `run`, which notes `THROUGH_THE_SESSION`."""

    @expectation(label)
    def used_the_session(evidence: Evidence) -> Finding | None:
        through, total = evidence.notes.get(THROUGH_THE_SESSION, 0), len(evidence.journal)
        if through >= total:
            return None
        return Finding(
            "Use the session that your function gets for every request.",
            f"{total - through} of {total} requests came through other sessions, "
            f"on {_plural(evidence.journal.connections, 'connection')} in all.",
            "Each session opens connections of its own. One session is enough for a program.",
            section="A-session-per-request",
        )

    return used_the_session


def overlaps(n: int, *, section: str = "") -> Expectation:
    """Expect the only service to have had n requests in flight at once."""

    @expectation(f"The service had all {n} requests in hand at once")
    def overlapped(evidence: Evidence) -> Finding | None:
        peak = evidence.journal.peak_in_flight
        if peak >= n:
            return None
        if peak == 0:
            return Finding(f"Start all {n} at once.", "The service had none in hand.", section=section)
        if peak == 1:
            return Finding(
                f"Start all {n} before you await the first.",
                "The service never had more than 1 request in hand: each began after the one before had ended.",
                "`await` means “go on when this is done”. It starts nothing beside it.",
                section,
            )
        return Finding(
            f"Start all {n} at once.",
            f"The service had at most {peak} of {n} in hand.",
            "What is started late, or in groups, waits for the others without need.",
            section,
        )

    return overlapped


def at_most(k: int, *, section: str = "") -> Expectation:
    """Expect the only service never to have had more than k requests in flight."""

    @expectation(f"Never more than {k} in flight")
    def bounded(evidence: Evidence) -> Finding | None:
        peak = evidence.journal.peak_in_flight
        if peak <= k:
            return None
        return Finding(
            f"Let only {k} run at a time.",
            f"The service saw {peak} at once.",
            "A semaphore bounds those who share it. Make one for all requests, not one for each.",
            section,
        )

    return bounded


def as_many_as(k: int, *, section: str = "") -> Expectation:
    """Expect the only service to have had k requests in flight at some time."""

    @expectation(f"{k} in flight where the bound allows {k}")
    def reaches(evidence: Evidence) -> Finding | None:
        peak = evidence.journal.peak_in_flight
        if peak >= k:
            return None
        if peak == 1:
            return Finding(
                "Start them as tasks; a bound alone starts nothing.",
                f"The service never had more than 1 request in hand, and {k} were allowed.",
                "An `await` in a loop is one after another, with a semaphore or without.",
                section,
            )
        return Finding(
            f"Let {k} run at a time, not fewer.",
            f"The service had at most {peak} in hand, and {k} were allowed.",
            section=section,
        )

    return reaches


def stays_full(k: int, *, share: float, section: str = "") -> Expectation:
    """Expect at least this share of k in flight on average, as long as there is more to ask."""

    @expectation("A place that becomes free is taken at once")
    def stayed_full(evidence: Evidence) -> Finding | None:
        journal = evidence.journal
        mean = mean_in_flight(journal)
        if journal.peak_in_flight != k or mean >= share * k:  # another bound is another fault, told by others
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


def _comes_in_batches(journal: Journal, k: int) -> bool:
    """Tell whether k were in flight, then none, and then k again."""
    batches, peak = 0, 0
    for _, level in journal.in_flight():
        peak = max(peak, level)
        if level == 0:
            batches += peak >= k
            peak = 0
    return batches > 1


def returns_in_order(keys: Sequence[str], *, key: str, section: str = "") -> Expectation:
    """Expect a list of dicts whose `key` has these values, in this order."""

    @expectation(f"All {len(keys)} answers, in the order of the cities")
    def in_order(evidence: Evidence) -> Finding | None:
        result = evidence.result
        if (wrong := not_a_list(result, of="answers")) is not None:
            return wrong
        if (wrong := _unusable(result, section)) is not None:
            return wrong
        got = [item.get(key) if isinstance(item, dict) else None for item in result]
        if got == list(keys):
            return None
        if Counter(got) == Counter(keys):
            return Finding(
                "Put the answers in the order of the cities.",
                f"They came in another order: {got[0]} is first, not {keys[0]}.",
                "Who finishes first is chance. Tasks in a list keep their order, however they finish.",
                section,
            )
        if len(got) != len(keys):
            return Finding(f"Return {len(keys)} answers.", f"There are {len(got)} in what you return.", section=section)
        place = next(n for n, (one, wanted) in enumerate(zip(got, keys, strict=True)) if one != wanted)
        return Finding(
            "Return each city's answer in the city's place.",
            f"In place {place + 1} there is {shown(result[place])}, not the answer for {keys[place]}.",
            section=section,
        )

    return in_order


def gives_back(k: int, *, section: str = "") -> Expectation:
    """Explain a run that never ended because k requests were made, and then no more."""

    @expectation("Every token is given back")
    def gave_back(evidence: Evidence) -> Finding | None:
        if evidence.outcome != "never ended" or evidence.journal.count(outcome="ok") != k or len(evidence.journal) != k:
            return None
        return Finding(
            "Give every token back: `async with tokens:` does it for you.",
            f"After {k} requests nobody asked any more, and it waited until the deadline.",
            "`acquire` takes a token. Without a `release`, also after an error, it is gone for good.",
            section,
        )

    return gave_back


def not_a_list(result: Any, *, of: str) -> Finding | None:
    """Say what is wrong with a result that is neither a list nor a tuple; None where it is one."""
    if isinstance(result, (list, tuple)):
        return None
    if result is None:
        return Finding(
            f"Return the {of}.", "Your function returned None.", "To print is not to return; nor is to store in a list."
        )
    if isinstance(result, Other) and result.type in _AWAITABLES:
        return Finding(
            f"Await it, and return the {of}.",
            f"Your function returned a {result.type} and not a list.",
            "A coroutine or a task is a promise. `await` makes an answer of it.",
        )
    return Finding(f"Return the {of} as a list.", f"Your function returned {shown(result)}.")


def _unusable(items: Sequence[Any], section: str) -> Finding | None:
    """Say what is wrong with a list that holds tasks, responses or exceptions in place of answers."""
    kinds = {item.type for item in items if isinstance(item, Other)}
    if tasks := kinds & _AWAITABLES:
        return Finding(
            "Return the tasks' results, not the tasks.",
            f"Your list holds objects of the type {tasks.pop()}.",
            "A task is not its answer. When it has ended, `task.result()` is; `await task` waits for it.",
            section,
        )
    if "ClientResponse" in kinds:
        return Finding(
            "Return what `await response.json()` gives.",
            "Your list holds responses, not answers.",
            "A response is an open connection. Read it before its block ends.",
            section,
        )
    if empty := sum(item is None for item in items):
        return Finding(
            "Let every task return its answer.",
            f"{empty} of {len(items)} in your list are None.",
            "A function without `return` returns None.",
            section,
        )
    return None


_AWAITABLES = {"Task", "Future", "_GatheringFuture", "coroutine"}


def asks_in_time(needs: Mapping[str, str | None], *, late_s: float, section: str = "") -> Expectation:
    """Expect every request to begin when what it needs is there, and to wait for nothing else.

    Args:
        needs: for each path the path whose answer it needs, or None.
        late_s: a request that begins later than this after what it needs has waited for something else.
        section: where the lesson explains it.
    """

    @expectation("As fast as its longest chain")
    def in_time(evidence: Evidence) -> Finding | None:
        entries = {entry.path.partition("?")[0]: entry for entry in evidence.journal}
        if not entries.keys() >= needs.keys():
            return None  # that is said already
        waits = {path: _waited_s(entries[path], entries[need]) for path, need in needs.items() if need}
        path, waited_s = max(waits.items(), key=lambda one: one[1])
        if waited_s <= late_s:
            return None
        need = needs[path]
        chain_s = max(_chain_s(path, needs, entries) for path in needs)
        return Finding(
            f"Ask for {path} as soon as {need} is there.",
            f"It was asked for {waited_s * 1000:.0f} ms later{_because(entries[path], entries, need)}. "
            f"The longest chain takes {chain_s * 1000:.0f} ms; your function took {evidence.seconds * 1000:.0f}.",
            "An `await` holds up all that comes below it in the function, also what does not need its answer.",
            section,
        )

    return in_time


def _chain_s(path: str, needs: Mapping[str, str | None], entries: Mapping[str, Entry]) -> float:
    """Return how long a request and all that must come before it took the service."""
    entry, need = entries[path], needs[path]
    own_s = ((entry.last_byte_ns or entry.arrived_ns) - entry.arrived_ns) / 1e9
    return own_s + (_chain_s(need, needs, entries) if need else 0.0)


def _waited_s(entry: Entry, need: Entry) -> float:
    return (entry.arrived_ns - (need.last_byte_ns or entry.arrived_ns)) / 1e9


def _because(entry: Entry, entries: Mapping[str, Entry], need: str | None) -> str:
    """Name the request that ended just before this one began, if it is not the one that it needs."""
    ended = [one for one in entries.values() if one.last_byte_ns is not None and one.last_byte_ns <= entry.arrived_ns]
    last = max(ended, key=lambda one: one.last_byte_ns or 0, default=None)
    return "" if last is None or last.path == need else f", when {last.path} had ended, too"


def shown(value: Any) -> str:
    """Return a value as the learner would recognise it, cut short."""
    text = f"a {value.type}" if isinstance(value, Other) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
