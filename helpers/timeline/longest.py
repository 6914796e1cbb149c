"""What took longest: the steps that blocked the loop, and the waits, as a table with file and line."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from .record import Record
from .states import State, duration

COUNT = 10
_HEADS = ("how long", "what", "who", "from", "where", "for what")


@dataclass(frozen=True, slots=True)
class Row:
    """One of the longest: what a lane did (or a callback), from when on, for how long, where, and for what or whom."""

    what: str
    who: str
    start_s: float
    length_s: float
    place: str | None
    whom: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table says of it, under `_HEADS`."""
        place = "" if self.place is None else short(self.place)
        return duration(self.length_s), self.what, self.who, duration(self.start_s), place, self.whom


class Longest:
    """The longest blockings and the longest waits of a record: text, or a table in a notebook.

    Of a blocking, "where" is the function that did it; of a wait, the line that waits. A wait for another task is left
    out: what that task waited for is in the table.
    """

    def __init__(self, record: Record, count: int = COUNT) -> None:
        blockings = sorted(record.blockings, key=lambda one: -one.length_s)[:count]
        self.blockings = tuple(
            Row(State.BLOCKING.value, one.lane, one.start_s, one.length_s, one.place) for one in blockings
        )
        self.waits = tuple(
            Row(one.state.value, one.lane, one.start_s, one.length_s, one.place, record.reason_of(one))
            for one in record.waits[:count]
        )

    @property
    def rows(self) -> tuple[Row, ...]:
        """The blockings, then the waits, each the longest first."""
        return self.blockings + self.waits

    def data(self) -> list[dict[str, Any]]:
        """Return the rows, for JSON."""
        return [asdict(row) for row in self.rows]

    def html(self) -> str:
        """Return the table as HTML; nothing where there are no rows. Names are text in it, never markup."""
        if not self.rows:
            return ""
        head = "".join(f'<th scope="col" style="{_CELL}">{text}</th>' for text in _HEADS)
        rows = "".join(f"<tr>{''.join(_cells(row.cells))}</tr>" for row in self.rows)
        return (
            '<div style="overflow-x: auto"><table><caption>The longest blockings and waits</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def __str__(self) -> str:
        if not self.rows:
            return "Nothing blocked the loop, and no wait took longer than 1 ms."
        table = [_HEADS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": str(self), **({"text/html": self.html()} if self.rows else {})}


_CELL = "text-align: left; padding: 2px 10px 2px 0; vertical-align: top"


def _cells(cells: Sequence[str]) -> Iterator[str]:
    escaped: Callable[[str], str] = html.escape
    return (f'<td style="{_CELL}">{escaped(text)}</td>' for text in cells)


def short(place: str) -> str:
    """Return a place without its folders: "app.py:12"; code of a notebook has no file that would mean anything."""
    file, _, line = place.rpartition(":")
    path = PurePath(file)
    return f"a cell, line {line}" if path.parent.name.startswith("ipykernel_") else f"{path.name}:{line}"
