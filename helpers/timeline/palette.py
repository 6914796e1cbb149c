"""The colours, hatches and markers of every state: one file for all that draws a timeline.

Told apart without colour, too: by hatch and by the thickness of the bar. Chosen to stay apart for readers with
protanopia, deuteranopia and tritanopia (tests/timeline/test_palette.py computes it).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .states import Ending, State

PALETTE_FILE = Path(__file__).with_name("palette.json")


@dataclass(frozen=True, slots=True)
class Look:
    """How a state or an ending is drawn."""

    fill: str
    hatch: str = ""
    marker: str = ""


@cache
def palette() -> dict[str, Any]:
    """Return the palette as it stands in the file."""
    loaded: dict[str, Any] = json.loads(PALETTE_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def look_of(what: State | Ending) -> Look:
    """Return how a state or an ending is drawn."""
    group = "states" if isinstance(what, State) else "endings"
    return Look(**palette()[group][what.value])
