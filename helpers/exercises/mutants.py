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
    """Expect the test to return for every right program. Asked where it raised, as one of `explains`."""

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
        if error.is_a("TypeError") or error.is_a("NameError") or error.is_a("AttributeError"):
            return NOT_ASKED  # the test's own mistake: the engine has words for it
        said = f": {error.message}" if error.message else ""
        which = evidence.notes.get("program", "that is right")
        return Finding(
            "Let a program pass that is right.",
            f"Your test failed with one {which}: {error.type}{said}{at(error.line)}.",
            "A test that fails for a right program costs more than none: soon nobody looks at it.",
        )

    return passes


def catches(mutants: Sequence[Mutant], label: str = "Each of the broken programs is caught") -> Expectation:
    """Expect the test to fail for each of these programs, by itself, and say what the first does that it lets pass."""

    @expectation(label)
    def caught(evidence: Evidence) -> Found:
        if (unrun := never_ran(evidence)) is not None:
            return unrun
        ends = evidence.trials[BROKEN].notes[BROKEN]
        number = sum(ends[one.name] == "caught" for one in mutants)
        tally = f" It caught {number} of {len(mutants)} broken versions."
        for one in mutants:
            if ends[one.name] == "passed":
                return Finding(one.advice, f"A version that {one.does} passes your test.{tally}")
        for one in mutants:
            if ends[one.name] == "hung":
                return Finding(
                    "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.",
                    f"With a version that {one.does} your test never ended.{tally}",
                    "A test that hangs tells nobody what is wrong, and keeps all the others from running.",
                )
        return None

    return caught
