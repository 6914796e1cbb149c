"""The first line of each notebook: previous, map, next."""

from __future__ import annotations

from pathlib import Path

from helpers.lesson.course import FIRST_PAGE, Course

MAP_HEADING = "The map of the course"
MAP_CELL = "map"  # the id of the cell on the first page that holds it


def title(path: Path) -> str:
    """Return a notebook's title for links, from its file name.

    >>> title(Path("04_compatibility_with_existing_libraries.ipynb"))
    '04 Compatibility with existing libraries'
    """
    number, _, words = path.stem.partition("_")
    return f"{number} {words.replace('_', ' ').capitalize()}"


def line(course: Course, path: Path) -> str:
    """Return the navigation line of one notebook, from the notebooks that there are.

    Links are relative, so that they hold in notebooks/, in workbook/ and on GitHub.
    """
    pages = course.notebooks()
    here = pages.index(path)
    parts = [f"[{MAP_HEADING}]({'' if path.name == FIRST_PAGE else FIRST_PAGE}#cell-id={MAP_CELL})"]
    if here > 0:
        parts.insert(0, f"← [{title(pages[here - 1])}]({pages[here - 1].name})")
    if here + 1 < len(pages):
        parts.append(f"[{title(pages[here + 1])}]({pages[here + 1].name}) →")
    return " · ".join(parts)
