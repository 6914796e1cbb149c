"""The colours, hatches and markers of every state: one file for all that draws a timeline.

Told apart without colour, too: by hatch and by the thickness of the bar. Chosen to stay apart for readers with
protanopia, deuteranopia and tritanopia (tests/timeline/test_palette.py computes it). What is too pale to stand out from
white paper has an edge that does (3 : 1 or more).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .states import Ending, State

BAND_OVER = 1.6  # how much stronger the band of a blocking is where it lies over other colours
PALETTE_FILE = Path(__file__).with_name("palette.json")


@dataclass(frozen=True, slots=True)
class Look:
    """How a state or an ending is drawn."""

    fill: str
    edge: str = ""
    hatch: str = ""
    marker: str = ""


@cache
def palette() -> dict[str, Any]:
    """Return the palette as it stands in the file; states and endings by the names of their members."""
    loaded: dict[str, Any] = json.loads(PALETTE_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def look_of(what: State | Ending) -> Look:
    """Return how a state or an ending is drawn."""
    group = "states" if isinstance(what, State) else "endings"
    return Look(**palette()[group][what.name])


@cache
def file_colors() -> tuple[tuple[int, int, int], ...]:
    """Return the colours that a stored picture is made of, as red, green and blue from 0 to 255; 256 at the most.

    Those of the palette as they are, and what lies between each of them and white or the band of a blocking, for soft
    edges: a fourth of the size of a picture in true colours.
    """
    groups = [look["fill"] for group in ("states", "endings") for look in palette()[group].values()]
    edges = [look["edge"] for look in palette()["states"].values() if "edge" in look]
    pure = dict.fromkeys(_levels(color) for color in (*groups, palette()["limit"], palette()["ink"], "#000000"))
    white = (255, 255, 255)
    blocking, alpha = _levels(palette()["band"]["fill"]), palette()["band"]["alpha"]
    band = _between(white, blocking, alpha)
    soft = [_between(white, color, share) for share in (0.2, 0.4, 0.6, 0.8) for color in pure]
    tinted = [_between(band, color, share) for share in (0.33, 0.67) for color in pure]
    stronger = [_between(color, blocking, BAND_OVER * alpha) for color in pure]
    return tuple(dict.fromkeys((white, band, *pure, *map(_levels, edges), *soft, *tinted, *stronger)))[:256]


def _levels(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _between(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
