"""Rectangles, lines, marks and text on a matplotlib figure, in pixels from its top left corner.

One set of axes without ticks for everything: a set of axes for each panel, with its ticks and legend, takes matplotlib
three times as long (0.25 s more for a usual picture, while the event loop waits).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ._fonts import drawable, families

DPI = 100
_POINT = DPI / 72  # pixels

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Point = tuple[float, float]


class Pen:
    """Draws on a figure of its own. Each thing drawn carries its `role`, by which tests find it."""

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_autoscale_on(False)
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)

    def rectangles(
        self, boxes: Sequence[Rectangle], fill: str, role: str, *, z: float, hatch: str = "", edge: str = ""
    ) -> None:
        """Fill rectangles, with an edge around each where one is given."""
        corners = [((x0, y0), (x1, y0), (x1, y1), (x0, y1)) for x0, y0, x1, y1 in boxes]
        self.areas(corners, fill, role, z=z, hatch=hatch)
        if edge and corners:
            points = [point for outline in corners for point in (*outline, outline[0])]
            codes = [code for outline in corners for code in _polygon(len(outline))]
            around = PathPatch(Path(points, codes), fill=False, linewidth=0.6, edgecolor=edge, zorder=z, gid="edge")
            around.set_snap(True)
            self._axes.add_artist(around)

    def areas(
        self,
        outlines: Sequence[Sequence[Point]],
        fill: str,
        role: str,
        *,
        z: float,
        hatch: str = "",
        alpha: float = 1.0,
    ) -> None:
        """Fill polygons, with white hatches over them."""
        if not outlines:
            return
        # One path for all of them: with a collection of as many, each of some hundred hatches takes 3 ms.
        points = [point for outline in outlines for point in (*outline, outline[0])]
        codes = [code for outline in outlines for code in _polygon(len(outline))]
        with mpl.rc_context({"hatch.linewidth": 1.3}):
            area = PathPatch(Path(points, codes), facecolor=fill, linewidth=0, zorder=z, alpha=alpha, gid=role)
        area.set_snap(True)
        if hatch:
            area.set_hatch(hatch)
            area.set_edgecolor("white")
        self._axes.add_artist(area)

    def lines(
        self, lines: Sequence[tuple[Point, Point]], color: str, role: str, *, z: float, dashed: bool = False
    ) -> None:
        """Draw straight lines."""
        style: Any = (0, (4, 3)) if dashed else "solid"
        width = 1.3 if dashed else 0.8
        drawn = LineCollection(lines, colors=color, linestyles=[style], linewidths=width, zorder=z, gid=role)
        drawn.set_clip_on(False)
        self._axes.add_collection(drawn, autolim=False)

    def marks(self, points: Sequence[Point], marker: str, color: str, role: str, *, size: float, z: float) -> None:
        """Draw a mark of `size` pixels at each point."""
        xs, ys = zip(*points, strict=True)
        area = (size / _POINT) ** 2
        self._axes.scatter(xs, ys, s=area, marker=marker, color=color, zorder=z, gid=role, linewidths=0, clip_on=False)

    def text(
        self,
        at: Point,
        text: str,
        role: str,
        *,
        points: float,
        color: str,
        align: str = "left",
        bold: bool = False,
        plate: bool = False,
        upright: bool = False,
        z: float = 10,
    ) -> None:
        """Write text, its middle at the height given; `align` is where the point is in its width."""
        made = self._axes.text(
            *at,
            drawable(text),
            fontsize=points,
            color=color,
            ha=align,
            va="center",
            fontweight="bold" if bold else "normal",
            fontfamily=list(families()),
            rotation=90 if upright else 0,
            zorder=z,
            gid=role,
            clip_on=False,
            parse_math=False,
        )
        if plate:
            made.set_bbox({"facecolor": "white", "edgecolor": "none", "boxstyle": "square,pad=0.1"})


def _polygon(corners: int) -> list[Any]:
    return [Path.MOVETO, *[Path.LINETO] * (corners - 1), Path.CLOSEPOLY]
