"""The level of what lives in this process, over time: a queue's length, a lock's holders, an executor's jobs.

What belongs to an event loop changes only while one of its callbacks runs. So it is read after each, and what is read
is kept where it has changed: nothing of the object is replaced, whatever its class does. An executor's jobs end in
other threads at any time: its `submit` is replaced while the block lasts, so that each job is seen to begin and end.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_right
from collections.abc import Callable, Sized
from concurrent.futures import Executor, Future
from typing import Any

from ._hooks import Hook
from ._steps import clock

Level = tuple[int, int]
"""How much of it there is (or, of a semaphore, how much is left), and how many wait for it."""
Thing = asyncio.Queue[Any] | asyncio.Semaphore | asyncio.Lock | asyncio.Condition | asyncio.Event | Executor
MOST_SAMPLES = 60_000


class Gauge:
    """Reads the level of one object as often as it is told to, and keeps what has changed.

    `samples` is flat: when, how much, how many wait. `measure` says what is measured: "length of".
    """

    def __init__(self, name: str, thing: Any) -> None:
        self.name = name
        self.kind, self.measure, make = _how(thing)
        self.samples: list[int] = []
        self.trouble: str | None = None
        self.dropped = 0  # items that are gone from the beginning, where many were made few
        self._thing: Any = thing
        self._read: Callable[[], Level] = make(thing)
        self._seen: Level | None = None

    @property
    def id(self) -> int:
        """The identity of the object, as long as it is watched."""
        return id(self._thing)

    @property
    def capacity(self) -> int | None:
        """How much of it there can be, if that is known."""
        thing = self._thing
        if self.kind == "Queue":
            return thing.maxsize if thing is not None and thing.maxsize > 0 else self._most
        if self.kind == "Semaphore":
            return max([getattr(thing, "_bound_value", 0), self._most or 0, *self.samples[1::3]])
        return None

    _most: int | None = None

    def begin(self, begin_ns: int, why_not: str | None) -> None:
        """Take the first reading; with `why_not` there will be none, and that is the reason."""
        self.trouble = why_not
        if why_not is None:
            self.look()
            self.samples[:1] = [begin_ns]

    def look(self) -> None:
        """Take a reading."""
        try:
            level = self._read()
        except Exception as fault:  # a class of somebody's own; the block goes on
            self.trouble = f"{type(fault).__name__}: {fault}"
            self._read = _nothing
            return
        if level != self._seen:
            self._seen = level
            self.samples += clock(), *level

    def end(self) -> None:
        """Take the last reading, and let go of the object."""
        if self._thing is not None:
            if self._seen is not None:
                self.look()
            self._most = self.capacity
            self._thing, self._read = None, _nothing

    def levels(self, first: int = 0) -> list[tuple[int, int, int]]:
        """Return (time, how much, how many wait) from the item `first` of the samples on."""
        whole = self.capacity if self.kind == "Semaphore" else None
        samples = iter(self.samples[first:])
        return [(ns, n if whole is None else whole - n, w) for ns, n, w in zip(samples, samples, samples, strict=False)]

    def keep_within_bounds(self, since_ns: int | None = None) -> None:
        """Drop what was over at a moment, and make one reading of two in the older half where there are too many."""
        over = 3 * (bisect_right(self.samples[::3], since_ns) - 1) if since_ns is not None else 0
        if over > 0:
            del self.samples[:over]
            self.dropped += over
        if len(self.samples) > 3 * MOST_SAMPLES:
            half = len(self.samples) // 12 * 6
            older = [self.samples[n : n + 3] for n in range(0, half, 6)]
            self.samples[:half] = [item for reading in older for item in reading]
            self.dropped += half // 2


class Jobs(Gauge):
    """What an executor works on, of what was submitted while the block lasts; told from any thread."""

    def __init__(self, name: str, executor: Executor) -> None:
        super().__init__(name, executor)
        self._workers: int | None = getattr(executor, "_max_workers", None)
        self._lock = threading.Lock()
        self._in_flight = 0
        self._hook: Hook | None = None

    @property
    def capacity(self) -> int | None:
        """How many workers it has at the most."""
        return self._workers

    def begin(self, begin_ns: int, why_not: str | None) -> None:
        """Replace `submit`, whatever the reason why others can't be read."""
        self.samples = [begin_ns, 0, 0]
        try:
            self._hook = Hook(self._thing, "submit", self._submit)
        except AttributeError:
            self.trouble = f"{type(self._thing).__name__} does not let its `submit` be replaced"

    def look(self) -> None:
        """Do nothing: whoever submits or ends a job notes it."""

    def end(self) -> None:
        """Give the executor its own `submit` back."""
        if self._hook is not None:
            self._hook.remove()
        self._hook = self._thing = None

    def _submit(self, hook: Hook) -> Callable[..., Any]:
        original: Callable[..., Future[Any]] = hook.previous

        def submit(function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
            future = original(function, *args, **options)
            if hook.active:
                self._count(1)
                future.add_done_callback(lambda _: self._count(-1) if hook.active else None)
            return future

        return submit

    def _count(self, change: int) -> None:
        with self._lock:
            self._in_flight += change
            working = min(self._in_flight, self._workers or self._in_flight)
            self.samples += clock(), working, self._in_flight - working


def gauge_of(name: str, thing: object) -> Gauge | None:
    """Return a gauge for what has a level; None for anything else."""
    if isinstance(thing, Executor):
        return Jobs(name, thing)
    return Gauge(name, thing) if isinstance(thing, tuple(kind for kind, *_ in _KINDS)) else None


def kind_of(thing: object) -> str | None:
    """Return what an object is called that has no name: "Queue"; None for what has no level."""
    return next((word for kind, word, *_ in _KINDS if isinstance(thing, kind)), None)


def _how(thing: object) -> tuple[str, str, Callable[[Any], Callable[[], Level]]]:
    return next((word, measure, make) for kind, word, measure, make in _KINDS if isinstance(thing, kind))


def _waiters(waiting: Sized | None) -> int:
    return len(waiting) if waiting else 0


def _queue(queue: Any) -> Callable[[], Level]:
    return lambda: (queue.qsize(), len(queue._getters) + len(queue._putters))


def _semaphore(semaphore: Any) -> Callable[[], Level]:
    return lambda: (semaphore._value, _waiters(semaphore._waiters))


def _lock(lock: Any) -> Callable[[], Level]:
    return lambda: (int(lock.locked()), _waiters(lock._waiters))


def _condition(condition: Any) -> Callable[[], Level]:
    lock = condition._lock
    return lambda: (int(lock.locked()), _waiters(lock._waiters) + _waiters(condition._waiters))


def _event(event: Any) -> Callable[[], Level]:
    return lambda: (1, 0) if event.is_set() else (0, _waiters(event._waiters))  # who was woken waits no more


def _nothing() -> Level:
    return 0, 0


_KINDS: tuple[tuple[type, str, str, Callable[[Any], Callable[[], Level]]], ...] = (
    (asyncio.Queue, "Queue", "length of", _queue),
    (asyncio.Semaphore, "Semaphore", "holders of", _semaphore),
    (asyncio.Lock, "Lock", "holders of", _lock),
    (asyncio.Condition, "Condition", "holders of", _condition),
    (asyncio.Event, "Event", "1 once set:", _event),
    (Executor, "Executor", "in flight at", lambda _: _nothing),
)
