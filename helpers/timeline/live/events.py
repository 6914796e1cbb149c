"""Transitions of lanes as bytes: from a time on, a lane is in a state.

Nine bytes each, as three columns in one buffer: the times (microseconds since the block began, 32 bits: 71 minutes),
the numbers of the lanes (32 bits), and codes (8 bits): the place of a state in `State`, or `ENDINGS_FROM` and the place
of an ending in `Ending`, or `NOTHING`. Numbers are little-endian on every platform that Python and a browser share.

The loop itself has the lane `LOOP_LANE`: `IDLE` from a time on, and `BUSY` from another.
"""

from __future__ import annotations

from array import array

from ..record import Record
from ..states import Ending, State

ENDINGS_FROM = 64
LOOP_LANE = 0xFFFF_FFFF
BUSY, IDLE = 0, 1
LAST_US = 0xFFFF_FFFF

NOTHING = 255  # there is nothing to see of the lane
CODES: dict[State | None, int] = {**{state: code for code, state in enumerate(State)}, None: NOTHING}
ENDING_CODES = {ending: ENDINGS_FROM + code for code, ending in enumerate(Ending)}


class Events:
    """Transitions in the order in which they are to be applied; those of one lane are in the order of time."""

    __slots__ = ("codes", "lanes", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.lanes: list[int] = []
        self.codes: list[int] = []

    def __len__(self) -> int:
        return len(self.times)

    def add(self, lane: int, time_us: int, code: int) -> None:
        """Say what a lane does from a time on; times before the block are its beginning."""
        self.times.append(min(max(time_us, 0), LAST_US))
        self.lanes.append(lane)
        self.codes.append(code)

    def packed(self) -> bytes:
        """Return the three columns, one after the other."""
        return array("I", self.times).tobytes() + array("I", self.lanes).tobytes() + bytes(self.codes)


def events_of(record: Record) -> Events:
    """Return everything that happened in a block that has ended."""
    events = Events()
    for number, lane in enumerate((*record.lanes, *record.of_loop)):
        at_s = 0.0
        for segment in lane.segments:
            if lane.kind == "loop" and segment.start_s > at_s:
                events.add(number, round(at_s * 1e6), NOTHING)
            at_s = segment.end_s
            events.add(number, round(segment.start_s * 1e6), CODES[segment.state])
        if lane.kind == "loop":
            events.add(number, round(at_s * 1e6), NOTHING)
        events.add(number, round(lane.ended_s * 1e6), ENDING_CODES[lane.ending])
    for start_s, end_s in record.idle or ():
        events.add(LOOP_LANE, round(start_s * 1e6), IDLE)
        events.add(LOOP_LANE, round(end_s * 1e6), BUSY)
    return events
