"""How many lanes of a timeline ran at the same moment: what 01 asks its reader to guess."""

from __future__ import annotations

from helpers.timeline import Timeline
from helpers.timeline.states import State

_ON_THE_LOOP = (State.RUNNING, State.BLOCKING)


def most_running(timeline: Timeline) -> int:
    """Return in how many lanes code of the event loop ran at one moment, at the most; 0 where none ran."""
    changes = [
        change
        for lane in timeline.lanes
        for segment in lane.segments
        if segment.state in _ON_THE_LOOP
        for change in ((segment.start_s, 1), (segment.end_s, -1))
    ]
    running = most = 0
    for _, change in sorted(changes):  # at the same moment an end comes before a start
        running += change
        most = max(most, running)
    return most
