"""Answers that are tests: a program that is right must pass them, and each broken one must be caught.

A test is run in the grader's process, against one program after another, or against all at once where each has a
world of its own. What it raises against a *right* program comes out of the run, with the learner's line. Against a
broken one, any exception means that it was caught: an AssertionError, whatever `pytest.raises` raises, a TimeoutError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from helpers.exercises._words import at
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found

BROKEN = "broken"
"""The name of the trial in which the broken programs are run, and of its note: how each ended, by the mutant's name."""
End = Literal["passed", "caught", "hung"]
_OF_THE_TEST = ("TypeError", "NameError", "AttributeError", "RuntimeError", "ValueError")


@dataclass(frozen=True)
class Mutant:
    """A broken program, and what a test that lets it pass is told.

    Attributes:
        name: by which its end is noted.
        program: what the test is given.
        does: what is wrong with it: "tries again even after a ValueError".
        advice: what the test lacks, as an order.
    """

    name: str
    program: Any
    does: str
    advice: str


def as_note(returned: object) -> str | None:
    """Return what a test returned, as a note; None where it returned nothing, as tests do."""
    return None if returned is None else f"{returned!r:.60}"


async def ended(test: Awaitable[object], *, limit_s: float) -> End:
    """Run a test of a broken program to its end, for `limit_s` at the most, and return how it ended."""
    task = asyncio.ensure_future(test)
    try:
        await asyncio.wait({task}, timeout=limit_s)
        if not task.done():
            return "hung"
        return "caught" if task.cancelled() or task.exception() is not None else "passed"
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=limit_s)


async def all_ended(tests: Mapping[str, Callable[[], Awaitable[object]]], *, limit_s: float) -> dict[str, End]:
    """Run the tests of several broken programs at once, and return how each ended."""
    ends = await asyncio.gather(*[ended(make(), limit_s=limit_s) for make in tests.values()])
    return dict(zip(tests, ends, strict=True))


def passes_the_right(label: str = "A program that is right passes, each time") -> Expectation:
    """Expect the test to return for every right program. Asked where it raised, as one of `explains`.

    Notes, where a run has them: "before", how many right programs had passed until then; "doubt", what to look at.
    """

    @expectation(label)
    def passes(evidence: Evidence) -> Found:
        error = evidence.exception
        if evidence.outcome != "raised" or error is None:
            return None
        if (unrun := never_ran(evidence)) is not None:
            return unrun
        if name := next((name for name, kind in error.given.items() if kind == "coroutine"), ""):
            return Finding(
                "Put `await` before the call.",
                f"`{name}` holds a coroutine, and not what it returns{at(error.line)}.",
                "Calling an `async def` runs nothing. It makes a coroutine, and `await` makes a result of it.",
            )
        if any(map(error.is_a, _OF_THE_TEST)):
            return NOT_ASKED  # the test's own mistake: the engine has words for it
        said = f": {error.message}" if error.message else ""
        which = evidence.notes.get("program", "that is right")
        seen = f"Your test failed with one {which}: {error.type}{said}{at(error.line)}."
        if error.is_a("TimeoutError") and error.cause is not None and error.cause.is_a("CancelledError"):  # of a limit
            return Finding(
                "Leave a program that is right more time.", seen, "It was not done when the limit in your test came."
            )
        doubt = evidence.notes.get("doubt", "")
        if not doubt and evidence.notes.get("before"):
            doubt = "Another that is right passed before it. Does your test keep something from one run to the next?"
        return Finding(
            "Let every program pass that is right.",
            seen,
            doubt or "A test that fails for a right program costs more than none: soon nobody looks at it.",
        )

    return passes


def catches(
    mutants: Sequence[Mutant], label: str = "Each of the broken programs is caught", *, limit_s: float
) -> Expectation:
    """Expect the test to fail for each of these programs, by itself, and say what the first does that it lets pass.

    `limit_s` is how long each was given. The note "returned", where a run has it, is what the test returned.
    """

    @expectation(label)
    def caught(evidence: Evidence) -> Found:
        if (unrun := never_ran(evidence)) is not None:
            return unrun
        ends = evidence.trials[BROKEN].notes[BROKEN]
        number = sum(ends[one.name] == "caught" for one in mutants)
        tally = f" It caught {number} of {len(mutants)} broken versions."
        for one in mutants:
            if ends[one.name] == "passed":
                if (returned := evidence.notes.get("returned")) is not None:
                    return Finding(
                        "Use `assert`: a test fails only if it raises an exception.",
                        f"Your test returned {returned}. To pytest that is no failure.{tally}",
                    )
                return Finding(one.advice, f"This version passes your test: it {one.does}.{tally}")
        for one in mutants:
            if ends[one.name] == "hung":
                return Finding(
                    "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.",
                    f"One version {one.does}. With it your test had not ended after {limit_s:g} s.{tally}",
                    "A test that hangs tells nobody what is wrong, and keeps all the others from running.",
                )
        return None

    return caught
