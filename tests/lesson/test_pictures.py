"""A picture outside the notebooks is the very one that a cell has drawn."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat

from helpers.lesson import pictures
from helpers.lesson.course import Course

PNG = b"\x89PNG two lanes"


def notebook(*drawn: bytes, name: str = "lanes.png") -> Any:
    outputs = [
        nbformat.v4.new_output("display_data", {"image/png": base64.b64encode(content).decode()}) for content in drawn
    ]
    cell = nbformat.v4.new_code_cell("draw()", outputs=outputs, metadata={"course": {"picture": name}})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1"), cell])


def test_the_picture_a_cell_names_is_written_to_the_images(tmp_path: Path) -> None:
    course = Course(tmp_path)
    course.source.mkdir()
    pictures.export(course, notebook(PNG))
    assert (course.images / "lanes.png").read_bytes() == PNG


def test_of_several_pictures_it_is_the_last(tmp_path: Path) -> None:
    assert list(pictures.exported(Course(tmp_path), notebook(b"live", PNG))) == [
        (tmp_path / "notebooks" / "images" / "lanes.png", PNG)
    ]


def test_a_cell_that_has_drawn_nothing_has_no_content(tmp_path: Path) -> None:
    assert [content for _, content in pictures.exported(Course(tmp_path), notebook())] == [None]
