"""What to draw for a record, in seconds and states: the same for every renderer.

A scene is panels of lanes (or, above `MAX_LANES`, of counts by state), strips below them, and one limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .lanes import Lane, Segment
from .record import Limit, Record
from .states import Ending, State, duration

MAX_LANES = 60
SLIVER = 0.0016  # the narrowest bar of work, as a share of the axis: a pixel and a half at notebook width
BINS = 480

# What is drawn where several things happened in less than a sliver; and the order of the legend.
PRIORITY = (
    State.BLOCKING,
    State.RUNNING,
    State.CALLING,
    State.READY,
    State.NETWORK,
    State.LOCK,
    State.THREAD,
    State.PROCESS,
    State.TIMER,
    State.TASK,
    State.OTHER,
    State.NOT_STARTED,
)
LEGEND_ORDER = (
    State.RUNNING,
    State.CALLING,
    *(state for state in PRIORITY if state.is_waiting),
    State.READY,
    State.BLOCKING,
    State.NOT_STARTED,
)
WORK = frozenset({State.RUNNING, State.BLOCKING, State.CALLING})
THICKNESS = {**dict.fromkeys(WORK, 0.74), State.TASK: 0.2, State.NOT_STARTED: 0.08}
WAITING_THICKNESS = 0.46
_RANK = {state: rank for rank, state in enumerate(PRIORITY)}


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of one state in a lane; `thickness` is a share of the lane's height."""

    start_s: float
    end_s: float
    state: State

    @property
    def thickness(self) -> float:
        return THICKNESS.get(self.state, WAITING_THICKNESS)


@dataclass(frozen=True, slots=True)
class Label:
    """Words for a red bar, `brief` ones where there is no room, and where its step begins, red begins, and both end."""

    text: str
    brief: str
    step_s: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One lane: its name, its bars, where and how it ended, and the words for its longest blocking of the loop.

    `ending` is None for the block itself, and for a lane that goes on after a picture of the beginning.
    """

    name: str
    bars: tuple[Bar, ...]
    end_s: float
    ending: Ending | None
    label: Label | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lanes were in each state, in equal stretches from 0 to the end of the panel."""

    by_state: dict[State, list[int]]
    total: int
    noun: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The lanes of one record, or their counts; `bands` are the stretches in which the loop was blocked.

    `noun` says what the lanes are where they are too low to be named: "20 tasks".
    """

    title: str
    noun: str
    length_s: float
    rows: tuple[LaneRow, ...]
    counts: Counts | None
    bands: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """A curve under the lanes, as (seconds, value from then on), up to `end_s`.

    `waiting` has for each step how many waited; they are drawn on top of the value.
    """

    kind: str
    label: str
    steps: tuple[tuple[float, float], ...]
    top: float
    end_s: float
    capacity: int | None = None
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a renderer needs: nothing in it depends on how it is drawn.

    With `ratio`, each panel but the first says how many times as fast as the first it was.
    """

    panels: tuple[Panel, ...]
    strips: tuple[Strip, ...]
    limit: Limit | None
    axis_s: float
    ratio: bool = True

    @property
    def states(self) -> list[State]:
        """The states that occur, in the order of the legend."""
        seen = {bar.state for panel in self.panels for row in panel.rows for bar in row.bars}
        seen |= {state for panel in self.panels if panel.counts for state in panel.counts.by_state}
        seen |= {State.LOCK for strip in self.strips if any(strip.waiting)}
        return [state for state in LEGEND_ORDER if state in seen]

    @property
    def endings(self) -> list[Ending]:
        """The endings that occur."""
        seen = {row.ending for panel in self.panels for row in panel.rows}
        return [ending for ending in Ending if ending in seen]


def scene_of(
    records: Sequence[Record], *, limit: Limit | None = None, ratio: bool = True, least_axis_s: float = 0.0
) -> Scene:
    """Lay out one record with its strips, or several on one time axis without them; the axis is as long as they are."""
    if not records:
        raise ValueError("there is nothing to draw: give at least one timeline")
    if len(records) == 1:
        limit = limit or records[0].limit
    longest_s = max(record.makespan_s for record in records)
    axis_s = max(longest_s, limit.limit_s if limit else 0.0, least_axis_s) or 1e-6
    return Scene(
        panels=tuple(_panel(record, axis_s) for record in records),
        strips=_strips(records[0]) if len(records) == 1 else (),
        limit=limit,
        axis_s=axis_s,
        ratio=ratio,
    )


