"""Draw a scene with matplotlib: the settled picture, as a notebook stores it.

`matplotlib.figure.Figure` and never pyplot: a widget's callback comes from another thread, where pyplot corrupts
figures. Imported only when something is drawn: matplotlib takes 0.4 s to import.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from ._layout import LEGEND_ROW, LIMIT, WIDTH, Box, Layout, lane_height, lay_out, name_points
from .facts import duration
from .lanes import Hold
from .palette import look_of, palette
from .scene import LEGEND_ORDER, SLIVER, Bar, Panel, Scene, Strip
from .states import Ending, State

DPI = 100  # of the layout's pixels; pictures are stored at twice that, for sharp screens
_LEGEND_COLUMNS = 4
_STYLE: dict[Any, Any] = {"hatch.linewidth": 1.3, "font.size": 9, "font.family": "DejaVu Sans", "axes.linewidth": 0.8}
_MARK: dict[str, Any] = {"zorder": 9, "clip_on": False, "linewidths": 0}
_WORK = (State.RUNNING, State.HOLDING, State.CALLING)


def draw(scene: Scene) -> Figure:
    """Return the figure of a scene."""
    handles = _legend(scene)
    layout = lay_out(scene, legend_rows=math.ceil(len(handles) / _LEGEND_COLUMNS))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH / DPI, layout.height / DPI), dpi=DPI, facecolor="white")
        boxes = zip(scene.panels, layout.panels, strict=True)
        shown = [_panel(figure, panel, box, scene, layout) for panel, box in boxes]
        shown += [_strip(figure, strip, box, layout) for strip, box in zip(scene.strips, layout.strips, strict=True)]
        _time_axis(shown, scene)
        _limit(shown[: len(scene.panels)], scene)
        figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(layout.panels[0].left / WIDTH - 0.012, 1 - layout.legend_top / layout.height),
            ncols=_LEGEND_COLUMNS,
            frameon=False,
            fontsize=8.5,
            handlelength=2.0,
            borderaxespad=0,
            labelspacing=LEGEND_ROW / 9 - 1.25,
        )
    return figure


def _axes(figure: Figure, box: Box, layout: Layout) -> Axes:
    height = layout.height
    axes = figure.add_axes(
        (box.left / WIDTH, 1 - (box.top + box.height) / height, box.width / WIDTH, box.height / height)
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return axes


def _panel(figure: Figure, panel: Panel, box: Box, scene: Scene, layout: Layout) -> Axes:
    axes = _axes(figure, box, layout)
    for start, end in panel.bands:
        axes.axvspan(start, end, color=palette()["band"]["fill"], alpha=palette()["band"]["alpha"], linewidth=0)
    if panel.counts is None:
        _lanes(figure, axes, panel, scene)
    else:
        _counts(axes, panel)
    ink = palette()["ink"]
    pad = (7 + LIMIT if scene.limit and panel is scene.panels[0] else 7) * 0.72
    axes.set_title(panel.title, loc="left", fontweight="bold", fontsize=11.5, color=ink, pad=pad)
    axes.set_title(_length(panel, scene.panels[0]), loc="right", fontweight="bold", fontsize=11.5, color=ink, pad=pad)
    return axes


def _length(panel: Panel, first: Panel) -> str:
    ratio = "" if panel is first or not panel.length_s else f"   {first.length_s / panel.length_s:.1f}× as fast"
    return f"{duration(panel.length_s)}{ratio}"


def _lanes(figure: Figure, axes: Axes, panel: Panel, scene: Scene) -> None:
    count = len(panel.rows)
    axes.set_ylim(max(count, 1) - 0.4, -0.6)
    points = name_points(lane_height(panel, alone=len(scene.panels) == 1))
    names = [row.name for row in panel.rows] if points else []
    axes.set_yticks(range(len(names)), names, fontsize=points or None, color=palette()["ink"])
    axes.tick_params(axis="y", length=0, pad=4)
    bars = [(index, bar) for index, row in enumerate(panel.rows) for bar in row.bars]
    for state in LEGEND_ORDER:
        _bars(axes, [(index, bar) for index, bar in bars if bar.state is state], state, SLIVER * scene.axis_s)
    beside = offset_copy(axes.transData, figure, x=3.5, units="points")
    size = min(52.0, 3.0 * lane_height(panel, alone=len(scene.panels) == 1))
    for ending in Ending:
        ended = [(row.end_s, index) for index, row in enumerate(panel.rows) if row.ending is ending]
        if ended:
            look = look_of(ending)
            xs, ys = zip(*ended, strict=True)
            axes.scatter(xs, ys, s=size, marker=look.marker, color=look.fill, transform=beside, **_MARK)
    for index, row in enumerate(panel.rows):
        if row.holds and points:
            _hold_label(axes, index, max(row.holds, key=lambda hold: hold.length_s), scene.axis_s)


def _bars(axes: Axes, bars: list[tuple[int, Bar]], state: State, sliver_s: float) -> None:
    if not bars:
        return
    look = look_of(state)
    corners = []
    for index, bar in bars:
        end = max(bar.end_s, bar.start_s + sliver_s) if state in _WORK else bar.end_s
        half = bar.thickness / 2
        corners.append(
            [(bar.start_s, index - half), (end, index - half), (end, index + half), (bar.start_s, index + half)]
        )
    collection = PolyCollection(corners, facecolor=look.fill, linewidth=0, zorder=4 if state in _WORK else 3)
    if look.hatch:
        collection.set_hatch(look.hatch)
        collection.set_edgecolor(palette()["hatch ink"])
    axes.add_collection(collection, autolim=False)


def _hold_label(axes: Axes, index: int, hold: Hold, axis_s: float) -> None:
    text = f"held the loop {duration(hold.length_s)}"
    room = 0.0105 * len(text) * axis_s  # what the text takes at notebook width
    if hold.length_s > room:
        x, side, color = (hold.start_s + hold.end_s) / 2, "center", "white"
    elif hold.end_s + room < axis_s:
        x, side, color = hold.end_s + 0.016 * axis_s, "left", look_of(State.HOLDING).fill
    else:
        x, side, color = hold.start_s - 0.008 * axis_s, "right", look_of(State.HOLDING).fill
    axes.text(x, index, text, ha=side, va="center", fontsize=8.5, fontweight="bold", color=color, zorder=7)


def _counts(axes: Axes, panel: Panel) -> None:
    counts = panel.counts
    assert counts is not None
    states = [state for state in LEGEND_ORDER if state in counts.by_state]
    bins = len(next(iter(counts.by_state.values()), []))
    width = panel.length_s / max(1, bins)
    xs = [index * width for index in range(bins + 1)]
    below = [0.0] * (bins + 1)
    for state in states:
        row = [*counts.by_state[state], counts.by_state[state][-1]]
        above = [base + amount for base, amount in zip(below, row, strict=True)]
        look = look_of(state)
        area = axes.fill_between(xs, below, above, step="post", facecolor=look.fill, linewidth=0)
        if look.hatch:
            area.set_hatch(look.hatch)
            area.set_edgecolor(palette()["hatch ink"])
        below = above
    axes.set_ylim(0, max(below, default=1.0) * 1.05)
    axes.set_ylabel(f"tasks, {counts.total} in all", fontsize=9)
    axes.spines["left"].set_visible(True)


def _strip(figure: Figure, strip: Strip, box: Box, layout: Layout) -> Axes:
    axes = _axes(figure, box, layout)
    xs, ys = zip(*strip.steps, strict=True) if strip.steps else ((), ())
    axes.fill_between(xs, ys, step="post", color=palette()[strip.kind], linewidth=0)
    axes.set_ylim(0, strip.top * 1.12)
    top = "100" if strip.kind == "busy" else f"{strip.top:.0f}"
    axes.set_yticks([0, strip.top], ["0", top], fontsize=8.5)
    axes.set_ylabel(strip.label, rotation=0, ha="right", va="center", fontsize=8.5, labelpad=8)
    if strip.capacity is not None:
        axes.axhline(strip.capacity, color=palette()["limit"], linestyle=(0, (4, 3)), linewidth=1)
    return axes


def _time_axis(shown: list[Axes], scene: Scene) -> None:
    milliseconds = scene.axis_s < 1.0
    for axes in shown:
        axes.set_xlim(0, scene.axis_s * 1.015)
        axes.tick_params(axis="x", labelbottom=False)
    last = shown[-1]
    last.tick_params(axis="x", labelbottom=True)
    last.xaxis.set_major_formatter(lambda value, _: f"{value * 1000 if milliseconds else value:g}")
    last.set_xlabel("milliseconds since the block began" if milliseconds else "seconds since the block began")


def _limit(panels: list[Axes], scene: Scene) -> None:
    limit = scene.limit
    if limit is None:
        return
    color = palette()["limit"]
    for axes in panels:
        axes.axvline(limit.limit_s, color=color, linestyle=(0, (4, 3)), linewidth=1.3, zorder=8)
    panels[0].annotate(
        f"{limit.label} = {duration(limit.limit_s)}",
        (limit.limit_s, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right" if limit.limit_s > 0.6 * scene.axis_s else "left",
        va="bottom",
        fontsize=9,
        color=color,
    )


def _legend(scene: Scene) -> list[Any]:
    return [*_state_handles(scene), *_ending_handles(scene)]


def _state_handles(scene: Scene) -> Iterator[Patch]:
    for state in scene.states:
        look = look_of(state)
        hatch = {"hatch": look.hatch, "edgecolor": palette()["hatch ink"]} if look.hatch else {}
        yield Patch(facecolor=look.fill, label=state.value, linewidth=0, **hatch)


def _ending_handles(scene: Scene) -> Iterator[Line2D]:
    for ending in scene.endings:
        look = look_of(ending)
        yield Line2D([], [], marker=look.marker, color=look.fill, linestyle="", markersize=7, label=ending.value)
