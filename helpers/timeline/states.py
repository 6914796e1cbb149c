"""What a lane can be doing at one moment, and how it can end; and how a length of time is said."""

from __future__ import annotations

from enum import StrEnum

_WAITING = "waiting: "


class State(StrEnum):
    """What a task, the body of a block, or a span is doing; the value is the word shown to the learner."""

    NOT_STARTED = "not started yet"
    RUNNING = "running"
    BLOCKING = "blocking the loop"
    READY = "ready, but the loop is busy"
    NETWORK = "waiting: network"
    TIMER = "waiting: timer"
    LOCK = "waiting: lock or queue"
    THREAD = "waiting: thread"
    PROCESS = "waiting: process"
    TASK = "waiting: another task"
    OTHER = "waiting: other"
    CALLING = "in synchronous code"

    is_waiting: bool
    """Whether the lane has handed the event loop back and needs something before it can go on."""

    def __init__(self, word: str) -> None:
        self.is_waiting = word.startswith(_WAITING)  # an attribute: it is asked for at every step of every lane

    code: int
    """Its place among the states."""


for _code, _state in enumerate(State):
    _state.code = _code


class Ending(StrEnum):
    """How a lane ended; the value is the word shown to the learner."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNFINISHED = "still running at the end"


def duration(seconds: float) -> str:
    """Return a time as people say it: "12 µs", "4.2 ms", "105 ms", "2.07 s"."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.01:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.2f} s"
