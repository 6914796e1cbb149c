"""Every section runs in a fresh kernel after the page's set-up: `python -m tests.notebooks.sections 01 02`.

A learner comes back another day, runs the first two code cells, and then one section alone. A section begins with a
heading of level 2, or with one of level 3 that has minutes of its own, as "(5 min)"; the latter belongs to the former,
too. A section that leans on another says so in its prose: "run … first", or "Run All Above".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers.lesson.course import Course
from tests.lesson.kernels import Kernel, kernel

SET_UP_CELLS = 2
CELL_S = 60.0
_HEADING = re.compile(r"^(#{2,3}) +(.+?)\s*$", re.MULTILINE)
_FENCED = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
# Names that the set-up has brought stay, with what they were; the rest of the namespace goes.
_KEEP = "_course_kept = dict(globals())"
_FORGET = """\
for _course_name in [name for name in globals() if not name.startswith("_")]:
    if _course_name not in _course_kept:
        del globals()[_course_name]
globals().update({name: value for name, value in _course_kept.items() if not name.startswith("_")})"""
_SAYS_SO = re.compile(r"\brun\b(?! out\b)[^.]{0,80}\b(first|above)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Section:
    """A heading and the code cells that stand below it, up to the next heading of its level or a higher one."""

    heading: str
    cells: tuple[Any, ...]
    says_what_to_run: bool = False


def sections(cells: Sequence[Any]) -> list[Section]:
    """Return the sections of a page that have code after its set-up cells."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    set_up = {cell.id for cell in code[:SET_UP_CELLS]}
    opened: list[tuple[int, str, list[Any]]] = []  # level, heading, all cells from the one with the heading on
    found = []
    for cell in cells:
        if cell.cell_type == "markdown":
            for marks, text in _HEADING.findall(_FENCED.sub("", cell.source)):
                level = len(marks)
                found += [each for each in opened if each[0] >= level]
                opened = [each for each in opened if each[0] < level]
                if level == 2 or text.rstrip("*_ ").endswith("min)"):
                    opened.append((level, text, []))
            for _, _, inside in opened:
                inside.append(cell)
        elif cell.cell_type == "code" and cell.id not in set_up:
            for _, _, inside in opened:
                inside.append(cell)
    return [made for _, text, inside in [*found, *opened] if (made := _section(text, inside)).cells]


def _section(heading: str, cells: list[Any]) -> Section:
    says = any(_SAYS_SO.search(cell.source) for cell in cells if cell.cell_type == "markdown")
    return Section(heading, tuple(cell for cell in cells if cell.cell_type == "code"), says)


def failures(page: Path) -> Iterator[str]:
    """Run each section of a page alone after the set-up cells, and yield which cell of which failed, and how."""
    cells = nbformat.read(page, as_version=4).cells
    with kernel(page.parent) as running:
        for cell in [cell for cell in cells if cell.cell_type == "code"][:SET_UP_CELLS]:
            if (ran := running.run(cell.source, timeout_s=CELL_S)).status != "ok":
                yield f"{page.stem}, {cell.id}: {ran.error}"
                return
        running.run(_KEEP)
        for section in sections(cells):
            if problem := _problem(running, section):
                yield f"{page.stem}, {section.heading!r}, {problem}"
            running.run(_FORGET)


def _problem(running: Kernel, section: Section) -> str | None:
    for cell in section.cells:
        ran = running.run(cell.source, timeout_s=CELL_S)
        if ran.status != "ok" and "raises-exception" not in cell.metadata.get("tags", []):
            return None if section.says_what_to_run else f"{cell.id}: {ran.error.splitlines()[0]}"
    return None


def main(names: Sequence[str]) -> int:
    """Print what fails, and return 1 if anything does."""
    course = Course.here()
    code = 0
    for page in [course.find(name) for name in names] or course.notebooks():
        print(page.stem, flush=True)  # noqa: T201 - a command
        for failure in failures(page):
            print(f"  {failure}", flush=True)  # noqa: T201
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
