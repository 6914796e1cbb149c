"""The sections of the pages with their minutes, as headings give them: for the board of a class."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.classroom.tally import Section
from helpers.lesson.course import Course

_HEADING = re.compile(r"^#{2,4} +(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_MINUTES = re.compile(r"\s*\*?\([^()]*?(\d+) min[^()]*\)\*?\s*$")
_KEYS = re.compile(r"""\b(?:predict|check)\(\s*["']([\w.:-]+)["']""")


def sections(course: Course) -> list[Section]:
    """Return the sections of all pages in order. A section without a heading of its own belongs to the one above."""
    return [section for path in course.notebooks() for section in of_page(path)]


def of_page(path: Path) -> Iterator[Section]:
    """Yield the sections of one notebook, each with the guesses and exercises that stand under its heading.

    >>> [section.title for section in of_page(Course.here().find("00"))][-1]
    'Take it home'
    """
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    heading, keys = ("", "", 0), []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            keys += _KEYS.findall(source)
            continue
        for text in _HEADING.findall(_FENCE.sub("", source)):
            if heading[0]:
                yield Section(path.stem[:2], *heading, tuple(dict.fromkeys(keys)))
            minutes = _MINUTES.search(text)
            heading = cell["id"], _plain(_MINUTES.sub("", text)), int(minutes[1]) if minutes else 0
            keys = []
    if heading[0]:
        yield Section(path.stem[:2], *heading, tuple(dict.fromkeys(keys)))


def _plain(text: str) -> str:
    return re.sub(r"[*_`]", "", text).strip()
