"""What is sent to the grader's process, and what comes back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from helpers.exercises.bench import Place
from helpers.exercises.evidence import BlockingCall, Open, Outcome, Raised
from helpers.exercises.exercise import FIRST, Takes
from helpers.timeline import Record

__all__ = ["FIRST", "Begun", "Done", "Ended", "Job", "Message", "StuckIn", "Unreadable"]

Stuck: TypeAlias = Literal["blocked", "spun"]


@dataclass(frozen=True)
class Job:
    """An answer and how to run it; `answer` and `runs` are pickles made by cloudpickle."""

    answer: bytes
    runs: bytes
    takes: Takes
    title: str
    places: Mapping[str, Place]
    deadline_s: float
    sources: Mapping[str, str]
    cwd: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """A run has begun, at this time of `time.perf_counter_ns`."""

    name: str
    at_ns: int


@dataclass(frozen=True)
class StuckIn:
    """Shortly before the deadline, the event loop's thread is stuck here."""

    how: Stuck
    line: tuple[int, str] | None


@dataclass
class Ended:
    """A run has ended, and this is what was seen of it."""

    name: str
    outcome: Outcome = "returned"
    end_ns: int = 0
    clock_begin_ns: int = 0
    clock_end_ns: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    starved_s: float = 0.0
    result: Any = None
    exception: Raised | None = None
    refusal: str = ""
    record: Record | None = None
    tasks_left: tuple[str, ...] = ()
    never_awaited: tuple[str, ...] = ()
    left_open: tuple[Open, ...] = ()
    blocking_calls: tuple[BlockingCall, ...] = ()
    threads_used: int = 0
    semaphores: tuple[int, ...] = ()
    threads_left: tuple[str, ...] = ()
    children_left: tuple[str, ...] = ()
    children: tuple[tuple[int, float], ...] = ()
    lost_errors: tuple[Raised, ...] = ()
    ignored_cancels: int = 0
    exit_status: int | None = None
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """The answer arrived, but could not be put together again."""

    why: str


@dataclass(frozen=True)
class Done:
    """All runs are over; the process ends."""


Message: TypeAlias = Begun | StuckIn | Ended | Unreadable | Done
