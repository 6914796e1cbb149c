"""Everything that is known of a block once it has ended."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import _aims
from ._recorder import Recorder
from ._steps import Marks
from .blockings import Excuses, blockings_of_others
from .chains import Aim, Obstacle, Whom, settled, whom
from .lanes import Blocking, Lane, Wait, lane_from, lane_until, loop_lane, peak_in_flight
from .states import State
from .watching import Watch


@dataclass(frozen=True, slots=True)
class Limit:
    """The time that theory allows, and what the formula is called."""

    limit_s: float
    label: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.limit_s) and self.limit_s > 0):
            raise ValueError(f"limit_s is a time in seconds greater than 0, got {self.limit_s!r}")


@dataclass(frozen=True, slots=True)
class Missed:
    """What a record does not have.

    `tasks` had no lane, because there were too many; `merged` steps were put together with their neighbours; of waits
    after the first `aims` it is not kept whom they were for (None: it is kept of all); with `other_factory` another
    task factory made tasks; `trouble` is why the recorder took itself off, after `trouble_s`.
    """

    tasks: int = 0
    merged: int = 0
    aims: int | None = None
    other_factory: bool = False
    trouble: str | None = None
    trouble_s: float = 0.0


@dataclass(frozen=True)
class Record:
    """A block as data: its lanes in the order they were made, its length, and what others saw of it.

    `loop` is the lane of what blocked the event loop and belongs to none of `lanes`: callbacks, and the tasks of
    libraries. `aims` has by the number of a lane whom it waited for, `obstacles` the locks and queues among these;
    `waits` are the longest ones for anything but tasks, the longest first. One that is `cut` is the beginning of a
    block: lanes that are unfinished in it went on.
    """

    title: str
    makespan_s: float
    lanes: tuple[Lane, ...]
    idle: tuple[tuple[float, float], ...] | None
    blocking_s: float
    watched: tuple[Watch, ...] = ()
    limit: Limit | None = None
    synchronous: bool = False
    hidden: int = 0
    cut: bool = False
    loop: Lane | None = None
    missed: Missed = Missed()
    aims: Mapping[int, tuple[Aim, ...]] = field(default_factory=dict)
    obstacles: tuple[Obstacle, ...] = ()
    waits: tuple[Wait, ...] = ()
    blockings: tuple[Blocking, ...] = field(init=False)
    peak_in_flight: int = field(init=False)

    def __post_init__(self) -> None:
        found = [blocking for lane in (*self.lanes, *self.of_loop) for blocking in lane.blockings]
        blockings = sorted(found, key=lambda blocking: blocking.start_s)
        object.__setattr__(self, "blockings", tuple(blockings))
        object.__setattr__(self, "peak_in_flight", peak_in_flight(self.lanes))

    @property
    def of_loop(self) -> tuple[Lane, ...]:
        """The lane of the loop itself, if it has one."""
        return () if self.loop is None else (self.loop,)

    @property
    def busy_share(self) -> float | None:
        """The share of the block in which the event loop was not idle; None where there was no loop to watch."""
        if self.synchronous or self.makespan_s == 0 or self.missed.trouble is not None:
            return None
        if self.idle is not None:
            return 1 - sum(end - start for start, end in self.idle) / self.makespan_s
        return sum(lane.time_in(State.RUNNING) + lane.time_in(State.BLOCKING) for lane in self.lanes) / self.makespan_s

    def whom(self, lane: int, at_s: float) -> Whom | None:
        """Return whom a lane (by its number) waits for at a moment; None where it does not wait, or nobody knows."""
        return whom(self.lanes, self.aims, self.obstacles, lane, at_s)

    def reason_of(self, wait: Wait) -> str:
        """Return whom a wait was for at its end, in words; nothing where that is not known."""
        found = self.whom(wait.number, max(wait.start_s, wait.end_s - 1e-6))
        return "" if found is None else found.words

    def chain(self, lane: int, at_s: float) -> tuple[int, ...]:
        """Return the lane, the one that it waits for at a moment, the one that this waits for, and so on.

        The last one waits for none, or for one that is already in it: then they wait for each other.
        """
        found: list[int] = []
        following: int | None = lane
        while following is not None and following not in found:
            found.append(following)
            waited = self.whom(following, at_s)
            following = max(waited.lanes, key=lambda n: self.lanes[n].ended_s) if waited and waited.lanes else None
        return tuple(found) if following is None else (*found, following)

    def until(self, until_s: float) -> Record:
        """Return the beginning of the block, without its limit; the whole where it was not longer.

        Raises:
            ValueError: unless until_s > 0.
        """
        if not (math.isfinite(until_s) and until_s > 0):
            raise ValueError(f"until_s is a time in seconds greater than 0, such as 0.01; got {until_s!r}")
        if until_s >= self.makespan_s:
            return self
        return replace(
            self,
            title=f"{self.title}, the beginning",
            makespan_s=until_s,
            lanes=tuple(lane_until(lane, until_s, self.blocking_s) for lane in self.lanes),
            idle=self.idle and tuple((start, min(end, until_s)) for start, end in self.idle if start < until_s),
            watched=tuple(watch.until(until_s) for watch in self.watched),
            limit=None,
            cut=True,
            waits=tuple(replace(one, end_s=min(one.end_s, until_s)) for one in self.waits if one.start_s < until_s),
            loop=self.loop and lane_until(self.loop, until_s, self.blocking_s),
        )

    def busy_by_bin(self, bins: int) -> list[float]:
        """Return the share of each of `bins` equal stretches in which the loop was busy."""
        if self.idle is None:
            working = (State.RUNNING, State.BLOCKING)
            stretches = [(s.start_s, s.end_s) for lane in self.lanes for s in lane.segments if s.state in working]
            return _filled(stretches, self.makespan_s, bins)
        return [1 - share for share in _filled(self.idle, self.makespan_s, bins)]

    def counts_by_bin(self, bins: int) -> dict[State, list[int]]:
        """Return, for each state, how many tasks and spans were in it at the middle of each of `bins` stretches."""
        changes: dict[State, list[int]] = {}
        scale = bins / self.makespan_s if self.makespan_s else 0.0
        for lane in self.lanes:
            if lane.kind == "body":
                continue
            for segment in lane.segments:
                first = math.ceil(segment.start_s * scale - 0.5)
                past = math.ceil(segment.end_s * scale - 0.5)
                if first < past:
                    row = changes.setdefault(segment.state, [0] * (bins + 1))
                    row[first] += 1
                    row[past] -= 1
        return {state: _running_sum(row[:bins]) for state, row in changes.items()}


def record_from(recorder: Recorder, **options: Any) -> Record:
    """Settle what a recorder has written down, at once; see `settling`."""
    work = settling(recorder, **options)
    while True:
        try:
            next(work)
        except StopIteration as done:
            record: Record = done.value
            return record


def settling(
    recorder: Recorder,
    *,
    title: str,
    blocking_s: float,
    watched: tuple[Watch, ...] = (),
    limit: Limit | None = None,
    synchronous: bool = False,
    include_library_tasks: bool = False,
) -> Generator[None, None, Record]:
    """Settle what a recorder has written down, in pieces of some 10 ms; its clock must have been stopped.

    Yields between the pieces, and returns the record.

    Raises:
        RuntimeError: while the block lasts.
    """
    begin_ns, end_ns = recorder.begin_ns, recorder.end_ns
    if end_ns is None:
        raise RuntimeError("the block has not ended yet: read its record after it")
    seen_ns = recorder.trouble_ns or end_ns
    excuse = Excuses(recorder)
    lanes: list[Lane] = []
    work = 0
    numbered: list[tuple[int, Marks]] = []
    for marks in recorder.marks:
        if include_library_tasks or not marks.from_library:
            numbered.append((len(lanes), marks))
            lanes.append(lane_from(marks, begin_ns=begin_ns, end_ns=seen_ns, blocking_s=blocking_s, excuse=excuse))
            work += 8 + len(marks.steps)
            if work > PIECE:
                work = 0
                yield
    idle = [
        ((max(start, begin_ns) - begin_ns) / 1e9, (min(end, end_ns) - begin_ns) / 1e9)
        for start, end in recorder.idle
        if end > begin_ns and start < end_ns
    ]
    makespan_s = (end_ns - begin_ns) / 1e9
    by_others = blockings_of_others(recorder, lanes, blocking_s, hidden=not include_library_tasks)
    yield
    aims, obstacles = settled(recorder.all_obstacles, numbered, begin_ns, seen_ns)
    return Record(
        title=title,
        makespan_s=makespan_s,
        lanes=tuple(lanes),
        idle=tuple(idle) if recorder.sees_idle else None,
        blocking_s=blocking_s,
        watched=watched,
        limit=limit,
        synchronous=synchronous,
        aims=aims,
        obstacles=obstacles,
        waits=tuple(_waits_of(recorder, lanes, numbered)),
        hidden=len(recorder.marks) - len(lanes),
        loop=loop_lane(by_others, blocking_s, makespan_s),
        missed=Missed(
            tasks=recorder.uncounted,
            merged=recorder.merged,
            aims=recorder.aims if recorder.aims >= _aims.MOST_AIMS else None,
            other_factory=recorder.other_factory,
            trouble=recorder.trouble,
            trouble_s=(seen_ns - begin_ns) / 1e9 if recorder.trouble else 0.0,
        ),
    )


def _waits_of(recorder: Recorder, lanes: Sequence[Lane], numbered: Sequence[tuple[int, Marks]]) -> Iterator[Wait]:
    number_of = {id(marks): number for number, marks in numbered}
    for since_ns, length_ns, marks, state, place in recorder.waits.found():
        number, end_ns = number_of.get(id(marks)), since_ns + length_ns
        if number is not None and end_ns > recorder.begin_ns:
            start_s, end_s = (max(0, ns - recorder.begin_ns) / 1e9 for ns in (since_ns, end_ns))
            yield Wait(lanes[number].name, number, start_s, end_s, state, place)


PIECE = 40_000  # items of steps: some 10 ms


def _filled(stretches: Sequence[tuple[float, float]], length_s: float, bins: int) -> list[float]:
    """Return how much of each bin the stretches fill, between 0 and 1."""
    filled = [0.0] * bins
    width = length_s / bins if length_s else 1.0
    for start, end in stretches:
        first, last = min(int(start / width), bins - 1), min(int(end / width), bins - 1)
        if first == last:
            filled[first] += end - start
            continue
        filled[first] += (first + 1) * width - start
        for index in range(first + 1, last):
            filled[index] += width
        filled[last] += end - last * width
    return [min(1.0, amount / width) for amount in filled]


def _running_sum(changes: Sequence[int]) -> list[int]:
    total, sums = 0, []
    for change in changes:
        total += change
        sums.append(total)
    return sums
