"""The runs behind the pictures of a page, kept beside the notebooks so that the book can replay them.

A notebook holds pictures and words; what a replay needs would make each diff of it unreadable. So `refresh` keeps it in
`notebooks/runs/NN.json.gz`, by the id of the cell that ran.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.lesson.course import Course

if TYPE_CHECKING:
    from helpers.timeline.live import Replay
    from helpers.timeline.record import Record

VARIABLE = "COURSE_RUNS"  # refresh sets it: the file to which each run is noted
MOST_BYTES = 400_000  # of one run as JSON: more would make a page of the book heavy, and a picture will do
SPEEDS = (0.01, 0.03, 0.1, 0.3, 1.0)  # that a player offers
LASTS_S = 6.0  # how long a replay is to take

Run = dict[str, Any]
"""What a player needs: `Replay.data()`. Its `facts` are the words of the picture that it belongs to."""


def note(run: Record | Replay) -> None:
    """Note a run that a cell shows, where a refresh asks for it. A run that is too large is left out."""
    if not (place := os.environ.get(VARIABLE)):
        return
    from helpers.timeline.live import Replay

    replay = run if isinstance(run, Replay) else Replay(run, speed=speed_for(run.makespan_s))
    text = json.dumps(replay.data(), separators=(",", ":"))
    if len(text) <= MOST_BYTES:
        with suppress(OSError), Path(place).open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def speed_for(makespan_s: float) -> float:
    """Return the speed at which a run of this length lasts about six seconds.

    >>> [speed_for(seconds) for seconds in (0.02, 0.2, 2, 20)]
    [0.01, 0.03, 0.3, 1.0]
    """
    return min(SPEEDS, key=lambda speed: abs(makespan_s / speed - LASTS_S))


def noted(lines: Iterable[str], outputs: Iterable[Mapping[str, Any]]) -> list[Run]:
    """Return those of a cell's runs whose picture is among its outputs: the one with the same words."""
    words = {_text(output.get("data", {}).get("text/plain", "")) for output in outputs}
    return [run for run in map(json.loads, lines) if run["facts"] in words]


def path_of(course: Course, page: Path) -> Path:
    """Return the file that keeps the runs of a notebook."""
    return course.source / "runs" / f"{page.stem[:2]}.json.gz"


def store(course: Course, page: Path, runs: Mapping[str, Sequence[Run]]) -> None:
    """Keep the runs of a notebook by the ids of its cells; without any, there is no file."""
    path = path_of(course, page)
    kept = {cell: list(some) for cell, some in runs.items() if some}
    if not kept:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(kept, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def load(course: Course, page: Path) -> dict[str, list[Run]]:
    """Return the runs of a notebook by the ids of its cells."""
    path = path_of(course, page)
    if not path.exists():
        return {}
    runs: dict[str, list[Run]] = json.loads(gzip.decompress(path.read_bytes()))
    return runs


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)
