"""Where the parts of a picture go, in pixels of a notebook: 960 wide, as JupyterLab shows it on a laptop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .scene import Panel, Scene

WIDTH = 960
TITLE = 30
GAP = 10
STRIP = 40
STRIP_GAP = 12
AXIS = 46
LIMIT = 15
LEGEND_ROW = 20
COUNTS = 210
_RIGHT = 26
_NAME = 6.3  # pixels a character at 9 points


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture, in pixels from its top left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of a scene's panels and strips, and the height of the whole."""

    panels: tuple[Box, ...]
    strips: tuple[Box, ...]
    legend_top: float
    height: float


def lane_height(panel: Panel, *, alone: bool) -> float:
    """Return the height of one lane: generous for a few, tight for many, tighter still beside other panels."""
    count = max(1, len(panel.rows))
    if alone:
        return 24.0 if count <= 14 else max(9.5, 24.0 - 0.42 * (count - 14))
    return min(15.0, max(4.5, 150.0 / count))


def name_points(height: float) -> float:
    """Return the size of a lane's name, 0 where a lane is too low to be named."""
    return 0.0 if height < 9.0 else min(9.0, 0.62 * height + 0.6)


def lay_out(scene: Scene, *, legend_rows: int) -> Layout:
    """Place every part of a scene from the top down."""
    alone = len(scene.panels) == 1
    left = max(_left_margins(scene, alone=alone))
    width = WIDTH - left - _RIGHT
    top = 4.0
    panels: list[Box] = []
    for panel in scene.panels:
        top += TITLE + (LIMIT if scene.limit and not panels else 0)
        height = COUNTS if panel.counts else lane_height(panel, alone=alone) * max(1, len(panel.rows)) + 6
        if panel.counts and not alone:
            height = COUNTS * 0.6
        panels.append(Box(left, top, width, height))
        top += height + GAP
    strips: list[Box] = []
    for _ in scene.strips:
        top += STRIP_GAP
        strips.append(Box(left, top, width, STRIP))
        top += STRIP
    legend_top = top + AXIS
    return Layout(tuple(panels), tuple(strips), legend_top, legend_top + LEGEND_ROW * legend_rows + 8)


def _left_margins(scene: Scene, *, alone: bool) -> Iterator[float]:
    yield 86.0 if scene.strips else 40.0
    for panel in scene.panels:
        points = name_points(lane_height(panel, alone=alone))
        longest = max((len(row.name) for row in panel.rows), default=0)
        yield 14 + longest * _NAME * points / 9.0
