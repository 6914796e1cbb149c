"""Whatever an answer returns, there is a verdict, in every exercise, and it can be shown."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from helpers.exercises import report
from helpers.exercises._plain import plain, shown
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, find, lesson_numbers, of_lesson
from helpers.exercises.grader import grade, judge
from helpers.exercises.stubs import is_stub
from tests.exercises.answers import Right, stored
from tests.exercises.odd import values
from tests.exercises.practice import EXERCISE, VALUE

NUMBERS = [exercise.number for lesson in lesson_numbers() for exercise in of_lesson(lesson)]
ODD = values()


@cache
def right_evidence(number: str) -> Evidence:
    """Run a right answer once; what it returned is replaced."""
    (one, *_) = (one for one in stored(number) if isinstance(one, Right))
    evidence = grade(find(number), one.answer).evidence
    assert evidence is not None
    return evidence


def everywhere(evidence: Evidence, value: Any) -> Evidence:
    """Put a value in place of what every run returned."""
    trials = {name: replace(one, result=value) for name, one in evidence.trials.items()}
    return replace(evidence, result=value, trials=trials)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_has_a_verdict_on_an_odd_result(number: str) -> None:
    exercise, evidence = find(number), right_evidence(number)
    for value in map(plain, ODD):
        assert_shown(exercise, everywhere(evidence, value))
        assert_shown(exercise, replace(evidence, result=[value] * 20))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_has_a_verdict_where_nothing_was_noted(number: str) -> None:
    evidence = right_evidence(number)
    trials = {name: replace(one, notes={}) for name, one in evidence.trials.items()}
    assert_shown(find(number), replace(evidence, notes={}, trials=trials))


def assert_shown(exercise: Exercise, evidence: Evidence) -> None:
    """A verdict is made, and printed as text that can be written anywhere."""
    verdict = judge(exercise, evidence)
    text = report.text(verdict)
    text.encode()
    assert "\x1b" not in text
    assert "Other(" not in text
    report.links(verdict)


@pytest.mark.parametrize("place", range(len(ODD)))
def test_an_odd_value_is_no_blank_or_one_and_is_sent_back_as_plain_data(place: int) -> None:
    assert is_stub(ODD[place]) in (True, False)
    shown(ODD[place]).encode()
    shown(plain(ODD[place])).encode()


async def odd_result(session: Any, cities: Any) -> Any:
    return values()


def test_odd_values_come_back_from_the_process_as_they_are() -> None:
    evidence = grade(EXERCISE, odd_result).evidence
    assert evidence is not None
    assert evidence.outcome == "returned"
    assert len(evidence.result) == len(ODD)


def test_an_odd_value_given_to_an_exercise_that_takes_values_has_a_verdict() -> None:
    for value in ODD:
        report.text(grade(VALUE, value)).encode()
