"""What is sent to the grader's process, and what comes back from it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from helpers.exercises.bench import Place
from helpers.exercises.evidence import BlockingCall, Open, Outcome, Raised
from helpers.exercises.exercise import FIRST, Takes
from helpers.timeline import Record

__all__ = ["FIRST", "Begun", "Done", "Ended", "Garbled", "Job", "Message", "Over", "StuckIn", "Unreadable", "received"]

Stuck: TypeAlias = Literal["blocked", "spun"]


@dataclass(frozen=True)
class Job:
    """An answer and how to run it.

    `answer` is what `travel.pack` has made, `runs` a pickle; `names` are those that the answer's functions could use.
    """

    answer: bytes
    runs: bytes
    takes: Takes
    title: str
    places: Mapping[str, Place]
    deadline_s: float
    sources: Mapping[str, str]
    names: tuple[str, ...]
    cwd: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """A run has begun, at this time of `time.perf_counter_ns`, when so much of the deadline was used up."""

    name: str
    at_ns: int
    used_s: float = 0.0


@dataclass(frozen=True)
class Over:
    """A run has ended; what is looked at now is not on the answer's deadline."""

    name: str


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
    turn_cpu_s: float = 0.0
    starved_s: float = 0.0
    most_starved_s: float = 0.0
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
    threads_idle: tuple[str, ...] = ()
    children_left: tuple[str, ...] = ()
    children: tuple[tuple[int, float], ...] = ()
    lost_errors: tuple[Raised, ...] = ()
    callback_errors: tuple[Raised, ...] = ()
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


@dataclass(frozen=True)
class Garbled:
    """What came from the process is no message of ours: something else has written there."""


Message: TypeAlias = Begun | Over | StuckIn | Ended | Unreadable | Done | Garbled
_OURS = ("helpers.exercises.job", "helpers.exercises.evidence")
_RECORDS = "helpers.timeline."
_BUILTINS = frozenset({"complex", "set", "frozenset", "bytearray"})


class _Reader(pickle.Unpickler):
    """Reads messages and nothing else: whoever can write into the report must not be able to run code in the kernel."""

    def find_class(self, module: str, name: str) -> Any:
        known = module in _OURS or module.startswith(_RECORDS) or (module == "builtins" and name in _BUILTINS)
        if not known or not isinstance(found := super().find_class(module, name), type):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a report")
        return found


def received(data: bytes) -> Message:
    """Return the message that these bytes are; `Garbled`, when they are none."""
    try:
        message = _Reader(io.BytesIO(data)).load()
    except Exception:  # bytes that anybody may have written can raise anything
        return Garbled()
    return message if isinstance(message, (Begun, Over, StuckIn, Ended, Unreadable, Done)) else Garbled()
