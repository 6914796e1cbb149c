"""What is new in a running recorder, as frames small enough to be sent twenty times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from .._steps import Marks, clock
from ..lanes import apart
from ..record import Limit
from ..states import State
from .events import BUSY, CODES, ENDING_CODES, IDLE, LOOP_LANE, Events

if TYPE_CHECKING:
    from .._recorder import Recorder

# The most that one lane, and the loop's idle times, may add to a frame. A lane that steps more often is told in so many
# pieces, each with as much work in it as there was; in 50 ms on an axis of 1 s, no more could be seen.
MOST_STEPS = 40
MOST_IDLE = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """What is new since the frame before; `restart` says that it begins from nothing.

    `lanes` are the names and kinds of new lanes, in the order of their numbers; `now_us` is how far it knows.
    """

    number: int
    restart: bool
    lanes: tuple[tuple[str, str], ...]
    now_us: int
    events: Events

    @property
    def header(self) -> dict[str, Any]:
        """Everything but the events, for JSON."""
        return {"frame": self.number, "restart": self.restart, "lanes": self.lanes, "now_us": self.now_us}


class Feed:
    """Reads a recorder while it records. `about` is what is known of the block before it begins, for JSON.

    May be read from another thread than the one that records, but only from one.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        title: str,
        hold_s: float,
        limit: Limit | None = None,
        watched: tuple[str, ...] = (),
        include_library_tasks: bool = False,
    ) -> None:
        self.about: dict[str, Any] = {
            "title": title,
            "limit": None if limit is None else {"us": limit.limit_s * 1e6, "label": limit.label},
            "watched": [{"name": name} for name in watched],
            "loop": recorder.loop is not None,
        }
        self._recorder = recorder
        self._hold_ns = round(hold_s * 1e9)
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
        self._fresh = True

    def frame(self) -> Frame | None:
        """Return what is new, None before the block has begun."""
        recorder = self._recorder
        begin_ns = recorder.begin_ns
        if begin_ns == 0:
            return None
        now_ns = recorder.end_ns or clock()
        events, names = Events(), []
        for marks in islice(recorder.marks, self._marks_seen, None):
            self._marks_seen += 1
            if self._include_library_tasks or not marks.from_library:
                self._open.append(_Cursor(self._lanes, marks, begin_ns, self._hold_ns))
                names.append((_name_now(marks), marks.kind))
                self._lanes += 1
        self._open = [cursor for cursor in self._open if cursor.tell(events)]
        self._tell_idle(events, begin_ns)
        self._number += 1
        restart, self._fresh = self._fresh, False
        return Frame(self._number, restart, tuple(names), max(0, now_ns - begin_ns) // 1000, events)

    def _tell_idle(self, events: Events, begin_ns: int) -> None:
        fresh = self._recorder.idle[self._idle_seen :]
        self._idle_seen += len(fresh)
        for piece in _pieces(fresh, MOST_IDLE):
            start_ns = piece[0][0]
            idle_ns = sum(end - max(start, begin_ns) for start, end in piece if end > begin_ns)
            if idle_ns > 0:
                start_us = max(0, start_ns - begin_ns) // 1000
                events.add(LOOP_LANE, start_us, IDLE)
                events.add(LOOP_LANE, start_us + idle_ns // 1000, BUSY)


class _Cursor:
    """How far one lane has been told."""

    __slots__ = ("_begin_ns", "_hold_ns", "_lane", "_marks", "_ready_ns", "_told", "_waits")

    def __init__(self, lane: int, marks: Marks, begin_ns: int, hold_ns: int) -> None:
        self._lane = lane
        self._marks = marks
        self._begin_ns = begin_ns
        self._hold_ns = hold_ns
        self._told = -1  # steps, after the lane itself
        self._waits = False
        self._ready_ns: int | None = None

    def tell(self, events: Events) -> bool:
        """Add what is new in the lane, and return whether more may come."""
        marks, lane, begin_ns = self._marks, self._lane, self._begin_ns
        ended_ns, ending, ready_ns = marks.ended_ns, marks.ending, marks.ready_ns  # before the steps: they come first
        if self._told < 0:
            self._told = 0
            first = State.NOT_STARTED if marks.kind == "task" else marks.working
            events.add(lane, (marks.created_ns - begin_ns) // 1000, CODES[first])
        self._tell_steps(events)
        if ended_ns is not None and ending is not None:
            events.add(lane, (ended_ns - begin_ns) // 1000, ENDING_CODES[ending])
            return False
        if self._waits and ready_ns is not None and ready_ns != self._ready_ns and ready_ns == marks.ready_ns:
            self._tell_ready(events, ready_ns)
        return True

    def _tell_steps(self, events: Events) -> None:
        marks, lane, begin_ns, hold_ns = self._marks, self._lane, self._begin_ns, self._hold_ns
        working, holds = CODES[marks.working], marks.working is State.RUNNING
        for ready_ns, step_begin_ns, step_end_ns, reason in self._new_steps():
            if self._waits and ready_ns is not None and ready_ns != self._ready_ns and ready_ns < step_begin_ns:
                self._tell_ready(events, ready_ns)
            self._ready_ns = ready_ns
            events.add(lane, (step_begin_ns - begin_ns) // 1000, working)
            if holds and step_end_ns - max(step_begin_ns, begin_ns) > hold_ns:
                red_ns = max(step_begin_ns, begin_ns) + hold_ns
                events.add(lane, (red_ns - begin_ns) // 1000, CODES[State.HOLDING])
            events.add(lane, (step_end_ns - begin_ns) // 1000, CODES[reason])
            self._waits = reason.is_waiting

    def _tell_ready(self, events: Events, ready_ns: int) -> None:
        self._ready_ns = ready_ns
        events.add(self._lane, (ready_ns - self._begin_ns) // 1000, CODES[State.READY])

    def _new_steps(self) -> Iterator[tuple[int | None, int, int, State]]:
        marks = self._marks
        if marks.nested:
            for step in islice(apart(marks), self._told, None):
                self._told += 1
                yield step
            return
        items = marks.steps[4 * self._told :]
        count = len(items) // 4
        self._told += count
        if count > MOST_STEPS and max(map(int.__sub__, items[2::4], items[1::4])) <= self._hold_ns:
            items = _condensed(items, count)
        steps = iter(items)
        yield from zip(steps, steps, steps, steps, strict=False)


def _condensed(items: list[Any], count: int) -> list[Any]:
    """Make `MOST_STEPS` steps of many, with as much work in each as there was in those it stands for."""
    size = -(-count // MOST_STEPS)
    condensed: list[Any] = []
    for first in range(0, 4 * count, 4 * size):
        piece = items[first : first + 4 * size]
        begin_ns = piece[1]
        work_ns = sum(piece[2::4]) - sum(piece[1::4])
        condensed += None, begin_ns, begin_ns + work_ns, piece[-1]
    condensed[-2] = max(condensed[-2], items[-2])
    return condensed


def _pieces(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    size = max(1, -(-len(items) // most))
    return (items[first : first + size] for first in range(0, len(items), size))


def _name_now(marks: Marks) -> str:
    """Return what a lane is called so far: a task may have been given a name right after it was made."""
    task = None if marks.task is None else marks.task()
    name_of = getattr(task, "get_name", None)
    if marks.name is None and name_of is not None:
        marks.name = name_of()
        name, marks.name = marks.lane_name, None
        return name
    return marks.lane_name
