"""Answers that are tests: how each ends with a broken program, and what is said of one that it lets pass."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from helpers.exercises.evidence import Evidence, Raised
from helpers.exercises.findings import NOT_ASKED, Finding
from helpers.exercises.lesson_11.faulty import Faulty
from helpers.exercises.lesson_11.population import MUTANTS as OF_POPULATION
from helpers.exercises.lesson_11.retried import MUTANTS as OF_RETRIED
from helpers.exercises.lesson_11.retried import RealSleep, right
from helpers.exercises.mutants import BROKEN, Mutant, all_ended, catches, ended, passes_the_right

MUTANTS = (
    Mutant("idle", None, "does nothing", "Look at what it does."),
    Mutant("slow", None, "never ends", "Give it a limit."),
)


def evidence(**ends: str) -> Evidence:
    return Evidence("returned", trials={BROKEN: Evidence("returned", notes={BROKEN: ends})})


async def returns() -> None:
    pass


async def raises() -> None:
    pytest.fail("caught")  # a BaseException, as `pytest.raises` raises it


async def hangs() -> None:
    await asyncio.Event().wait()


async def is_cancelled() -> None:
    raise asyncio.CancelledError


async def test_a_test_passes_catches_or_hangs() -> None:
    tests = {"passed": returns, "caught": raises, "hung": hangs, "cancelled": is_cancelled}
    assert await all_ended(tests, limit_s=0.2) == {
        "passed": "passed",
        "caught": "caught",
        "hung": "hung",
        "cancelled": "caught",
    }


async def test_a_test_that_hangs_is_cancelled_at_its_limit() -> None:
    before = asyncio.all_tasks()
    assert await ended(hangs(), limit_s=0.05) == "hung"
    assert asyncio.all_tasks() == before


def test_all_caught_is_a_tick() -> None:
    assert catches(MUTANTS, limit_s=2)(evidence(idle="caught", slow="caught")) is None


def test_the_first_that_passes_is_told_before_one_that_hangs() -> None:
    found = catches(MUTANTS, limit_s=2)(evidence(idle="passed", slow="hung"))
    assert found == Finding(
        "Look at what it does.", "This version passes your test: it does nothing. It caught 0 of 2 broken versions."
    )


def test_a_hang_is_not_a_catch() -> None:
    found = catches(MUTANTS, limit_s=2)(evidence(idle="caught", slow="hung"))
    assert isinstance(found, Finding)
    assert found.advice == "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`."
    assert "1 of 2" in found.seen


def test_a_test_that_fails_for_a_right_program_is_told_its_line() -> None:
    error = Raised("AssertionError", ("AssertionError", "Exception"), "", line=(4, "assert count == 5"))
    found = passes_the_right()(Evidence("raised", exception=error))
    assert isinstance(found, Finding)
    assert found.seen == "Your test failed with one that is right: AssertionError in line 4, `assert count == 5`."


def test_a_mistake_in_the_test_itself_is_left_to_the_engine() -> None:
    error = Raised("TypeError", ("TypeError", "Exception"), "x")
    assert passes_the_right()(Evidence("raised", exception=error)) is NOT_ASKED
    assert passes_the_right()(replace(Evidence("raised", exception=error), outcome="returned")) is None


async def test_three_right_programs_keep_the_rules_of_11_2() -> None:
    for program in right(RealSleep()):
        calls, waits = [], list[float]()

        async def call() -> None:
            calls.append(1)  # noqa: B023 - it is called within this turn of the loop
            raise ConnectionError

        async def sleep(seconds: float) -> None:
            waits.append(seconds)  # noqa: B023

        with pytest.raises(ConnectionError):
            await program(call, sleep=sleep)
        assert (len(calls), waits) == (4, [1, 2, 4])


@pytest.mark.parametrize("mutants", [OF_RETRIED, OF_POPULATION])
def test_each_broken_program_has_a_name_of_its_own(mutants: tuple[Mutant, ...]) -> None:
    assert len({one.name for one in mutants}) == len(mutants)


@pytest.mark.parametrize("wrong", [{"failure": "fire"}, {"failure_rate": 0.5}])
def test_the_service_of_11_3_says_what_it_can_be_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Faulty().change(**wrong)  # type: ignore[arg-type]
