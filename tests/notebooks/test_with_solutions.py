"""The reference solutions, put into the notebooks where learners write, pass every check.

Run are only the cells that an answer may lean on: the set-up cell, imports, and the functions of the lesson that the
answers of its exercises call.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.exercises.exercise import Exercise, find, lesson_numbers, of_lesson
from helpers.exercises.helping import source
from helpers.exercises.lesson_00 import order
from helpers.exercises.untyped import without_annotations
from helpers.lesson.course import Course
from tests.lesson.kernels import Kernel, kernel

COURSE = Course.here()
EXERCISES = [exercise for lesson in lesson_numbers() for exercise in of_lesson(lesson)]
LEANED_ON = {
    "00": ("set-up", "service"),
    "01": ("set-up", "service"),
    "02": ("set-up", "service"),
    "03": ("set-up", "service"),
    "04": ("set-up", "service"),
    "05": ("set-up", "service"),
    "06": ("set-up", "service"),
    "07": ("set-up", "service"),
    "08": ("set-up", "service"),
    "09": ("set-up", "service"),
    "10": ("set-up", "service"),
    "11": ("set-up", "service"),
    "12": ("set-up", "service"),
}
CHECK = re.compile(r'check\("(\d+\.\d+)", (\w+)\)')


def cells(lesson: str) -> dict[str, Any]:
    return {cell.id: cell for cell in nbformat.read(COURSE.find(lesson), as_version=4).cells}


def lesson_of(exercise: Exercise) -> str:
    return exercise.number.partition(".")[0].zfill(2)


def pair(exercise: Exercise) -> tuple[str, str]:
    """The blank that a learner fills in, and its check."""
    name = exercise.number.replace(".", "-")
    there = cells(lesson_of(exercise))
    return str(there[f"answer-{name}"].source), str(there[f"check-{name}"].source)


def solved(exercise: Exercise) -> str:
    """The learner's cell with the reference in place of the blank."""
    blank, check = pair(exercise)
    name = check.rpartition(" ")[2].rstrip(")")
    tree = ast.parse(blank)
    (place,) = (node for node in tree.body if _defines(node, name))
    lines = blank.splitlines()
    kept = "\n".join([*lines[: place.lineno - 1], *lines[place.end_lineno or place.lineno :]])
    answer = f"{name} = {source(exercise)}" if exercise.takes == "value" else source(exercise)
    return f"{kept}\n\n\n{answer}"


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    return getattr(node, "name", None) == name


class Kernels:
    """A kernel for each lesson, started when it is first asked for, with the cells run that its answers lean on."""

    def __init__(self, opened: contextlib.ExitStack) -> None:
        self._opened = opened
        self._running: dict[str, Kernel] = {}

    def __getitem__(self, lesson: str) -> Kernel:
        if lesson not in self._running:
            one = self._opened.enter_context(kernel(COURSE.source))
            there = cells(lesson)
            for cell in LEANED_ON[lesson]:
                ran = one.run(there[cell].source)
                assert ran.status == "ok", ran.error
            self._running[lesson] = one
        return self._running[lesson]


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernels]:
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as opened:
        patch.setenv("ASYNCIO_MEASURED_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
        yield Kernels(opened)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.number)
def test_the_reference_solution_passes_in_its_notebook(exercise: Exercise, kernels: Kernels) -> None:
    one = kernels[lesson_of(exercise)]
    assert one.run(solved(exercise)).error == ""
    ran = one.run(pair(exercise)[1])
    assert ran.error == ""
    assert ran.text.startswith(f"✓ {exercise.number} {exercise.title}\n"), ran.text
    assert "✗" not in ran.text


@pytest.mark.parametrize("lesson", LEANED_ON)
def test_the_help_that_the_text_speaks_of_is_imported(lesson: str, kernels: Kernels) -> None:
    number = of_lesson(lesson)[0].number
    assert kernels[lesson].run(f'hint("{number}")').text.startswith(f"{number}, hint 1 of")
    assert of_lesson(lesson)[0].why in kernels[lesson].run(f'solution("{number}")').text


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.number)
def test_a_blank_is_followed_by_its_check_and_says_that_it_is_one(exercise: Exercise) -> None:
    _, check = pair(exercise)
    found = CHECK.fullmatch(check)
    assert found is not None
    assert found[1] == exercise.number
    order = list(cells(lesson_of(exercise)))
    name = exercise.number.replace(".", "-")
    assert order.index(f"check-{name}") == order.index(f"answer-{name}") + 1
    (output,) = cells(lesson_of(exercise))[f"check-{name}"].outputs
    assert output.text == f"{exercise.number}: not attempted yet\n"


@pytest.mark.parametrize("lesson", lesson_numbers())
def test_every_check_in_a_notebook_is_an_exercise_of_its_lesson(lesson: str) -> None:
    found = [number for cell in cells(lesson).values() for number, _ in CHECK.findall(cell.source) if cell.id != "how"]
    assert sorted(set(found)) == sorted(exercise.number for exercise in of_lesson(lesson))
    assert all(find(number).number == number for number in found)


def test_the_program_whose_order_is_asked_for_is_the_one_that_the_check_runs() -> None:
    there = ast.parse(cells("00")["answer-0-2"].source)
    here = ast.parse(without_annotations(Path(order.__file__).read_text(encoding="utf-8")))
    for name in ("child", "program"):
        (shown,) = (ast.dump(node) for node in there.body if _defines(node, name))
        (run,) = (ast.dump(node) for node in here.body if _defines(node, name))
        assert shown == run
