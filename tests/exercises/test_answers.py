"""Stored answers: the right ones pass, each wrong one is told what is wrong with *it*, and ticked for what holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from helpers.exercises.exercise import lesson_numbers, of_lesson
from tests.exercises.answers import Right, Wrong, stored
from tests.exercises.grading import seen, verdict_of

ALL = stored()
RIGHT = [one for one in ALL if isinstance(one, Right)]
WRONG = [one for one in ALL if isinstance(one, Wrong)]
AT_ONCE = 5  # wrong answers of an exercise that the suite judges; the rest are extended: 8 minutes hold no more
NUMBERS = [exercise.number for lesson in lesson_numbers() for exercise in of_lesson(lesson)]


def sooner_or_later() -> list[Any]:
    """Return the wrong answers: the first of each exercise as they are, the others marked as extended."""
    so_far: Counter[str] = Counter()
    marked = []
    for wrong in WRONG:
        so_far[wrong.number] += 1
        late = so_far[wrong.number] > AT_ONCE
        marked.append(pytest.param(wrong, id=str(wrong), marks=pytest.mark.extended if late else ()))
    return marked


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_a_right_answer_passes(right: Right) -> None:
    verdict = verdict_of(right)
    assert verdict.right, seen(verdict)
    assert list(verdict.passed) == [expectation.label for expectation in verdict.exercise.expectations]


@pytest.mark.parametrize("wrong", sooner_or_later())
def test_a_wrong_answer_is_told_what_to_do_about_it_and_ticked_for_what_holds(wrong: Wrong) -> None:
    verdict = verdict_of(wrong)
    assert [finding.advice for finding in verdict.findings][:1] == [wrong.advice], seen(verdict)
    assert verdict.passed == wrong.passes, seen(verdict)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_has_two_right_answers_and_four_wrong_ones_with_advice_of_their_own(number: str) -> None:
    assert sum(right.number == number for right in RIGHT) >= 2
    assert len({wrong.advice for wrong in WRONG if wrong.number == number}) >= 4


def test_every_stored_answer_is_to_an_exercise_that_there_is() -> None:
    assert {one.number for one in ALL} <= set(NUMBERS)
