"""A schedule is read from the headings of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.classroom.tally import Section
from helpers.lesson.course import Course
from helpers.lesson.schedule import of_page, sections


@pytest.fixture
def page(tmp_path: Path) -> Path:
    markdown: Any = nbformat.v4.new_markdown_cell
    code: Any = nbformat.v4.new_code_cell
    cells = [
        markdown("# A page\n\n```sh\n## not a heading (3 min)\n```", id="title"),
        markdown("Seen.\n\n## One *thread* *(core, 10 min)*\n\nText.", id="thread"),
        code('predict("01-tasks", "How many?")', id="predict-tasks"),
        code('predict.compare("01-tasks", 7)', id="tasks"),
        markdown("### ✍️ Exercise 1.1 · three at once (5 min)", id="exercise-1-1"),
        code('check("1.1", three)', id="check-1-1"),
        markdown("## Key points", id="key-points"),
    ]
    path = tmp_path / "01_page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_each_heading_is_a_section_with_its_minutes_and_what_is_asked_there(page: Path) -> None:
    assert list(of_page(page)) == [
        Section("01", "thread", "One thread", 10, ("01-tasks",)),
        Section("01", "exercise-1-1", "✍️ Exercise 1.1 · three at once", 5, ("1.1",)),
        Section("01", "key-points", "Key points", 0, ()),
    ]


def test_every_check_of_the_course_is_in_a_section() -> None:
    keys = {key for section in sections(Course.here()) for key in section.keys}
    assert {"0.1", "1.1", "2.1"} <= keys
