"""The browser's side: JavaScript modules joined into one, and the looks and numbers that both renderers share.

A browser loads the module from a text (an anywidget's `_esm`, a script in a page), where `import "./run.js"` finds
nothing. So imports of the files beside this one are left out and what they export is simply there; names are unique
among them (a test imports the whole).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from .. import _layout
from ..palette import BAND_OVER, look_of, palette
from ..scene import BINS, LEGEND_ORDER, MAX_LANES, PRIORITY, SLIVER, THICKNESS, WAITING_THICKNESS, WORK
from ..states import Ending, State

_MEASURES = (
    "WIDTH",
    "TITLE",
    "GAP",
    "STRIP",
    "STRIP_GAP",
    "AXIS",
    "LIMIT",
    "LEGEND_ROW",
    "COUNTS",
    "TICK_LABEL",
    "RIGHT",
    "NAMES",
    "AIR",
)

FOLDER = Path(__file__).parent
_SHARED = ("run.js", "scene.js", "layout.js", "chain.js", "story.js", "theme.js", "paint.js")
_IMPORT = re.compile(r'^import [^;]* from "\./[a-z_]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)


@cache
def live_module() -> str:
    """Return the ES module of the live view, in the form that anywidget asks for."""
    return joined(FOLDER, *_SHARED, "live.js") + "\nexport default { render };\n"


@cache
def player_module() -> str:
    """Return the module of the replay, without a line that starts it."""
    return joined(FOLDER, *_SHARED, "player.js")


@cache
def looks() -> dict[str, Any]:
    """Return what a canvas needs to draw as matplotlib does: colours, hatches, markers, thicknesses, orders, limits.

    States and endings stand in the order of their codes in `events`.
    """
    dark = palette()["dark"]
    return {
        "states": [_state(state, dark) for state in State],
        "endings": [_ending(ending, dark) for ending in Ending],
        "light": _theme(palette()),
        "dark": _theme(dark),
        "band_over": BAND_OVER,
        "max_lanes": MAX_LANES,
        "sliver": SLIVER,
        "bins": BINS,
        "layout": {name.lower(): getattr(_layout, name) for name in _MEASURES},
    }


def _state(state: State, dark: dict[str, Any]) -> dict[str, Any]:
    look = look_of(state)
    return {
        "key": state.name,
        "name": state.value,
        "work": state in WORK,
        "waiting": state.is_waiting,
        "thickness": THICKNESS.get(state, WAITING_THICKNESS),
        "rank": PRIORITY.index(state),
        "legend": LEGEND_ORDER.index(state),
        "fill": look.fill,
        "edge": look.edge,
        "dark": dark["states"][state.name],
        "hatch": look.hatch,
    }


def _ending(ending: Ending, dark: dict[str, Any]) -> dict[str, Any]:
    look = look_of(ending)
    return {
        "key": ending.name,
        "name": ending.value,
        "fill": look.fill,
        "dark": dark["endings"][ending.name],
        "marker": look.marker,
    }


def _theme(colors: dict[str, Any]) -> dict[str, Any]:
    return {key: colors[key] for key in ("band", "limit", "busy", "in_flight", "ink")}


def joined(folder: str | Path, *names: str) -> str:
    """Return JavaScript modules of one folder as one module, in which every name is unique."""
    texts = (Path(folder, name).read_text(encoding="utf-8") for name in names)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
