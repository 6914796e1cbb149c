"""What ran where: on the loop's thread, or on another."""

from __future__ import annotations

from helpers.exercises._words import at, times
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding, Found

ON_THE_LOOP = "on_the_loop"
"""The note that says how many of the exercise's blocking functions were called on the loop's thread."""


def leaves_the_loop_free(*, section: str = "") -> Expectation:
    """Expect no blocking call on the loop's thread: neither one that the exercise notes, nor a connection."""

    @expectation("The loop stays free")
    def left_free(evidence: Evidence) -> Found:
        calls = evidence.blocking_calls
        count = max(evidence.notes.get(ON_THE_LOOP, 0), sum(call.times for call in calls))
        if not count:
            return None
        where = at(calls[0].line) if calls else ""
        return Finding(
            "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
            f"The loop's own thread was kept waiting {times(count)}{where}.",
            "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
            section,
        )

    return left_free


def gives_the_function(*, section: str = "") -> Expectation:
    """Explain a run that raised because a thread was given what a call returned, and not the function."""

    @expectation("The thread gets the function")
    def gave_the_function(evidence: Evidence) -> Found:
        errors = evidence.exception.leaves() if evidence.exception is not None else ()
        if not any(error.type == "TypeError" and "not callable" in error.message for error in errors):
            return None
        return Finding(
            "Give the thread the function, without calling it; its arguments come after it.",
            "It was called first, on the loop's thread, and the thread was given what it had returned.",
            "Python works out the arguments of a call before the call: what stands in its parentheses has run by then.",
            section,
        )

    return gave_the_function
