"""Where a finding leads back to: a cell of a page, by its id, and what its heading says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PAGES = Path(__file__).resolve().parents[2] / "notebooks"
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_ASIDE = re.compile(r"\s*\((?:core|go further|stretch|\d+ min)[^()]*\)$|\s*\*\((?:core|go further)[^()]*\)\*$")


@dataclass(frozen=True)
class Place:
    """A cell of a page.

    Attributes:
        title: the heading of its section, as the page has it; where there is none, the cell's id in words.
        page: the notebook's file name; empty, when there is no page with this number.
        cell: the cell's id.
        there: whether the page has such a cell.
    """

    title: str
    page: str
    cell: str
    there: bool

    @property
    def markdown(self) -> str:
        """A link to it, for a notebook beside the page; the title alone, when there is no such page."""
        return f"[{self.title}]({self.page}#cell-id={self.cell})" if self.page else self.title


def page_of(number: str) -> str:
    """Return the two digits of the page that an exercise belongs to: "01" for "1.2"."""
    return number.strip().partition(".")[0].zfill(2)


def find(section: str, page: str) -> Place:
    """Return the place that a section names: "three" on this page, or "06:limit" on another."""
    number, _, cell = section.rpartition(":")
    path = next(iter(sorted(PAGES.glob(f"{number or page}_*.ipynb"))), None)
    titles = {} if path is None else _titles(path)
    title = titles.get(cell) or cell.replace("-", " ")
    return Place(title, path.name if path else "", cell, cell in titles)


@cache
def _titles(path: Path) -> dict[str, str]:
    """Return for each cell of a page the heading that it has (the last of several), or that it stands under."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    titles, title = {}, ""
    for cell in cells:
        if cell["cell_type"] == "markdown" and (headings := _HEADING.findall(_text(cell))):
            title = _ASIDE.sub("", headings[-1]).strip()
        titles[str(cell.get("id"))] = title
    return titles


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
