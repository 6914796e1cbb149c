"""What ran where: on the loop's thread, or on another."""

from __future__ import annotations

import asyncio

from helpers.exercises._words import at, times
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding, Found
from helpers.exercises.pulse import BLOCKED

ON_THE_LOOP = "on_the_loop"
"""The note that says how many of the exercise's blocking functions were called on the loop's thread."""


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


def on_the_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    return asyncio._get_running_loop() is not None


def never_blocked(*, section: str) -> Expectation:
    """Expect that neither a blocking call nor the wait for a thread blocked the event loop, in any of the runs."""

    @expectation("The event loop is never blocked")
    def free(evidence: Evidence) -> Found:
        for run in (evidence, *evidence.trials.values()):
            calls = run.blocking_calls
            if count := max(run.notes.get(ON_THE_LOOP, 0), sum(call.times for call in calls)):
                return Finding(
                    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
                    f"The loop's own thread was kept waiting {times(count)}{at(calls[0].line) if calls else ''}.",
                    "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
                    section,
                )
            if missed := run.notes.get(BLOCKED, 0):
                return waits_for_threads(times(missed), section)
        return None

    return free


def waits_for_threads(often: str, section: str) -> Finding:
    """Say that the event loop stood still until threads were done, seen so often ("3 times")."""
    return Finding(
        "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
        f"A thread was at work, and the event loop stood still until it was done: seen {often}.",
        "A thread frees the event loop only if the loop's own thread does not wait for it by blocking.",
        section,
    )
