"""What was asked of a service: each page once, through the session that was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from helpers.exercises._words import count, times
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found

THROUGH_THE_SESSION = "through_the_session"
"""The note that says how many requests went through the session that the answer was given."""


def runs_what_it_makes() -> Expectation:
    """Expect no coroutine that was made and never ran."""

    @expectation("Every coroutine that is made runs")
    def ran(evidence: Evidence) -> Found:
        return never_ran(evidence)

    return ran


def never_ran(evidence: Evidence) -> Finding | None:
    """Say which coroutines were made and never ran; None where there are none."""
    names = evidence.never_awaited
    if not names:
        return None
    name = names[0].rpartition(".")[2]
    if name == "_wait_for_one":  # asyncio's own name for what `as_completed` gives
        return Finding(
            "Await what `as_completed` gives you.",
            f"It gave {count(len(names), 'coroutine')} that nobody awaited.",
            "Each of them waits for the next task that ends, and gives its result.",
        )
    return Finding(
        f"Await each call of {name}, or make a task of it.",
        f"{count(len(names), 'coroutine')} of {name} never ran.",
        "Calling an `async def` runs nothing. It makes a coroutine, which runs when it is awaited or made a task.",
    )


def asks_once(paths: Sequence[str], *, label: str) -> Expectation:
    """Expect the only service to see each path once, and no other."""
    wanted = Counter(paths)

    @expectation(label)
    def asked_once(evidence: Evidence) -> Found:
        if (unrun := never_ran(evidence)) is not None:
            return unrun
        asked = Counter(entry.path.partition("?")[0] for entry in evidence.journal)
        if asked == wanted:
            return None
        if not asked and evidence.tasks_left:
            return Finding(
                "Await every task before you return; a TaskGroup does it for you.",  # as `behaviour` says it
                "Your function returned before they had asked for anything.",
                "`create_task` and `gather` return at once. What they schedule runs when your function pauses.",
            )
        if not asked:
            return Finding(
                "Ask the service, with the session that your function gets.",
                "The service saw no request.",
                "An address or a session from elsewhere in the notebook leads to another service.",
            )
        if again := [path for path, number in asked.items() if number > wanted[path] > 0]:
            return Finding(
                "Ask for each page once.",
                f"The service was asked {times(asked[again[0]])} for {again[0]}"
                f"{f', and for {len(again) - 1} more of them more than once' if len(again) > 1 else ''}.",
                "Awaiting a task again costs nothing; calling the function again is another request.",
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
    def used_the_session(evidence: Evidence) -> Found:
        through, total = evidence.notes.get(THROUGH_THE_SESSION, 0), len(evidence.journal)
        if not total:
            return NOT_ASKED
        if through >= total:
            return None
        return Finding(
            "Use the session that your function gets for every request.",
            f"{total - through} of {total} requests came through other sessions, "
            f"on {count(evidence.journal.connections, 'connection')} in all.",
            "Each session opens connections of its own. One session is enough for a program.",
            section="00:one-request",
        )

    return used_the_session