def _panel(record: Record, axis_s: float) -> Panel:
    others = [lane for lane in record.lanes if lane.kind != "body"]
    counted = len(others) > MAX_LANES
    bins = max(1, round(BINS * record.makespan_s / axis_s))
    noun = "tasks" if all(lane.kind == "task" for lane in others) else "lanes"
    return Panel(
        title=record.title,
        noun=f"{len(others)} {noun}",
        length_s=record.makespan_s,
        rows=() if counted else tuple(_row(lane, axis_s, record) for lane in (*record.lanes, *record.of_loop)),
        counts=Counts(record.counts_by_bin(bins), len(others), noun) if counted else None,
        bands=tuple((blocking.start_s, blocking.end_s) for blocking in record.blockings),
    )


def _row(lane: Lane, axis_s: float, record: Record) -> LaneRow:
    bars = tuple(Bar(s.start_s, s.end_s, s.state) for s in _visible(lane.segments, SLIVER * axis_s))
    goes_on = lane.kind in ("body", "loop") or (record.cut and lane.ending is Ending.UNFINISHED)
    label = _label(lane, record.blocking_s) if lane.blockings else None
    return LaneRow(lane.name, bars, lane.ended_s, None if goes_on else lane.ending, label)


def _label(lane: Lane, blocking_s: float) -> Label:
    longest = max(lane.blockings, key=lambda blocking: blocking.length_s)
    name = f"{longest.lane} " if lane.kind == "loop" else ""
    brief = duration(longest.length_s)
    return Label(
        f"{name}blocked the loop for {brief}",
        brief,
        longest.start_s,
        min(longest.start_s + blocking_s, longest.end_s),
        longest.end_s,
    )


def _visible(segments: Iterable[Segment], sliver_s: float) -> Iterator[Segment]:
    """Yield the segments that can be seen: those within one sliver as one."""
    small: list[Segment] = []
    owed: float | None = None
    for segment in segments:
        if small and segment.end_s - small[0].start_s > sliver_s:
            merged, owed = _merged(small, owed)
            yield merged
            small = []
        if segment.length_s > sliver_s:
            owed = None
            yield segment
        else:
            small.append(segment)
    if small:
        yield _merged(small, owed)[0]


def _merged(segments: Sequence[Segment], owed: float | None) -> tuple[Segment, float]:
    """Make one segment of several, and say how much work has not been drawn yet.

    Alone, it is drawn as what matters most in it: a step of a microsecond must be seen. In an unbroken row of such
    (`owed` is not None) that would make a lane that steps every millisecond look as if it never waited; there as many
    are drawn as work as there was work.
    """
    start_s, end_s = segments[0].start_s, segments[-1].end_s
    states = sorted({segment.state for segment in segments}, key=_RANK.__getitem__)
    waits = [state for state in states if state not in WORK]
    if owed is None or not waits or states[0] is State.BLOCKING:
        return Segment(start_s, end_s, states[0]), 0.0
    owed += sum(segment.length_s for segment in segments if segment.state in WORK)
    if states[0] in WORK and owed * 2 >= end_s - start_s:
        return Segment(start_s, end_s, states[0]), owed - (end_s - start_s)
    return Segment(start_s, end_s, waits[0]), owed


def _strips(record: Record) -> tuple[Strip, ...]:
    strips = []
    if record.busy_share is not None:
        width = record.makespan_s / BINS
        busy = tuple((index * width, share) for index, share in enumerate(record.busy_by_bin(BINS)))
        strips.append(Strip("busy", "loop\nbusy %", busy, top=1.0, end_s=record.makespan_s))
    for watch in record.watched:
        label, top, end_s = f"{watch.measure}\n{watch.name}", float(watch.top), record.makespan_s
        strips.append(Strip("in_flight", label, watch.steps, top, end_s, watch.capacity, watch.waiting))
    return tuple(strips)
