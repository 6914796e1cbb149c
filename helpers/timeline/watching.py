"""What a timeline watches beside the loop: services by their journals, and what has a level by a gauge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from .gauges import Gauge, Thing, gauge_of, kind_of
from .names import clean


class InFlight(Protocol):
    """What a journal must tell: how many requests were in flight, and how many were allowed to be."""

    @property
    def capacity(self) -> int | None: ...

    def in_flight(self) -> Sequence[tuple[int, int]]:
        """Return (`time.perf_counter_ns()`, number in flight from then on), oldest first."""
        ...


@runtime_checkable
class Watched(Protocol):
    """What has a name and keeps a journal, as services do."""

    @property
    def name(self) -> str: ...

    def journal(self, *, since_ns: int) -> InFlight: ...


Watchable = Sequence[Watched | Thing] | Mapping[str, Watched | Thing]
"""What `watch` takes: a list, or a dictionary that says what each is to be called."""

IN_FLIGHT = "in flight at"


@dataclass(frozen=True, slots=True)
class Watch:
    """How much there was of something while the block lasted, as (seconds, number from then on).

    Of a service it is what it had in flight. Of a queue its length, of a lock its holders...: `measure` and `kind` say
    which, and `waiting` has for each of the `steps` how many waited for it.
    """

    name: str
    steps: tuple[tuple[float, int], ...]
    capacity: int | None = None
    trouble: str | None = None
    waiting: tuple[int, ...] = ()
    kind: str = ""
    measure: str = IN_FLIGHT

    @property
    def peak_in_flight(self) -> int:
        """The most requests that the service had in flight, or the most that there was of it."""
        return max((count for _, count in self.steps), default=0)

    @property
    def most_waiting(self) -> int:
        """The most that waited for it at once."""
        return max(self.waiting, default=0)

    @property
    def top(self) -> int:
        """The highest that a picture of it must show: what there was with who waited, or what there could have been."""
        waiting = self.waiting or (0,) * len(self.steps)
        highest = (count + more for (_, count), more in zip(self.steps, waiting, strict=True))
        return max(*highest, self.capacity or 0, 1, 1)

    def until(self, until_s: float) -> Watch:
        """Return the beginning of it."""
        count = sum(time_s <= until_s for time_s, _ in self.steps)
        return replace(self, steps=self.steps[:count], waiting=self.waiting[:count])


def watchable(watch: Any) -> tuple[Watched | Gauge, ...]:
    """Return what can be watched of what was given, under its names.

    Raises:
        TypeError: when it is no list or dictionary, or something in it can't be watched.
    """
    if isinstance(watch, Mapping):
        pairs: list[tuple[str | None, Any]] = [*watch.items()]
        if wrong := [name for name, _ in pairs if not isinstance(name, str)]:
            raise TypeError(f'a dictionary for watch calls each by a text: {{"jobs": jobs}}; got {wrong[0]!r}')
    elif isinstance(watch, Sequence) and not isinstance(watch, str):
        pairs = [*zip(_names(watch), watch, strict=True)]
    else:
        raise TypeError(f'watch takes a list, such as watch=[api], or a dictionary: {{"jobs": jobs}}; got {watch!r}')
    return tuple(_watched(name, one) for name, one in pairs)


def _names(watch: Sequence[Any]) -> list[str | None]:
    """Return what each is called: a service by its own name (None here), others by their kind and perhaps a number."""
    kinds = [None if _has_journal(one) else kind_of(one) for one in watch]
    count, seen = Counter(kinds), Counter[str]()
    names: list[str | None] = []
    for kind in kinds:
        seen[kind or ""] += 1
        names.append(kind if kind is None or count[kind] == 1 else f"{kind} {seen[kind]}")
    return names


def _watched(name: str | None, one: Any) -> Watched | Gauge:
    if _has_journal(one):
        return one if name is None else _Named(clean(name), one)
    gauge = None if name is None else gauge_of(clean(name), one)
    if gauge is None:
        raise TypeError(
            "watch takes services, which have a name and a journal; an asyncio.Queue, Semaphore, Lock, Condition or "
            f"Event; and executors of concurrent.futures. Got {one!r}"
        )
    return gauge


def _has_journal(one: object) -> bool:
    return hasattr(one, "name") and hasattr(one, "journal")


class _Named:
    """A service by another name."""

    def __init__(self, name: str, service: Watched) -> None:
        self.name = name
        self.journal = service.journal


def watch(watched: Watched | Gauge, *, begin_ns: int, end_ns: int) -> Watch:
    """Ask a service for its journal of the block, or a gauge; one that can't answer leaves its reason."""
    if isinstance(watched, Gauge):
        return _of_gauge(watched, begin_ns, end_ns)
    try:
        journal = watched.journal(since_ns=begin_ns)
        steps, capacity = list(journal.in_flight()), journal.capacity
    except Exception as error:  # a picture must not take the learner's result away
        return Watch(watched.name, (), trouble=f"{type(error).__name__}: {error}")
    before = [count for time_ns, count in steps if time_ns <= begin_ns]
    inside = [((time_ns - begin_ns) / 1e9, count) for time_ns, count in steps if begin_ns < time_ns <= end_ns]
    first = before[-1] if before else 0
    return Watch(watched.name, ((0.0, first), *inside), capacity=capacity)


def _of_gauge(gauge: Gauge, begin_ns: int, end_ns: int) -> Watch:
    levels = [(max(ns, begin_ns), count, waiting) for ns, count, waiting in gauge.levels() if ns <= end_ns]
    return Watch(
        gauge.name,
        tuple(((ns - begin_ns) / 1e9, count) for ns, count, _ in levels),
        gauge.capacity,
        gauge.trouble,
        tuple(waiting for _, _, waiting in levels),
        gauge.kind,
        gauge.measure,
    )
