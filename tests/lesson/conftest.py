"""Small courses to try things on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson.course import Course

Cells = list[dict[str, Any]]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course in a folder with a space and letters beyond ASCII in its name, as homes have them."""
    root = tmp_path / "Öffentliche Kurse"
    (root / "notebooks").mkdir(parents=True)
    return Course(root)


@pytest.fixture
def write(course: Course) -> Callable[..., Path]:
    """Write a notebook into the course: a text is a code cell, a text that starts with # a Markdown cell."""

    def write(name: str, *sources: str, outputs: bool = False) -> Path:
        cells = []
        for number, source in enumerate(sources):
            if source.startswith("#"):
                cells.append(nbformat.v4.new_markdown_cell(source, id=f"text-{number}"))
                continue
            cell = nbformat.v4.new_code_cell(source, id=f"code-{number}")
            if outputs:
                cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="out\n")], number + 1
            cells.append(cell)
        path = course.source / name
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write
