"""What a lane can be doing at one moment, and how it can end."""

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
