"""Answers to the exercises of 05: the right ones pass, each wrong one is told what is wrong with *it*."""

from __future__ import annotations

from collections import Counter

import pytest

from helpers.exercises.exercise import of_lesson
from tests.exercises.answers import Right, Wrong
from tests.exercises.answers_05 import RIGHT, WRONG
from tests.exercises.grading import seen, verdict_of

NUMBERS = [exercise.number for exercise in of_lesson("05")]


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_a_right_answer_passes(right: Right) -> None:
    verdict = verdict_of(right)
    assert verdict.right, seen(verdict)
    assert list(verdict.passed) == [expectation.label for expectation in verdict.exercise.expectations]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_answer_is_told_what_to_do_about_it(wrong: Wrong) -> None:
    verdict = verdict_of(wrong)
    assert [finding.advice for finding in verdict.findings][:1] == [wrong.advice], seen(verdict)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_has_two_right_answers_and_four_wrong_ones_with_advice_of_their_own(number: str) -> None:
    assert Counter(right.number for right in RIGHT)[number] >= 2
    assert len({wrong.advice for wrong in WRONG if wrong.number == number}) >= 4
