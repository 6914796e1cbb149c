"""The record of a block as data: lanes made of segments, and what follows from them.

All times are seconds since the block began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, overload

from ._steps import Kind, Marks, Step
from .states import Ending, State


class Segment(NamedTuple):
    """A stretch of time in which a lane did one thing."""

    start_s: float
    end_s: float
    state: State

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


class Segments(Sequence[Segment]):
    """The segments of a lane, made when they are asked for.

    Kept as numbers: there may be half a million, and so many objects would be visited by every full garbage collection.
    """

    __slots__ = ("_codes", "_times")

    def __init__(self, times: Sequence[float] = (), codes: Iterable[int] = ()) -> None:
        self._times = tuple(times)  # a beginning and an end for each
        self._codes = bytes(codes)

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> Segments:
        """Keep these segments."""
        kept = list(segments)
        return cls([time_s for one in kept for time_s in one[:2]], [one.state.code for one in kept])

    def __iter__(self) -> Iterator[Segment]:
        times = iter(self._times)
        return map(Segment, times, times, map(_STATES.__getitem__, self._codes))

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Segment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Segment]: ...
    def __getitem__(self, index: int | slice) -> Segment | Sequence[Segment]:
        if isinstance(index, slice):
            return tuple(self)[index]
        place = range(len(self))[index]
        return Segment(self._times[2 * place], self._times[2 * place + 1], _STATES[self._codes[place]])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self._times, self._codes))

    def __repr__(self) -> str:
        return repr(tuple(self))


_STATES = tuple(State)


@dataclass(frozen=True, slots=True)
class Blocking:
    """A step that kept the event loop from everybody else for longer than the timeline's `blocking_s`.

    `lane` is the name of the lane whose step it was, or of the callback; `own_s` what the recorder itself took of it,
    to make lanes for the tasks that were made in it; `place` where the code stands, "file:line", if it is known.
    """

    lane: str
    start_s: float
    end_s: float
    own_s: float = 0.0
    place: str | None = None

    @property
    def length_s(self) -> float:
        """How long the loop was blocked, without what the recorder itself took."""
        return self.end_s - self.start_s - self.own_s


@dataclass(frozen=True, slots=True)
class Wait:
    """One of the longest waits: of which lane (its name and its number), for what, and where, "file:line"."""

    lane: str
    number: int
    start_s: float
    end_s: float
    state: State
    place: str | None = None

    @property
    def length_s(self) -> float:
        """How long it lasted."""
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
    segments: Sequence[Segment]
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


Excuse = Callable[[int, int], int]
"""Tells how much of a step, from its beginning to its end, was not its own doing; all in nanoseconds."""


def lane_from(marks: Marks, *, begin_ns: int, end_ns: int, blocking_s: float, excuse: Excuse = lambda *_: 0) -> Lane:
    """Turn the marks of a lane into segments, cut to the block."""
    name = marks.lane_name
    created_s = (min(max(marks.created_ns, begin_ns), end_ns) - begin_ns) / 1e9
    times: list[float] = []
    codes: list[int] = []
    blockings: list[Blocking] = []
    code, working, long_ns = codes.append, marks.working, blocking_s * 1e9
    at_s, doing = created_s, _NOT_STARTED if marks.kind == "task" else working
    for ready_ns, step_begin_ns, step_end_ns, reason in apart(marks) if marks.nested else marks.each_step():
        begin_s = (min(max(step_begin_ns, begin_ns), end_ns) - begin_ns) / 1e9
        end_s = (min(max(step_end_ns, begin_ns), end_ns) - begin_ns) / 1e9
        if ready_ns is not None and doing.is_waiting:
            ready_s = (min(max(ready_ns, begin_ns), end_ns) - begin_ns) / 1e9
            if at_s < ready_s < begin_s:
                times += at_s, ready_s
                code(doing.code)
                at_s, doing = ready_s, _READY
        if at_s < begin_s:
            times += at_s, begin_s
            code(doing.code)
        blocking = None
        if step_end_ns - step_begin_ns > long_ns and working is _RUNNING and end_s - begin_s > blocking_s:
            own_s = excuse(step_begin_ns, step_end_ns) / 1e9
            blocking = Blocking(name, begin_s, end_s, own_s, marks.place)
        if blocking is not None and blocking.length_s > blocking_s:
            times += begin_s, begin_s + blocking_s, begin_s + blocking_s, end_s
            codes += working.code, State.BLOCKING.code
            blockings.append(blocking)
        else:
            times += begin_s, end_s
            code(working.code)
        at_s, doing = end_s, reason
    ended = marks.ended_ns is not None and marks.ending is not None and marks.ended_ns <= end_ns
    lane_end_ns = min(max(marks.ended_ns, begin_ns), end_ns) if ended and marks.ended_ns is not None else end_ns
    lane_end_s = (lane_end_ns - begin_ns) / 1e9
    if not ended and at_s < lane_end_s:
        times += at_s, lane_end_s
        code(doing.code)
    return Lane(
        name=name,
        kind=marks.kind,
        created_s=created_s,
        ended_s=lane_end_s,
        ending=marks.ending if ended and marks.ending is not None else Ending.UNFINISHED,
        segments=Segments(times, codes),
        blockings=tuple(blockings),
        error=marks.error if ended else None,
        cpu_s=None if marks.cpu_ns is None else marks.cpu_ns / 1e9,
    )


_NOT_STARTED, _READY, _RUNNING = State.NOT_STARTED, State.READY, State.RUNNING


def loop_lane(blockings: Sequence[Blocking], blocking_s: float, makespan_s: float) -> Lane | None:
    """Return the lane of what blocked the loop and belongs to no lane: callbacks, and the tasks of libraries."""
    if not blockings:
        return None
    parts = (
        segment
        for one in blockings
        for segment in (
            Segment(one.start_s, min(one.start_s + blocking_s, one.end_s), State.RUNNING),
            Segment(min(one.start_s + blocking_s, one.end_s), one.end_s, State.BLOCKING),
        )
    )
    return Lane("event loop", "loop", 0.0, makespan_s, Ending.UNFINISHED, Segments.of(parts), tuple(blockings))


def lane_until(lane: Lane, until_s: float, blocking_s: float) -> Lane:
    """Cut a lane off at a moment; one that goes on after it is unfinished there."""
    segments = (Segment(s.start_s, min(s.end_s, until_s), s.state) for s in lane.segments if s.start_s < until_s)
    seen_blocking = (blocking for blocking in lane.blockings if blocking.start_s + blocking_s < until_s)
    ended = lane.ended_s <= until_s
    return replace(
        lane,
        created_s=min(lane.created_s, until_s),
        ended_s=min(lane.ended_s, until_s),
        ending=lane.ending if ended else Ending.UNFINISHED,
        segments=Segments.of(segments),
        blockings=tuple(replace(blocking, end_s=min(blocking.end_s, until_s)) for blocking in seen_blocking),
        error=lane.error if ended else None,
    )


def apart(marks: Marks) -> Iterator[Step]:
    """Yield the steps of a lane without the stretches in which an eager task ran that was made in them."""
    nested = deque(marks.nested or ())
    for ready_ns, begin_ns, end_ns, reason in marks.each_step():
        seen_ns, at_ns = ready_ns, begin_ns
        while nested and nested[0][1] <= end_ns:
            inner_begin_ns, inner_end_ns = nested.popleft()
            yield seen_ns, at_ns, inner_begin_ns, State.READY
            seen_ns, at_ns = None, inner_end_ns
        yield seen_ns, at_ns, end_ns, reason


def peak_in_flight(lanes: Iterable[Lane]) -> int:
    """Return how many tasks and spans had begun and not ended at once, at the most."""
    starts: list[float] = []
    ends: list[float] = []
    for lane in lanes:
        if lane.kind in ("body", "loop"):
            continue
        started_s = next((start_s for start_s, _, state in lane.segments if state is not _NOT_STARTED), None)
        if started_s is not None:
            starts.append(started_s)
            ends.append(lane.ended_s)
    starts.sort()
    ends.sort()
    ended = peak = 0
    for begun, start_s in enumerate(starts, start=1):
        while ended < len(ends) and ends[ended] <= start_s:  # an end at the same instant as a start comes first
            ended += 1
        peak = max(peak, begun - ended)
    return peak
