"""Where the parts of a picture go, in pixels of a notebook: 960 wide, as JupyterLab shows it on a laptop."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .scene import Panel, Scene

WIDTH = 960
TITLE = 30
GAP = 12
STRIP = 36
STRIP_GAP = 14
AXIS = 46
LIMIT = 15
LEGEND_ROW = 20
LEGEND_POINTS = 8.5
COUNTS = 210
AIR = 1.015  # the axis goes on for a little after the end
TICK_LABEL = 40  # what a strip's numbers take beside it
RIGHT = 26
_LABEL_COLUMNS = 18
NAMES = 330  # the most that names may take


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture, in pixels from its top left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of a scene's panels and strips, and the height of the whole."""

    panels: tuple[Box, ...]
    strips: tuple[Box, ...]
    axis_s: float
    legend_top: float
    height: float

    def x(self, time_s: float) -> float:
        """Return where a time is on the axis, the same in every box."""
        return self.panels[0].left + time_s / (self.axis_s * AIR) * self.panels[0].width


def columns(text: str) -> float:
    """Return the width of a text in Latin letters of usual width: those of East Asian scripts take two."""
    return sum(map(_column, text))


def _column(character: str) -> float:
    if character in "WM@%m":
        return 1.9
    if unicodedata.east_asian_width(character) in "WF":
        return 2.0
    return 1.2 if character.isupper() else 1.0


def text_width(text: str, points: float, *, bold: bool = False) -> float:
    """Return about how many pixels a text takes."""
    return columns(text) * points * (0.81 if bold else 0.72)


def shortened(text: str, width: float, points: float, *, bold: bool = False) -> str:
    """Return the text, cut to about the pixels given."""
    if text_width(text, points, bold=bold) <= width:
        return text
    while text and text_width(text, points, bold=bold) > width - points:
        text = text[:-1]
    return f"{text.rstrip()}…"


def lane_height(panel: Panel, *, alone: bool) -> float:
    """Return the height of one lane: generous for a few, tight for many, tighter still beside other panels."""
    count = max(1, len(panel.rows))
    if alone:
        return 24.0 if count <= 14 else max(10.5, 24.0 - 0.42 * (count - 14))
    return min(15.0, max(4.5, 150.0 / count))


def name_points(height: float) -> float:
    """Return the size of a lane's name, 0 where a lane is too low to be named."""
    return 0.0 if height < 9.0 else min(9.0, 0.62 * height + 0.6)


def lay_out(scene: Scene) -> Layout:
    """Place every part of a scene from the top down."""
    alone = len(scene.panels) == 1
    left = min(max(_left_margins(scene, alone=alone)), NAMES)
    width = WIDTH - left - RIGHT
    top = 4.0
    panels: list[Box] = []
    for panel in scene.panels:
        top += TITLE + (LIMIT if scene.limit and not panels else 0)
        height = lane_height(panel, alone=alone) * max(1, len(panel.rows)) + 6
        if panel.counts:
            height = COUNTS if alone else COUNTS * 0.6
        panels.append(Box(left, top, width, height))
        top += height + GAP
    strips: list[Box] = []
    for _ in scene.strips:
        top += STRIP_GAP
        strips.append(Box(left, top, width, STRIP))
        top += STRIP
    legend_top = top + AXIS - (0 if strips else GAP)
    rows = math.ceil(len((*scene.states, *scene.endings)) / legend_columns(scene, width))
    return Layout(tuple(panels), tuple(strips), scene.axis_s, legend_top, legend_top + LEGEND_ROW * rows + 4)


def legend_column(scene: Scene) -> float:
    """Return the width of a column of the legend."""
    return 44 + max(text_width(entry, LEGEND_POINTS) for entry in (*scene.states, *scene.endings, "running"))


def legend_columns(scene: Scene, width: float) -> int:
    """Return how many entries of the legend stand side by side."""
    return max(1, int((width + RIGHT) // legend_column(scene)))


def strip_label(label: str) -> list[str]:
    """Return the lines of a strip's label, none too long."""
    return [shortened(line, _LABEL_COLUMNS * 8.5 * 0.72, 8.5) for line in label.split("\n")]


def _left_margins(scene: Scene, *, alone: bool) -> Iterator[float]:
    yield 44.0
    for strip in scene.strips:
        yield TICK_LABEL + 16 + max(text_width(line, 8.5) for line in strip_label(strip.label))
    for panel in scene.panels:
        points = name_points(lane_height(panel, alone=alone))
        yield 16 + max((text_width(row.name, points) for row in panel.rows), default=50)
