"""Draw a scene with matplotlib: the settled picture, as a notebook stores it.

`matplotlib.figure.Figure` and never pyplot: a widget's callback comes from another thread, where pyplot corrupts
figures. Imported only when something is drawn: matplotlib takes 0.4 s to import.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ._layout import (
    LEGEND_POINTS,
    LEGEND_ROW,
    LIMIT,
    TICK_LABEL,
    WIDTH,
    Box,
    Layout,
    lane_height,
    lay_out,
    legend_column,
    legend_columns,
    name_points,
    shortened,
    strip_label,
    text_width,
)
from ._pen import Pen, Point
from .palette import BAND_OVER, look_of, palette
from .scene import LEGEND_ORDER, SLIVER, WORK, Counts, Label, LaneRow, Panel, Scene, Strip
from .states import Ending, State, duration

_TITLE = 11.5  # points
_TICKS = 9
_HATCHED_FROM = 5.0  # pixels of a bar's height; in less, a hatch is noise
_EDGED_FROM = 2.0  # in less, an edge is all that there is


def draw(scene: Scene) -> Figure:
    """Return the figure of a scene."""
    layout = lay_out(scene)
    pen = Pen(WIDTH, layout.height)
    for panel, box in zip(scene.panels, layout.panels, strict=True):
        _panel(pen, panel, box, scene, layout)
    for strip, box in zip(scene.strips, layout.strips, strict=True):
        _strip(pen, strip, box, layout)
    _time_axis(pen, scene, layout)
    _limit(pen, scene, layout)
    _legend(pen, scene, layout)
    return pen.figure


def _panel(pen: Pen, panel: Panel, box: Box, scene: Scene, layout: Layout) -> None:
    band, ink, first = palette()["band"], palette()["ink"], scene.panels[0]
    bands = [_rectangle(layout.x(start), box.top - 3, layout.x(end), box.bottom) for start, end in panel.bands]
    # Above counts, which would hide it; below lanes, whose colours it would change.
    pen.areas(
        bands,
        band["fill"],
        "band",
        z=5 if panel.counts else 1,
        alpha=band["alpha"] * (BAND_OVER if panel.counts else 1),
    )
    if panel.counts is None:
        _lanes(pen, panel, box, scene, layout)
    else:
        _counts(pen, panel.counts, panel.length_s, box, layout)
    compared = scene.ratio and panel is not first and panel.length_s
    ratio = f"   {first.length_s / panel.length_s:.1f}× as fast" if compared else ""
    length = f"{duration(panel.length_s)}{ratio}"
    above = box.top - 16 - (LIMIT if scene.limit and panel is first else 0)
    room = box.width - text_width(length, _TITLE, bold=True) - 20
    points = next((size for size in (_TITLE, 10.5, 9.5) if text_width(panel.title, size, bold=True) <= room), 9.5)
    title = shortened(panel.title, room, points, bold=True)
    pen.text((box.left, above), title, "title", points=points, color=ink, bold=True)
    pen.text((box.right, above), length, "length", points=_TITLE, color=ink, bold=True, align="right")


def _lanes(pen: Pen, panel: Panel, box: Box, scene: Scene, layout: Layout) -> None:
    height = lane_height(panel, alone=len(scene.panels) == 1)
    points = name_points(height)
    middles = [box.top + 3 + height * (index + 0.5) for index in range(len(panel.rows))]
    for state in LEGEND_ORDER:
        boxes = []
        for row, middle in zip(panel.rows, middles, strict=True):
            for bar in row.bars:
                if bar.state is state:
                    least_s = SLIVER * scene.axis_s if state in WORK else 0.0
                    half = bar.thickness * height / 2
                    end = min(layout.x(max(bar.end_s, bar.start_s + least_s)), box.right)
                    boxes.append((layout.x(bar.start_s), middle - half, end, middle + half))
        look = look_of(state)
        hatch = look.hatch if boxes and boxes[0][3] - boxes[0][1] >= _HATCHED_FROM else ""
        edge = look.edge if boxes and boxes[0][3] - boxes[0][1] >= _EDGED_FROM else ""
        pen.rectangles(boxes, look.fill, f"bar {state.name}", z=4 if state in WORK else 3, hatch=hatch, edge=edge)
    for ending in Ending:
        ended = [(layout.x(r.end_s) + 5, y) for r, y in zip(panel.rows, middles, strict=True) if r.ending is ending]
        if ended:
            look = look_of(ending)
            size = min(10.0, height * 0.8)
            pen.marks(ended, look.marker, look.fill, f"ending {ending.name}", size=size, z=9)
    if not points and panel.rows:
        pen.text(
            (box.left - 16, box.top + box.height / 2),
            panel.noun,
            "noun",
            points=9,
            color="black",
            align="center",
            upright=True,
        )
    for row, middle in zip(panel.rows, middles, strict=True):
        if points:
            name = shortened(row.name, box.left - 10, points)
            pen.text((box.left - 6, middle), name, "name", points=points, color=palette()["ink"], align="right")
        if row.label is not None and points:
            _blocking_label(pen, row, row.label, middle, box, layout)


def _blocking_label(pen: Pen, row: LaneRow, label: Label, middle: float, box: Box, layout: Layout) -> None:
    """Write it inside its red bar, or else where the lane is empty, or else on a plate of its own beside the bar.

    Where there is no room for the words, only how long it was.
    """
    for text in (label.text, label.brief):
        place = _place(text_width(text, 8.5, bold=True) + 8, row, label, box, layout)
        if place is not None:
            x, align, plate = place
            color = "white" if align == "center" else look_of(State.BLOCKING).fill
            pen.text((x, middle), text, "blocking", points=8.5, color=color, align=align, bold=True, plate=plate)
            return


def _place(room: float, row: LaneRow, label: Label, box: Box, layout: Layout) -> tuple[float, str, bool] | None:
    """Return where words go that need so much room, how they are aligned there, and whether on a plate."""
    start, end, step = layout.x(label.start_s), layout.x(label.end_s), layout.x(label.step_s) - 6
    after = layout.x(row.bars[-1].end_s if row.bars else 0.0) + 14
    before = layout.x(row.bars[0].start_s) - 6 if row.bars else box.left
    if end - start > room:
        return (start + end) / 2, "center", False
    if after + room < box.right:
        return after, "left", False
    if before - room > box.left:
        return before, "right", False
    if end + room + 6 < box.right:
        return end + 6, "left", True
    return (step, "right", True) if step - room > box.left else None


def _counts(pen: Pen, counts: Counts, length_s: float, box: Box, layout: Layout) -> None:
    states = [state for state in LEGEND_ORDER if state in counts.by_state]
    bins = len(next(iter(counts.by_state.values()), []))
    top = max(map(sum, zip(*counts.by_state.values(), strict=True)), default=1) * 1.05
    edges = [layout.x(length_s * index / max(1, bins)) for index in range(bins + 1)]
    below = [0] * bins
    for state in states:
        above = [base + amount for base, amount in zip(below, counts.by_state[state], strict=True)]
        upper = _stairs(edges, [box.bottom - box.height * value / top for value in above])
        lower = _stairs(edges, [box.bottom - box.height * value / top for value in below])
        look = look_of(state)
        pen.areas([[*upper, *reversed(lower)]], look.fill, f"count {state.name}", z=3, hatch=look.hatch)
        below = above
    for value in MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]).tick_values(0, top):
        if 0 <= value <= top:
            _tick(pen, box, box.bottom - box.height * value / top, f"{value:.0f}")
    pen.lines([((box.left, box.top), (box.left, box.bottom))], "black", "axis", z=8)
    at = (box.left - 20 - text_width(f"{top:.0f}", 8.5), box.top + box.height / 2)
    pen.text(at, f"{counts.noun}, {counts.total} in all", "noun", points=9, color="black", align="center", upright=True)


def _stairs(edges: Sequence[float], levels: Sequence[float]) -> list[Point]:
    """Return the outline of a curve that is level between one edge and the next."""
    steps = zip(edges, edges[1:], levels, strict=False)
    return [point for start, end, level in steps for point in ((start, level), (end, level))]


def _strip(pen: Pen, strip: Strip, box: Box, layout: Layout) -> None:
    top = strip.top * 1.12
    times = [time_s for time_s, _ in strip.steps]
    edges = [layout.x(time_s) for time_s in (*times, strip.end_s)]
    upper = _stairs(edges, [box.bottom - box.height * value / top for _, value in strip.steps])
    if upper:
        outline = [(upper[0][0], box.bottom), *upper, (upper[-1][0], box.bottom)]
        pen.areas([outline], palette()[strip.kind], f"strip {strip.kind}", z=3)
    if upper and any(strip.waiting):
        sums = [value + more for (_, value), more in zip(strip.steps, strip.waiting, strict=True)]
        above = _stairs(edges, [box.bottom - box.height * value / top for value in sums])
        look = look_of(State.LOCK)
        pen.areas([[*above, *reversed(upper)]], look.fill, "strip waiting", z=3, hatch=look.hatch)
    full = box.bottom - box.height * strip.top / top
    _tick(pen, box, full, "100" if strip.kind == "busy" else f"{strip.top:.0f}")
    _tick(pen, box, box.bottom, "0")
    lines = strip_label(strip.label)
    for index, line in enumerate(lines):
        at = (box.left - TICK_LABEL, box.top + box.height / 2 + 13 * (index - (len(lines) - 1) / 2))
        pen.text(at, line, "strip label", points=8.5, color="black", align="right")
    if strip.capacity is not None:
        y = box.bottom - box.height * strip.capacity / top
        pen.lines([((box.left, y), (box.right, y))], palette()["limit"], "capacity", z=6, dashed=True)
        said = f"capacity {strip.capacity}"
        pen.text((box.right, y - 7), said, "capacity label", points=7.5, color=palette()["limit"], align="right")


def _tick(pen: Pen, box: Box, y: float, label: str) -> None:
    pen.lines([((box.left - 5, y), (box.left, y))], "black", "axis", z=8)
    pen.text((box.left - 8, y), label, "value", points=8.5, color="black", align="right")


def _time_axis(pen: Pen, scene: Scene, layout: Layout) -> None:
    boxes = [*layout.panels, *layout.strips]
    milliseconds = scene.axis_s < 1.0
    ticks = [t for t in MaxNLocator(8, steps=[1, 2, 5, 10]).tick_values(0, scene.axis_s) if layout.x(t) < WIDTH - 20]
    xs = [layout.x(time_s) for time_s in ticks]
    axes = [((box.left, box.bottom), (box.right, box.bottom)) for box in boxes]
    pen.lines([*axes, *(((x, box.bottom), (x, box.bottom + 4)) for box in boxes for x in xs)], "black", "axis", z=8)
    bottom = boxes[-1].bottom
    for time_s in ticks:
        label = f"{time_s * 1000:g}" if milliseconds else f"{time_s:g}"
        pen.text((layout.x(time_s), bottom + 13), label, "time", points=_TICKS, color="black", align="center")
    middle = (boxes[-1].left + boxes[-1].right) / 2
    unit = "milliseconds" if milliseconds else "seconds"
    pen.text((middle, bottom + 30), f"{unit} since the start", "time axis", points=9, color="black", align="center")


def _limit(pen: Pen, scene: Scene, layout: Layout) -> None:
    limit = scene.limit
    if limit is None:
        return
    color, x = palette()["limit"], layout.x(limit.limit_s)
    pen.lines([((x, b.top - 4), (x, b.bottom)) for b in layout.panels], color, "limit", z=8, dashed=True)
    box = layout.panels[0]
    align = "right" if limit.limit_s > 0.6 * scene.axis_s else "left"
    room = x - box.left + 60 if align == "right" else box.right - x
    text = f" = {duration(limit.limit_s)}"
    label = shortened(limit.label, room - text_width(text, 9), 9)
    pen.text((x, box.top - 12), f"{label}{text}", "limit label", points=9, color=color, align=align)


def _legend(pen: Pen, scene: Scene, layout: Layout) -> None:
    box = layout.panels[0]
    across = legend_columns(scene, box.width)
    entries: list[State | Ending] = [*scene.states, *scene.endings]
    rows = -(-len(entries) // across)
    for index, entry in enumerate(entries):
        column, row = divmod(index, rows)
        left, middle = box.left + legend_column(scene) * column, layout.legend_top + LEGEND_ROW * (row + 0.5)
        look = look_of(entry)
        if isinstance(entry, State):
            at = (left, middle - 4.5, left + 24, middle + 4.5)
            pen.rectangles([at], look.fill, "legend key", z=3, hatch=look.hatch, edge=look.edge)
        else:
            pen.marks([(left + 12, middle)], look.marker, look.fill, "legend key", size=9, z=3)
        pen.text((left + 32, middle), entry.value, "legend", points=LEGEND_POINTS, color="black")


def _rectangle(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
