"""Pictures of the course that stand outside its notebooks, such as the README's: copies of what a cell has drawn."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.lesson.course import Course


def exported(course: Course, notebook: Any) -> Iterator[tuple[Path, bytes | None]]:
    """Yield the file and the content of each picture that a cell names in its metadata, `{"course": {"picture": …}}`.

    It is the last picture among the cell's outputs; the content is None where the cell has drawn none.
    """
    for cell in notebook.cells:
        name = cell.metadata.get("course", {}).get("picture")
        if name:
            drawn = [output["data"]["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]
            yield course.images / name, base64.b64decode(drawn[-1]) if drawn else None


def export(course: Course, notebook: Any) -> None:
    """Write the pictures that a notebook's cells name to notebooks/images/."""
    for path, content in exported(course, notebook):
        if content is not None:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
