"""The map of what is done: counted from the learner's file, the same for everybody who has done nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.exercises import progress
from helpers.exercises.exercise import lesson_numbers, of_lesson
from helpers.lesson.done import exercises_done


@pytest.fixture(autouse=True)
def _own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "progress.json"))


def test_at_first_nothing_is_done_and_the_first_exercise_is_next() -> None:
    lines = repr(exercises_done()).splitlines()
    assert " ".join(lines[0].split()) == "00 Start here 0 of 3 done: 0.1 · 0.2 · 0.3 ·"
    assert lines[-1] == "Next: 0.1 · Await it"


def test_what_is_done_and_what_was_tried_is_marked() -> None:
    progress.note("0.1", right=True)
    progress.note("0.3", right=False)
    shown = exercises_done()
    assert "1 of 3 done:  0.1 ✓ 0.2 · 0.3 ✗" in repr(shown)
    assert shown.following == "Next: 0.2 · In what order?"
    assert "<td>1 of 3 done</td><td>0.1 ✓ 0.2 · 0.3 ✗</td>" in shown._repr_html_()


def test_in_the_end_all_is_done() -> None:
    for lesson in lesson_numbers():
        for exercise in of_lesson(lesson):
            progress.note(exercise.number, right=True)
    assert repr(exercises_done()).endswith("\nAll exercises are done.")


def test_a_screen_reader_gets_a_table_with_headings() -> None:
    table = exercises_done()._repr_html_()
    assert table.count("<th>") == 3
    assert table.count('<th scope="row">') == len(lesson_numbers())
