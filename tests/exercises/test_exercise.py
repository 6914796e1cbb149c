"""Exercises are found by their number."""

from __future__ import annotations

import pytest

from helpers.exercises import exercise
from helpers.exercises.exercise import Exercise, find
from tests.exercises.practice import EXERCISE


@pytest.fixture(autouse=True)
def _two_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    lessons: dict[str, tuple[Exercise, ...]] = {"00": (), "09": (EXERCISE,)}
    monkeypatch.setattr(exercise, "of_lesson", lambda lesson: lessons.get(lesson, ()))
    monkeypatch.setattr(exercise, "lesson_numbers", lambda: list(lessons))


@pytest.mark.parametrize("number", ["9.1", " 9.1 "])
def test_an_exercise_is_found_by_its_number(number: str) -> None:
    assert find(number) is EXERCISE


@pytest.mark.parametrize("number", ["9.2", "9", "", "nine", "9.1.1", "100.1", "²", "../os.1", "__init__"])
def test_one_that_there_is_not_is_answered_with_those_there_are(number: str) -> None:
    with pytest.raises(LookupError, match=r"there are 9\.1"):
        find(number)


def test_a_number_that_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match=r'a string such as "1\.2", got 1\.2'):
        find(1.2)  # type: ignore[arg-type]
