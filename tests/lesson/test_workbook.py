from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson import workbook
from helpers.lesson.course import Course, CourseError

Write = Callable[..., Path]
NAME = "00_start_here.ipynb"


def outcomes(course: Course) -> dict[str, str]:
    return {copied.name: copied.outcome for copied in workbook.prepare(course)}


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change a notebook as JupyterLab would: read, change, write with its own layout."""
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def writes(text: str) -> Callable[[Any], None]:
    return lambda notebook: notebook.cells[0].update(source=text)


def test_a_copy_has_no_outputs_and_no_counts(course: Course, write: Write) -> None:
    write(NAME, "# Title", "print('out')", outputs=True)
    assert outcomes(course) == {NAME: "new"}
    cell = nbformat.read(course.workbook / NAME, as_version=4).cells[1]
    assert (cell.source, cell.outputs, cell.execution_count) == ("print('out')", [], None)


def test_pictures_and_scripts_that_notebooks_link_to_come_along(course: Course, write: Write) -> None:
    write(NAME, "1")
    wanted = {"images/two.png", "take_home/script.py", "take_home/service/__main__.py"}
    for name in (*wanted, ".ipynb_checkpoints/x.ipynb", "take_home/__pycache__/y.pyc"):
        (course.source / name).parent.mkdir(exist_ok=True, parents=True)
        (course.source / name).write_bytes(b"\x89")
    assert set(outcomes(course)) == {NAME, *wanted}
    assert (course.workbook / "images" / "two.png").read_bytes() == b"\x89"


def test_opening_again_changes_nothing(course: Course, write: Write) -> None:
    write(NAME, "1", outputs=True)
    workbook.prepare(course)
    before = (course.workbook / NAME).stat().st_mtime_ns
    assert outcomes(course) == {NAME: "unchanged"}
    assert (course.workbook / NAME).stat().st_mtime_ns == before


def test_a_copy_that_nobody_touched_follows_the_course(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    write(NAME, "2")
    assert outcomes(course) == {NAME: "updated"}
    assert nbformat.read(course.workbook / NAME, as_version=4).cells[0].source == "2"


def test_new_outputs_in_the_course_are_no_reason_to_write_a_copy_again(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    write(NAME, "1", outputs=True)
    assert outcomes(course) == {NAME: "unchanged"}


@pytest.mark.parametrize(
    "change",
    [
        writes("mine"),
        lambda notebook: notebook.cells[0].update(outputs=[nbformat.v4.new_output("stream", text="mine\n")]),
        lambda notebook: notebook.cells.append(nbformat.v4.new_markdown_cell("mine")),
        lambda notebook: notebook.cells.reverse(),
    ],
    ids=["source", "outputs", "a cell of theirs", "order"],
)
def test_what_the_learner_worked_on_is_never_overwritten(
    course: Course, write: Write, change: Callable[[Any], None]
) -> None:
    write(NAME, "1", "2")
    workbook.prepare(course)
    edit(course.workbook / NAME, change)
    theirs = (course.workbook / NAME).read_bytes()
    assert outcomes(course) == {NAME: "yours"}
    write(NAME, "1", "3")
    assert outcomes(course) == {NAME: "yours, and the course's own has changed"}
    assert (course.workbook / NAME).read_bytes() == theirs


def test_what_jupyterlab_writes_by_itself_does_not_make_a_copy_the_learners(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)

    def opened_and_run(notebook: Any) -> None:
        notebook.metadata.language_info = {"name": "python", "version": "3.13.1"}
        notebook.cells[0].execution_count = 7
        notebook.cells[0].metadata["collapsed"] = False

    edit(course.workbook / NAME, opened_and_run)
    write(NAME, "2")
    assert outcomes(course) == {NAME: "updated"}


def test_a_copy_that_the_learner_deleted_comes_back(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    (course.workbook / NAME).unlink()
    assert outcomes(course) == {NAME: "new"}


@pytest.mark.parametrize("damage", [None, b"", b"[1, 2]", b"\xff{"])
def test_without_a_state_file_a_copy_that_differs_counts_as_the_learners(
    course: Course, write: Write, damage: bytes | None
) -> None:
    write(NAME, "1")
    write("01_performance.ipynb", "1")
    workbook.prepare(course)
    state = course.workbook / workbook.STATE_FILE
    state.unlink() if damage is None else state.write_bytes(damage)
    write(NAME, "2")
    assert outcomes(course) == {NAME: "yours, and the course's own has changed", "01_performance.ipynb": "unchanged"}


def test_a_copy_that_is_no_notebook_any_more_is_left_alone(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    (course.workbook / NAME).write_text("<<<<<<< HEAD\n")
    write(NAME, "2")
    assert outcomes(course) == {NAME: "yours, and the course's own has changed"}


def test_reset_puts_a_fresh_copy_and_keeps_the_old_one_beside_it(course: Course, write: Write) -> None:
    write("03_scalability.ipynb", "1")
    workbook.prepare(course)
    for mine in ("first", "second"):
        edit(course.workbook / "03_scalability.ipynb", writes(mine))
        fresh = workbook.reset(course, "03")
        assert fresh.kept is not None
        assert nbformat.read(fresh.kept, as_version=4).cells[0].source == mine
        assert nbformat.read(fresh.path, as_version=4).cells[0].source == "1"
    assert sorted(path.name for path in course.workbook.glob("*.ipynb")) == [
        "03_scalability.before-reset-1.ipynb",
        "03_scalability.before-reset-2.ipynb",
        "03_scalability.ipynb",
    ]


def test_reset_of_a_copy_that_nobody_touched_keeps_nothing(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    write(NAME, "2")
    assert workbook.reset(course, "00").kept is None
    assert nbformat.read(course.workbook / NAME, as_version=4).cells[0].source == "2"


def test_a_copy_that_was_reset_follows_the_course_again(course: Course, write: Write) -> None:
    write(NAME, "1")
    workbook.prepare(course)
    edit(course.workbook / NAME, writes("mine"))
    workbook.reset(course, "00")
    write(NAME, "2")
    assert outcomes(course)[NAME] == "updated"


def test_reset_works_before_the_course_was_ever_opened(course: Course, write: Write) -> None:
    write(NAME, "1")
    assert workbook.reset(course, "0").path.exists()


def test_reset_of_an_unknown_notebook_touches_nothing(course: Course, write: Write) -> None:
    write(NAME, "1")
    with pytest.raises(CourseError, match="00_start_here"):
        workbook.reset(course, "09")
    assert not course.workbook.exists()


def test_the_copy_is_a_valid_notebook_in_utf8(course: Course, write: Write) -> None:
    write(NAME, "print('9.7× schneller')")
    workbook.prepare(course)
    raw = (course.workbook / NAME).read_bytes()
    assert "9.7×".encode() in raw
    nbformat.validate(nbformat.from_dict(json.loads(raw)))
