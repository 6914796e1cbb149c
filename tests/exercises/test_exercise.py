"""Exercises are found by their number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"own": frozenset({"task"})}, r"own of 9\.1 must be any of 'blocking', .*'processes', got 'task'"),
        ({"takes": "corountine function"}, r"takes of 9\.1 must be one of 'coroutine function', .*got 'corountine f"),
        ({"deadline_s": 99}, r"deadline_s of 9\.1 must be from 1 to 10, got 99"),
        ({"deadline_s": 0.5}, r"deadline_s of 9\.1 must be from 1 to 10, got 0\.5"),
        ({"number": "one"}, r"number must be .*, got 'one'"),
        ({"expectations": ()}, r"expectations of 9\.1 must hold one at least, got none"),
        ({"expectations": EXERCISE.expectations[:1] * 2}, r"labels of their own, got 'Three names in order' twice"),
        ({"trials": {"": EXERCISE.run}}, r"trials of 9\.1 must have names, got ''"),
        ({"section": "A-heading:-of-old"}, r"section of 9\.1 must be the id of a cell, .*got 'A-heading:-of-old'"),
    ],
)
def test_what_no_check_could_keep_is_refused_where_it_is_written(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(EXERCISE, **given)


@pytest.mark.parametrize("section", ["", "three", "06:limit-of-hundred"])
def test_a_section_is_a_cell_of_this_page_or_of_another(section: str) -> None:
    assert replace(EXERCISE, section=section).section == section
