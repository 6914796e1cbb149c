"""Run the course's notebooks from a fresh kernel and store their outputs. For maintainers."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from helpers.exercises.progress import VARIABLE as PROGRESS
from helpers.lesson import hygiene, navigation, pictures, runs
from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL
from helpers.lesson.widgets import WIDGET_VIEW

CELL_TIMEOUT_S = 60
NOTEBOOK_LIMIT_S = 20.0  # nobody is to wait longer for one page
NAVIGATION_ID = "navigation"
SET_UP_ID = "set-up"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# No version: it would change with every maintainer. The rest is what GitHub and nbconvert need to colour the code.
_LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
_CELL_METADATA_OF_A_RUN = ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted")


@dataclass
class Refreshed:
    """What became of one notebook: stored, if there are no problems; otherwise the file is as it was."""

    path: Path
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def stored(self) -> bool:
        return not self.problems


def refresh(course: Course, path: Path) -> Refreshed:
    """Run one notebook in notebooks/ and store its outputs, its navigation line, its set-up cell and its pictures.

    Refuses to store when a cell failed, wrote to stderr or showed a path of this machine, and when the notebook took
    longer than a learner is to wait. The file is then left as it was.
    """
    result = Refreshed(path)
    notebook = nbformat.read(path, as_version=4)
    write_generated_cells(course, path, notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    kept: dict[str, list[runs.Run]] = {}
    result.seconds, result.problems = run(notebook, path.parent, kept)
    result.problems += [
        f"cell {number} {problem}"
        for number, cell in enumerate(notebook.cells)
        for problem in hygiene.problems(cell, root=course.root)
    ]
    if result.seconds > NOTEBOOK_LIMIT_S:
        result.problems.append(f"took {result.seconds:.1f} s, more than {NOTEBOOK_LIMIT_S:g} s")
    if result.stored:
        normalise(notebook)
        notebook.metadata.setdefault("course", {})["seconds"] = math.ceil(result.seconds)
        write(path, notebook)
        pictures.export(course, notebook)
        runs.store(course, path, kept)
    return result


def run(notebook: Any, folder: Path, kept: dict[str, list[runs.Run]] | None = None) -> tuple[float, list[str]]:
    """Run a notebook's cells in a fresh kernel, as a learner who has done nothing yet.

    Args:
        notebook: gets the outputs.
        folder: where the kernel runs.
        kept: gets, by the id of a cell, the runs behind its pictures.

    Returns:
        The seconds that the cells took, without the kernel's start, and what ended the run early.
    """
    # The name and not the file's kernel: a maintainer's editor may have stored one that nobody else has.
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],  # the kernel warns that its sockets on loopback are not encrypted
    )
    with TemporaryDirectory() as nobodys:
        noted = Path(nobodys) / "runs.jsonl"
        environment = {**os.environ, PROGRESS: f"{nobodys}/progress.json", runs.VARIABLE: str(noted)}
        with client.setup_kernel(env=environment):
            return _run_cells(client, notebook, noted, {} if kept is None else kept)


def _run_cells(
    client: NotebookClient, notebook: Any, noted: Path, kept: dict[str, list[runs.Run]]
) -> tuple[float, list[str]]:
    problems = []
    started = time.perf_counter()  # from here, as a learner waits for the cells and not for the kernel
    try:
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if noted.exists():
                lines = noted.read_text(encoding="utf-8").splitlines()
                noted.unlink()
                kept[cell.id] = runs.noted(lines, cell.outputs)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        problems.append(str(error).strip())
    return time.perf_counter() - started, problems


def write_generated_cells(course: Course, path: Path, notebook: Any) -> None:
    """Bring the navigation line up to date (put one in where there is none), and the set-up cell."""
    if not notebook.cells or notebook.cells[0].get("id") != NAVIGATION_ID:
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(id=NAVIGATION_ID))
    notebook.cells[0].source = navigation.line(course, path)
    for cell in notebook.cells:
        if cell.get("id") == SET_UP_ID:
            cell.source = SET_UP_CELL


def normalise(notebook: Any) -> None:
    """Drop what differs from one maintainer's machine to the next: versions, widget state, times of runs."""
    course = notebook.metadata.get("course")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": _LANGUAGE})
    if course:
        notebook.metadata["course"] = course
    for cell in notebook.cells:
        for key in _CELL_METADATA_OF_A_RUN:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = joined_streams(cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET_VIEW, None)  # without its kernel it hides the text beside it


def joined_streams(outputs: list[Any]) -> list[Any]:
    """Join what a cell printed in one go and the kernel sent in pieces, however it was cut this time.

    nbclient's `coalesce_streams` would join what was printed before and after a picture, too.
    """
    joined: list[Any] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if before and output.output_type == before.output_type == "stream" and output.name == before.name:
            before.text += output.text
        else:
            joined.append(output)
    return joined


def write(path: Path, notebook: Any) -> None:
    """Write a notebook as a whole or not at all, the same bytes on every platform."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)
