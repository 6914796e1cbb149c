from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers.lesson import refresh
from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL

Write = Callable[..., Path]
NAME = "00_start_here.ipynb"


def test_outputs_and_counts_are_stored_from_a_fresh_kernel_in_the_notebooks_folder(
    course: Course, write: Write
) -> None:
    path = write(NAME, "from pathlib import Path; print(Path.cwd().name)", "print('a')\nprint('b')", outputs=True)
    result = refresh.refresh(course, path)
    assert result.problems == []
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2]
    assert [output.text for cell in cells[1:] for output in cell.outputs] == ["notebooks\n", "a\nb\n"]


def test_a_widget_is_not_stored_but_the_text_beside_it_is(course: Course, write: Write) -> None:
    root = Course.here().root
    cell = f"import sys; sys.path.insert(0, {str(root)!r}); from helpers import predict; predict('00-x', 'How long?')"
    path = write(NAME, cell)
    assert refresh.refresh(course, path).problems == []
    question, field = nbformat.read(path, as_version=4).cells[-1].outputs
    assert question.text == "🔮 How long?\n"
    assert dict(field.data) == {"text/plain": "Your guess: ______"}


def test_a_notebook_gets_its_navigation_line_and_the_set_up_cell_of_today(course: Course, write: Write) -> None:
    path = write(NAME, "# Title", "old = 'set-up'")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].id = refresh.SET_UP_ID
    for _ in range(2):  # a second time puts in nothing more
        refresh.write_generated_cells(course, path, notebook)
    assert [cell.source for cell in notebook.cells] == [
        "[The map of the course](#cell-id=map)",
        "# Title",
        SET_UP_CELL,
    ]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; print('oh', file=sys.stderr)", "cell 2 wrote to stderr: oh"),
        ("import warnings; warnings.warn('old')", "stderr"),
        ("import os; print(os.getcwd())", "path of this machine"),
        ("import os; os._exit(1)", "died"),
    ],
)
def test_what_must_not_be_committed_is_not_stored(course: Course, write: Write, code: str, problem: str) -> None:
    path = write(NAME, "print('first')", code)
    before = path.read_bytes()
    result = refresh.refresh(course, path)
    assert not result.stored
    assert problem in "\n".join(result.problems)
    assert path.read_bytes() == before


def test_a_notebook_that_keeps_the_learner_waiting_is_not_stored(
    course: Course, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "NOTEBOOK_LIMIT_S", 0.2)
    result = refresh.refresh(course, write(NAME, "import time; time.sleep(0.3)"))
    assert "more than 0.2 s" in result.problems[0]


def test_a_cell_that_hangs_is_ended(course: Course, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "CELL_TIMEOUT_S", 1)
    result = refresh.refresh(course, write(NAME, "import time; time.sleep(60)"))
    assert "after 1 seconds" in result.problems[0]


def test_what_differs_from_machine_to_machine_is_dropped_and_what_the_course_says_stays(
    course: Course, write: Write
) -> None:
    path = write(NAME, "1")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"] = {"kernelspec": {"name": "mine", "display_name": "My Python"}, "course": {"level": 1}}
    notebook["cells"][0]["metadata"] = {"execution": {"iopub.status.busy": "2026"}, "tags": ["raises-exception"]}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert refresh.refresh(course, path).problems == []
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    assert "version" not in stored["metadata"]["language_info"]
    assert stored["metadata"]["course"] == {"level": 1, "seconds": 1}
    assert stored["cells"][1]["metadata"] == {"tags": ["raises-exception"]}


def test_storing_twice_gives_the_same_bytes(course: Course, write: Write) -> None:
    path = write(NAME, "print('9.7×')")
    refresh.refresh(course, path)
    first = path.read_bytes()
    refresh.refresh(course, path)
    assert path.read_bytes() == first
    assert first.endswith(b"\n")
    assert b"\r" not in first


def test_what_was_printed_in_pieces_is_one_text() -> None:
    pieces = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("one ", "two")]
    assert [output.text for output in refresh.joined_streams(pieces)] == ["one two"]


def test_what_was_printed_after_a_picture_stays_after_it() -> None:
    printed = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("before", "after")]
    picture = nbformat.v4.new_output("display_data", {"image/png": "iVBO"})
    assert refresh.joined_streams([printed[0], picture, printed[1]]) == [printed[0], picture, printed[1]]


def test_of_a_widget_its_words_are_stored_and_not_a_model_that_is_gone_with_the_kernel() -> None:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1f"}}
    outputs = [
        nbformat.v4.new_output("display_data", {**view, "text/plain": "Sliders"}),
        nbformat.v4.new_output("display_data", dict(view)),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("explore()", outputs=outputs)])
    refresh.normalise(notebook)
    assert [output.data for output in notebook.cells[0].outputs] == [{"text/plain": "Sliders"}, {}]
