from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.lesson.course import Course, CourseError

Write = Callable[..., Path]


@pytest.mark.parametrize("name", ["03", "3", "03_scalability", "03_scalability.ipynb", "workbook/03_scalability.ipynb"])
def test_a_notebook_is_found_by_its_number_its_stem_its_file_name_or_a_path(
    course: Course, write: Write, name: str
) -> None:
    path = write("03_scalability.ipynb")
    write("00_start_here.ipynb")
    assert course.find(name) == path


@pytest.mark.parametrize("name", ["07", "scalability", "", "0"])
def test_an_unknown_name_gets_the_list_of_those_there_are(course: Course, write: Write, name: str) -> None:
    write("03_scalability.ipynb")
    with pytest.raises(CourseError, match=r"(?s)no notebook called.*03_scalability"):
        course.find(name)


def test_the_notebooks_come_in_the_order_of_the_course_and_nothing_else_does(course: Course, write: Write) -> None:
    for name in ("10_testing.ipynb", "00_start_here.ipynb", "scratch.ipynb"):
        write(name)
    (course.source / "take_home").mkdir()
    assert [path.name for path in course.notebooks()] == ["00_start_here.ipynb", "10_testing.ipynb"]


def test_this_checkout_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert (Course.here().root / "helpers" / "lesson" / "course.py").is_file()
