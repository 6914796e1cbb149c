"""The record of a block as data: lanes made of segments, and what follows from them.

All times are seconds since the block began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ._steps import Kind, Marks, Step
from .states import Ending, State


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which a lane did one thing."""

    start_s: float
    end_s: float
    state: State

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Blocking:
    """A step that kept the event loop from everybody else for longer than the timeline's `blocking_s`."""

    lane: str
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long the loop was blocked."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Lane:
    """What one task, the body of the block, or one span did.

    `error` is the type of the exception that a failed lane ended with; `cpu_s` the processor time that a span's
    thread used in it, None for other kinds.
    """

    name: str
    kind: Kind
    created_s: float
    ended_s: float
    ending: Ending
    segments: tuple[Segment, ...]
    blockings: tuple[Blocking, ...] = ()
    error: str | None = None
    cpu_s: float | None = None

    @property
    def length_s(self) -> float:
        """How long it took from its creation to its end."""
        return self.ended_s - self.created_s

    def time_in(self, state: State) -> float:
        """Add up the seconds that the lane spent in one state."""
        return sum(segment.length_s for segment in self.segments if segment.state is state)


def lane_from(marks: Marks, *, begin_ns: int, end_ns: int, blocking_s: float) -> Lane:
    """Turn the marks of a lane into segments, cut to the block."""

    def seconds(time_ns: int) -> float:
        return (min(max(time_ns, begin_ns), end_ns) - begin_ns) / 1e9

    ended = marks.ended_ns is not None and marks.ending is not None and marks.ended_ns <= end_ns
    name = marks.lane_name
    lane_end_s = seconds(marks.ended_ns if ended and marks.ended_ns is not None else end_ns)
    segments: list[Segment] = []
    blockings: list[Blocking] = []
    at_s, doing = seconds(marks.created_ns), State.NOT_STARTED if marks.kind == "task" else marks.working
    for ready_ns, step_begin_ns, step_end_ns, reason in apart(marks) if marks.nested else marks.each_step():
        begin_s, end_s = seconds(step_begin_ns), seconds(step_end_ns)
        if ready_ns is not None and doing.is_waiting and at_s < (ready_s := seconds(ready_ns)) < begin_s:
            segments.append(Segment(at_s, ready_s, doing))
            at_s, doing = ready_s, State.READY
        if at_s < begin_s:
            segments.append(Segment(at_s, begin_s, doing))
        if end_s - begin_s > blocking_s and marks.working is State.RUNNING:
            segments.append(Segment(begin_s, begin_s + blocking_s, marks.working))
            segments.append(Segment(begin_s + blocking_s, end_s, State.BLOCKING))
            blockings.append(Blocking(name, begin_s, end_s))
        else:
            segments.append(Segment(begin_s, end_s, marks.working))
        at_s, doing = end_s, reason
    if not ended and at_s < lane_end_s:
        segments.append(Segment(at_s, lane_end_s, doing))
    return Lane(
        name=name,
        kind=marks.kind,
        created_s=seconds(marks.created_ns),
        ended_s=lane_end_s,
        ending=marks.ending if ended and marks.ending is not None else Ending.UNFINISHED,
        segments=tuple(segments),
        blockings=tuple(blockings),
        error=marks.error if ended else None,
        cpu_s=None if marks.cpu_ns is None else marks.cpu_ns / 1e9,
    )


def lane_until(lane: Lane, until_s: float, blocking_s: float) -> Lane:
    """Cut a lane off at a moment; one that goes on after it is unfinished there."""
    segments = (replace(s, end_s=min(s.end_s, until_s)) for s in lane.segments if s.start_s < until_s)
    seen_blocking = (blocking for blocking in lane.blockings if blocking.start_s + blocking_s < until_s)
    ended = lane.ended_s <= until_s
    return replace(
        lane,
        created_s=min(lane.created_s, until_s),
        ended_s=min(lane.ended_s, until_s),
        ending=lane.ending if ended else Ending.UNFINISHED,
        segments=tuple(segments),
        blockings=tuple(replace(blocking, end_s=min(blocking.end_s, until_s)) for blocking in seen_blocking),
        error=lane.error if ended else None,
    )


def apart(marks: Marks) -> Iterator[Step]:
    """Yield the steps of a lane without the stretches in which an eager task ran that was made in them."""
    nested = deque(marks.nested)
    for ready_ns, begin_ns, end_ns, reason in marks.each_step():
        seen_ns, at_ns = ready_ns, begin_ns
        while nested and nested[0][1] <= end_ns:
            inner_begin_ns, inner_end_ns = nested.popleft()
            yield seen_ns, at_ns, inner_begin_ns, State.READY
            seen_ns, at_ns = None, inner_end_ns
        yield seen_ns, at_ns, end_ns, reason


def peak_in_flight(lanes: Iterable[Lane]) -> int:
    """Return how many tasks and spans had begun and not ended at once, at the most."""
    changes: list[tuple[float, int]] = []
    for lane in lanes:
        started_s = next((s.start_s for s in lane.segments if s.state is not State.NOT_STARTED), None)
        if lane.kind != "body" and started_s is not None:
            changes += [(started_s, 1), (lane.ended_s, -1)]
    changes.sort()  # an end at the same instant as a start comes first
    count = peak = 0
    for _, change in changes:
        count += change
        peak = max(peak, count)
    return peak
