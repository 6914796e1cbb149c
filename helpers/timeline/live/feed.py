"""What is new in a running recorder, as frames small enough to be sent twenty times a second.

A frame holds steps as the recorder keeps them: columns are cut out and packed by C, so that a thousand lanes cost the
loop less than a millisecond; what a step means for a lane (see `lanes.lane_from`) the browser works out (run.js).
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from .._bounds import merged_steps
from .._steps import Marks, clock
from ..gauges import Gauge
from ..lanes import apart
from ..record import Limit
from ..states import State
from ..watching import Watched
from .events import CODES, ENDING_CODES

if TYPE_CHECKING:
    from .._recorder import Recorder

# The most that one lane, and the loop's idle times, may add to a frame. A lane that steps more often is told in so many
# pieces, each with as much work in it as there was; in 50 ms on an axis of 1 s, no more could be seen.
MOST_STEPS = 40
MOST_IDLE = 60
MOST_LEVELS = 60


@dataclass(slots=True)
class Frame:
    """What is new since the frame before; `restart` says that it begins from nothing.

    `lanes` has for each new lane its name, its kind, when it was made (microseconds) and what it does when it works;
    `long` the names of what has blocked the loop and belongs to no lane, which are steps of a lane of the loop's own;
    `watched` new levels of what has a gauge: its place, its capacity, and (microseconds, how much, how many wait);
    `runs` how many of the `steps` belong to which lane; `ready` which lanes could go on since when; `ended` how lanes
    ended and when. All other times are in nanoseconds, as the clock of the recorder gives them.
    """

    number: int
    restart: bool
    begin_ns: int
    now_us: int
    blocking_us: float
    lanes: list[tuple[str, str, int, int]] = field(default_factory=list)
    long: list[str] = field(default_factory=list)
    watched: list[tuple[int, int | None, list[tuple[int, int, int]]]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    ready: list[tuple[int, int]] = field(default_factory=list)
    ended: list[tuple[int, int, int]] = field(default_factory=list)
    idle: list[tuple[int, int]] = field(default_factory=list)

    @property
    def header(self) -> dict[str, Any]:
        """What is not in `body`, for JSON; `sizes` are the lengths of its columns."""
        return {
            "frame": self.number,
            "restart": self.restart,
            "begin_ns": self.begin_ns,
            "now_us": self.now_us,
            "blocking_us": self.blocking_us,
            "lanes": self.lanes,
            "long": self.long,
            "watched": self.watched,
            "sizes": [len(self.steps) // 4, len(self.idle), len(self.ready), len(self.ended), len(self.runs) // 2],
        }

    def body(self) -> bytes:
        """Return the columns: 64-bit floats (exact up to 104 days of nanoseconds), 32-bit and 8-bit numbers."""
        steps = self.steps
        times = array("d", [0 if ready_ns is None else ready_ns for ready_ns in steps[0::4]])
        times.extend(steps[1::4])
        times.extend(steps[2::4])
        times.extend(chain.from_iterable(self.idle))
        times.extend(time_ns for _, time_ns in self.ready)
        times.extend(time_ns for _, time_ns, _ in self.ended)
        lanes = array("I", self.runs)
        lanes.extend(lane for lane, _ in self.ready)
        lanes.extend(lane for lane, _, _ in self.ended)
        codes = bytes(chain(map(CODES.__getitem__, steps[3::4]), (code for _, _, code in self.ended)))
        return times.tobytes() + lanes.tobytes() + codes


class Feed:
    """Reads a recorder while it records. `about` is what is known of the block before it begins, for JSON.

    May be read from another thread than the one that records, but only from one.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        title: str,
        blocking_s: float,
        limit: Limit | None = None,
        watched: Sequence[Watched | Gauge] = (),
        include_library_tasks: bool = False,
    ) -> None:
        self.about: dict[str, Any] = {
            "title": title,
            "limit": None if limit is None else {"us": limit.limit_s * 1e6, "label": limit.label},
            "watched": [{"name": one.name, **_label(one)} for one in watched],
            "loop": recorder.loop is not None,
        }
        self._gauges = [(place, one) for place, one in enumerate(watched) if isinstance(one, Gauge)]
        self._recorder = recorder
        self._blocking_s = blocking_s
        self._include_library_tasks = include_library_tasks
        self._number = 0
        self.restart()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that is recorded; None in synchronous code."""
        return self._recorder.loop

    def restart(self) -> None:
        """Begin from nothing with the next frame: for a browser that has missed some."""
        self._marks_seen = 0
        self._idle_seen = 0
        self._lanes = 0
        self._open: list[_Cursor] = []
        self._hidden: list[_Cursor] = []
        self._long_seen = 0
        self._levels_seen = [0] * len(self._gauges)
        self._loop_lane: int | None = None
        self._fresh = True

    def frame(self) -> Frame | None:
        """Return what is new, None before the block has begun."""
        recorder = self._recorder
        begin_ns = recorder.begin_ns
        if begin_ns == 0:
            return None
        self._number += 1
        now_us = max(0, (recorder.end_ns or clock()) - begin_ns) // 1000
        frame = Frame(self._number, self._fresh, begin_ns, now_us, self._blocking_s * 1e6)
        self._fresh = False
        self._tell_new_lanes(frame)
        self._tell_lanes(frame)
        self._tell_loop(frame)
        self._tell_levels(frame)
        fresh = recorder.idle[max(0, self._idle_seen - recorder.idle_dropped) :]
        self._idle_seen = recorder.idle_dropped + len(recorder.idle)
        frame.idle = list(_joined(fresh, MOST_IDLE))
        return frame

    def _tell_new_lanes(self, frame: Frame) -> None:
        for marks in islice(self._recorder.marks, self._marks_seen, None):
            self._marks_seen += 1
            if self._include_library_tasks or not marks.from_library:
                made_us = max(0, marks.created_ns - frame.begin_ns) // 1000
                frame.lanes.append((_name_now(marks), marks.kind, made_us, CODES[marks.working]))
                self._open.append(_Cursor(self._lanes, marks))
                self._lanes += 1
            else:
                self._hidden.append(_Cursor(0, marks))

    def _tell_lanes(self, frame: Frame) -> None:
        # Nearly all of a frame's time is spent here: 0.1 µs on a lane without news, 1 µs on one that has made a step.
        ended = False
        runs, told_steps = frame.runs, frame.steps
        for cursor in self._open:
            marks = cursor.marks
            seen = max(0, cursor.seen - marks.dropped)
            ended_ns, ready_ns, steps = marks.ended_ns, marks.ready_ns, marks.steps  # the end first: it is written last
            count = len(steps) - seen
            if count:
                if count > 4 or marks.nested:
                    self._tell_steps(cursor, count, frame)
                else:
                    told_steps += steps[seen : seen + count]
                    runs += cursor.lane, 1
                    cursor.told += 1
                cursor.seen = marks.dropped + seen + count
            if ended_ns is not None and marks.ending is not None:
                frame.ended.append((cursor.lane, ended_ns, ENDING_CODES[marks.ending]))
                cursor.ended = ended = True
            elif ready_ns is not cursor.ready_ns:
                cursor.ready_ns = ready_ns
                if ready_ns is not None and steps and ready_ns > steps[-2]:
                    frame.ready.append((cursor.lane, ready_ns))
        if ended:
            self._open = [cursor for cursor in self._open if not cursor.ended]

    def _tell_loop(self, frame: Frame) -> None:
        """Tell what has blocked the loop and belongs to no lane: callbacks, and the tasks of libraries."""
        long_ns = self._recorder.blocking_ns
        runs = self._recorder.long_runs
        long = [(begin, end, name) for begin, end, name, _, marks in runs[self._long_seen :] if marks is None]
        self._long_seen = len(runs)
        for cursor in self._hidden:
            marks = cursor.marks
            fresh = marks.steps[max(0, cursor.seen - marks.dropped) :]
            if fresh:
                cursor.seen = marks.dropped + len(marks.steps)
                steps = zip(fresh[1::4], fresh[2::4], strict=True)
                long += [(begin, end, marks.name_in_library) for begin, end in steps if end - begin > long_ns]
        if not long:
            return
        if self._loop_lane is None:
            self._loop_lane = self._lanes
            self._lanes += 1
            frame.lanes.append(("event loop", "loop", 0, CODES[State.RUNNING]))
        long.sort()
        frame.long = [name for _, _, name in long]
        frame.runs += self._loop_lane, len(long)
        frame.steps += [item for begin, end, _ in long for item in (None, begin, end, None)]

    def _tell_levels(self, frame: Frame) -> None:
        for number, (place, gauge) in enumerate(self._gauges):
            seen = max(0, self._levels_seen[number] - gauge.dropped)
            levels = gauge.levels(seen)
            self._levels_seen[number] = gauge.dropped + seen + 3 * len(levels)
            if levels:
                told = [(max(0, ns - frame.begin_ns) // 1000, n, w) for ns, n, w in _highest(levels, MOST_LEVELS)]
                frame.watched.append((place, gauge.capacity, told))

    def _tell_steps(self, cursor: _Cursor, count: int, frame: Frame) -> None:
        marks = cursor.marks
        if marks.nested:  # eager tasks were made in its steps, and divide them
            new = list(chain.from_iterable(islice(apart(marks), cursor.told, None)))
        else:
            seen = max(0, cursor.seen - marks.dropped)
            new = marks.steps[seen : seen + count]
        cursor.told += len(new) // 4
        if len(new) > 4 * MOST_STEPS and marks.working is State.RUNNING:
            new = _condensed(new, round(self._blocking_s * 1e9))
        frame.runs += cursor.lane, len(new) // 4
        frame.steps += new


class _Cursor:
    """How far one lane has been told: items of its steps that were seen, and steps told, which can be more."""

    __slots__ = ("ended", "lane", "marks", "ready_ns", "seen", "told")

    def __init__(self, lane: int, marks: Marks) -> None:
        self.lane = lane
        self.marks = marks
        self.seen = 0
        self.told = 0
        self.ended = False
        self.ready_ns: int | None = None


def _condensed(steps: list[Any], blocking_ns: int) -> list[Any]:
    """Make `MOST_STEPS` steps of many, with as much work in each as there was; a blocking is never blurred."""
    begins, ends = steps[1::4], steps[2::4]
    if max(map(int.__sub__, ends, begins)) > blocking_ns:
        return steps
    return merged_steps(steps, -(-len(begins) // MOST_STEPS), blocking_ns)


def _joined(stretches: Sequence[tuple[int, int]], most: int) -> Iterable[tuple[int, int]]:
    """Make at most `most` stretches of many, as long together as those were."""
    size = -(-len(stretches) // most)
    if size <= 1:
        return stretches
    pieces = (stretches[first : first + size] for first in range(0, len(stretches), size))
    return [(piece[0][0], piece[0][0] + sum(end - start for start, end in piece)) for piece in pieces]


def _highest(levels: list[tuple[int, int, int]], most: int) -> Iterable[tuple[int, int, int]]:
    """Return the last of the levels, and before it at most `most` of them: the highest of each piece."""
    size = -(-len(levels) // most)
    if size <= 1:
        return levels
    pieces = (levels[first : first + size] for first in range(0, len(levels) - 1, size))
    return [*(max(piece, key=lambda level: level[1] + level[2]) for piece in pieces), levels[-1]]


def _label(watched: Watched | Gauge) -> dict[str, Any]:
    return {"label": [watched.measure, watched.name]} if isinstance(watched, Gauge) else {}


def _name_now(marks: Marks) -> str:
    """Return what a lane is called so far: a task may have been given a name right after it was made."""
    task = None if marks.task is None else marks.task()
    name_of = getattr(task, "get_name", None)
    if marks.name is None and name_of is not None:
        marks.name = name_of()
        name, marks.name = marks.lane_name, None
        return name
    return marks.lane_name
