"""11.3: a test that makes a real service fail, in each of its ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_11._shared import FAULTS
from helpers.exercises.lesson_11.faulty import faulty
from helpers.exercises.lesson_11.population import MUTANTS, RIGHT
from helpers.exercises.mutants import BROKEN, all_ended, as_note, catches, passes_the_right

if TYPE_CHECKING:
    import pytest  # the page has imported it; to import it here would keep every other page waiting for it

LIMIT_S = 5.5  # more than the 5 s that the page itself takes for a limit


async def test_population(population: Any, session: Any, api: Any) -> None:
    async with asyncio.timeout(2):  # the program has 0.5 s for each call; whatever hangs fails here
        assert await population(session, "oslo") == 709_000
        assert await population(session, "lima") == 10_092_000
        with pytest.raises(LookupError):
            await population(session, "atlantis")
        for failure in (503, "reset", "truncated", "no_answer"):
            api.change(failure_rate=1, failure=failure)
            assert await population(session, "oslo") is None, failure
            api.change(failure_rate=0)
            assert await population(session, "oslo") == 709_000, f"after {failure}"


async def _with_the_right(answer: Answer, bench: Bench) -> None:
    asked = 0
    for before, program in enumerate(RIGHT):
        bench.note("before", before)
        async with faulty(bench) as (session, api):
            try:
                bench.note("returned", as_note(await answer(program, session, api)))
            except BaseException:  # what `pytest.raises` raises, too
                bench.note("program", f"that is right, after the service {api.last}")
                if api.fails:
                    bench.note("doubt", "The service was still told to fail. Is that what this line wants?")
                raise
            asked += api.asked
    bench.note("asked", asked)


async def _with_the_broken(answer: Answer, bench: Bench) -> None:
    def testing(make: Callable[[], Any]) -> Callable[[], Awaitable[None]]:
        async def test() -> None:
            async with faulty(bench) as (session, api):
                await answer(make(), session, api)

        return test

    bench.note(BROKEN, await all_ended({one.name: testing(one.program) for one in MUTANTS}, limit_s=LIMIT_S))


@expectation("It asks the service, through the program")
def _asks(evidence: Evidence) -> Found:
    if evidence.notes["asked"]:
        return None
    if evidence.never_awaited:
        return NOT_ASKED  # `catches` says so
    return Finding(
        "Call `population` with the `session` that your test gets, and await it.",
        "The service saw no request.",
        section=FAULTS,
    )


@expectation("The broken programs are done with in time")
def _ends(evidence: Evidence) -> Found:
    """Explain a test that asks often, and so was still waiting for a broken program when the check's time was over."""
    if evidence.outcome != "returned" or evidence.trials[BROKEN].outcome != "never ended":
        return NOT_ASKED
    return Finding(
        "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.",
        "One broken version waits for ever when no answer comes. With it your test had not ended when the time of the "
        "check was over.",
        "A test that hangs tells nobody what is wrong, and keeps all the others from running.",
    )


EXERCISE = Exercise(
    number="11.3",
    title="Fail on demand",
    reference=test_population,
    run=_with_the_right,
    trials={BROKEN: _with_the_broken},
    expectations=(
        passes_the_right("Two programs that are right pass"),
        _asks,
        catches(MUTANTS, "Each of seven broken programs is caught", limit_s=LIMIT_S),
    ),
    hints=(
        "Begin with what works: one city, the other city, and an unknown one.",
        'A loop over `503, "reset", "truncated", "no_answer"`: let the service fail, ask, let it work again, ask.',
        "If a program never gives up, your test hangs. An `async with asyncio.timeout(2)` around it lets it fail.",
    ),
    why="The faults come from a real socket, each on demand, and the time limit turns a hang into a failure.",
    section=FAULTS,
    explains=(_ends, passes_the_right("Programs that are right pass")),
    own=frozenset({"coroutines", "tasks", "errors", "open"}),
)
