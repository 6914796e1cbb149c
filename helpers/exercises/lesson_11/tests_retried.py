"""11.2: a test of a program that waits, in which nobody waits."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_11._shared import CLOCK
from helpers.exercises.lesson_11.retried import MUTANTS, Program, RealSleep, right
from helpers.exercises.mutants import BROKEN, End, as_note, catches, ended, passes_the_right

LIMIT_S = 1.0
MOST_HANG = 2  # then the others are not tried: they would take the check's time


async def test_retried(retried: Any) -> None:
    async def attempt(*outcomes: Any, **options: Any) -> tuple[Any, int, list[float]]:
        """Return what came of calls that end like this, one after another, how many there were, and the waits."""
        calls: list[Any] = []
        waits: list[float] = []

        async def call() -> Any:
            calls.append(outcomes[len(calls)])  # a call too many is an IndexError, and fails the test
            if isinstance(calls[-1], Exception):
                raise calls[-1]
            return calls[-1]

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        try:
            result = await retried(call, sleep=sleep, **options)
        except (ConnectionError, ValueError) as error:
            result = error
        return result, len(calls), waits

    down, bug = ConnectionError("down"), ValueError("a bug")
    assert await attempt("fine") == ("fine", 1, [])
    assert await attempt(down, down, "fine") == ("fine", 3, [1, 2])
    assert await attempt(down, down, down, down) == (down, 4, [1, 2, 4])
    assert await attempt(down, down, tries=2) == (down, 2, [1])
    assert await attempt(bug) == (bug, 1, [])


def _looked_at(program: Program, real: RealSleep, bench: Bench) -> Program:
    """Return a program that notes which of the functions that it is given can't be awaited."""

    def awaitable(name: str, function: Any) -> Any:
        async def called(*arguments: Any) -> Any:
            if not callable(function):
                bench.note("called", name)
            made = function(*arguments)
            if not inspect.isawaitable(made):
                bench.note("plain", name)
                raise TypeError(f"what `{name}` returned can't be awaited")
            return await made

        return called

    async def retried(call: Any, *, tries: int = 4, sleep: Any = real) -> Any:
        return await program(awaitable("call", call), tries=tries, sleep=awaitable("sleep", sleep))

    return retried


async def _with_the_right(answer: Answer, bench: Bench) -> None:
    real = RealSleep()
    bench.note("slow", False)
    bench.note("slept_s", 0.0)
    for before, program in enumerate(right(real)):
        bench.note("before", before)
        test = asyncio.ensure_future(answer(_looked_at(program, real, bench)))
        try:
            await asyncio.wait({test}, timeout=LIMIT_S)
            if not test.done():
                bench.note("slow", True)
                return
            bench.note("returned", as_note(test.result()))
        finally:
            if not before:
                bench.note("slept_s", real.total_s)
            test.cancel()
            await asyncio.wait({test}, timeout=LIMIT_S)


async def _with_the_broken(answer: Answer, bench: Bench) -> None:
    """One after another: a test may have put something of its own in the place of `asyncio.sleep`."""
    ends: dict[str, End] = {}
    for one in MUTANTS:
        hang = list(ends.values()).count("hung") >= MOST_HANG
        ends[one.name] = "hung" if hang else await ended(answer(one.program), limit_s=LIMIT_S)
    bench.note(BROKEN, ends)


@expectation("It takes no time: the program's `sleep` is the test's own")
def _waits_for_nothing(evidence: Evidence) -> Found:
    if never_ran(evidence) is not None:
        return NOT_ASKED
    slept_s = evidence.notes["slept_s"]
    if slept_s or evidence.notes["slow"]:
        slept = f"In your test the program would have slept for {slept_s:g} s with its own `sleep`: it got no other."
        seen = slept if slept_s else f"Your test was stopped after {LIMIT_S:g} s."
        return Finding(
            "Give `retried` a `sleep` that doesn't sleep: a coroutine function of your own that notes the seconds.",
            seen,
            "What a program waits for comes as an argument here, so that a test can put something else in its place.",
            CLOCK,
        )
    return None


@expectation("The program did not sleep by itself")
def _slept(evidence: Evidence) -> Found:
    """Explain a run that raised after the program had slept with a `sleep` that the test has not given it."""
    return _waits_for_nothing(evidence) if evidence.outcome == "raised" and "slept_s" in evidence.notes else NOT_ASKED


@expectation("Each of ten broken programs is caught")
def _catches(evidence: Evidence) -> Found:
    return NOT_ASKED if evidence.notes["slow"] else catches(MUTANTS, limit_s=LIMIT_S)(evidence)


@expectation("What the program awaits can be awaited")
def _awaitable(evidence: Evidence) -> Found:
    """Explain a run that raised because the test's `call` or `sleep` is an ordinary function."""
    if name := evidence.notes.get("called"):
        return Finding(
            f"Give the function itself, without calling it: the program calls `{name}`.",
            f"What your test gave for `{name}` can't be called.",
            section=CLOCK,
        )
    name = evidence.notes.get("plain")
    if name is None:
        return NOT_ASKED
    return Finding(
        f"Make `{name}` a coroutine function: `async def {name}(…)`.",
        f"The program awaits what your `{name}` returns, and that can't be awaited.",
        "A `lambda` is an ordinary function. `AsyncMock()` is a coroutine function that is made in one word.",
        CLOCK,
    )


EXERCISE = Exercise(
    number="11.2",
    title="Nobody waits",
    reference=test_retried,
    run=_with_the_right,
    trials={BROKEN: _with_the_broken},
    expectations=(passes_the_right("Three programs that are right pass"), _waits_for_nothing, _catches),
    hints=(
        "A `call` that fails twice: let it append to a list, and raise ConnectionError while the list is short.",
        "A `sleep` that takes no time: `async def sleep(seconds): waits.append(seconds)`. Then compare `waits`. In the "
        "block of `pytest.raises` an `assert` below the line that raises is never reached: put it after the block.",
        "Go through the rules one by one. Which broken program would still pass? Four cases are worth a try: it works "
        "on the third call; it never works; it never works and `tries` is 2; the call raises a ValueError.",
    ),
    why="The test looks at the result, the number of calls and the waits for each rule, and no second passes.",
    section=CLOCK,
    explains=(_slept, _awaitable, passes_the_right("Programs that are right pass")),
    own=frozenset({"coroutines"}),
    deadline_s=8.0,
)
