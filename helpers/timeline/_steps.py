"""The stopwatch on a task: what one lane has done so far, and the coroutine wrapper that writes it down."""

from __future__ import annotations

import asyncio
import re
import time
import weakref
from collections.abc import Coroutine, Generator, Iterator
from typing import Any, Literal, Protocol

from .names import Call
from .reasons import reason_for
from .states import Ending, State

Kind = Literal["body", "task", "span"]
clock = time.perf_counter_ns
Step = tuple[int | None, int, int, State]
"""When the loop was told that the task could go on (None: not seen), when the step began and ended, and what the
task has waited for since."""


_AUTOMATIC = re.compile(r"Task-\d+|None")  # CPython 3.13.0 names a task "None" where a factory is set


class Marks:
    """What one lane has done so far, written by the thread that does it."""

    __slots__ = (
        "call",
        "cpu_ns",
        "created_ns",
        "ended_ns",
        "ending",
        "error",
        "from_library",
        "kind",
        "name",
        "nested",
        "ready_ns",
        "steps",
        "task",
        "working",
    )

    def __init__(self, kind: Kind, call: Call | str, created_ns: int, *, from_library: bool = False) -> None:
        self.kind: Kind = kind
        self.call = call
        self.working = State.CALLING if kind == "span" else State.RUNNING
        self.created_ns = created_ns
        self.from_library = from_library
        self.name: str | None = None
        self.task: weakref.ref[asyncio.Task[Any]] | None = None
        self.ready_ns: int | None = None
        self.steps: list[Any] = []  # flat, four items a step: a tuple each would be one more thing for gc to visit
        self.nested: list[tuple[int, int]] = []  # first steps of eager tasks, inside one of the steps
        self.ended_ns: int | None = None
        self.ending: Ending | None = None
        self.error: str | None = None
        self.cpu_ns: int | None = None

    @property
    def lane_name(self) -> str:
        """The task's own name if it was given one, otherwise the call that made it; a span's is what it was given."""
        given = self.name is not None and _AUTOMATIC.fullmatch(self.name) is None
        return self.name if given and self.name is not None else str(self.call)

    def each_step(self) -> Iterator[Step]:
        """Yield the steps so far."""
        items = iter(self.steps)
        return zip(items, items, items, items, strict=False)

    def end(self, begin_ns: int, ended_ns: int, outcome: BaseException | None) -> None:
        """Note the last step, and how it ended."""
        self.steps += self.ready_ns, begin_ns, ended_ns, State.RUNNING
        if outcome is None or isinstance(outcome, StopIteration):
            self.ending = Ending.DONE
        elif isinstance(outcome, asyncio.CancelledError):
            self.ending = Ending.CANCELLED
        else:
            self.ending = Ending.FAILED
            self.error = type(outcome).__name__
        self.ended_ns = ended_ns  # last: a reader in another thread takes it for the sign that all of it is there


class Ledger(Protocol):
    """Who keeps the marks: it knows whether the block still lasts, and which futures an executor fulfils."""

    end_ns: int | None
    executors: dict[int, State]


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that times every step of the one inside it.

    A task drives it as it would drive the other: results, exceptions and cancellation pass unchanged. What can be
    seen of it: `task.get_coro()` returns it (`cr_*`, `__name__` and `__qualname__` are those of the coroutine
    inside), and a traceback has one frame more, which IPython folds away.
    """

    __slots__ = ("__weakref__", "_coro", "_ledger", "_marks", "_send", "_steps", "_throw")

    def __init__(self, coro: Any, marks: Marks, ledger: Ledger) -> None:
        self._coro = coro
        self._send = coro.send
        self._throw = coro.throw
        self._marks = marks
        self._steps = marks.steps
        self._ledger = ledger

    # `send` and `throw` say the same twice: one more call would cost 0.1 µs a step. No `__next__`: a task would call
    # that one, which is slower.

    def send(self, value: Any) -> Any:
        __tracebackhide__ = True
        begin = clock()
        try:
            awaited = self._send(value)
        except BaseException as outcome:
            self._end(begin, outcome)
            raise
        end, ledger = clock(), self._ledger
        if ledger.end_ns is None:
            steps = self._steps
            steps += self._marks.ready_ns, begin, end, reason_for(self._coro, awaited, ledger.executors)
        return awaited

    def throw(self, *error: Any) -> Any:
        __tracebackhide__ = True
        begin = clock()
        try:
            awaited = self._throw(*error)
        except BaseException as outcome:
            self._end(begin, outcome)
            raise
        end, ledger = clock(), self._ledger
        if ledger.end_ns is None:
            steps = self._steps
            steps += self._marks.ready_ns, begin, end, reason_for(self._coro, awaited, ledger.executors)
        return awaited

    def close(self) -> None:
        self._coro.close()

    def _end(self, begin_ns: int, outcome: BaseException) -> None:
        ended_ns = clock()
        if self._ledger.end_ns is None:
            name_of = getattr(asyncio.current_task(), "get_name", None)
            self._marks.name = None if name_of is None else name_of()
            self._marks.end(begin_ns, ended_ns, outcome)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Let a coroutine await it: some task factories put one around each that they are given."""
        return _Awaited(self)  # type: ignore[return-value]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coro, name)


def lane_name_of(task: asyncio.Task[Any]) -> str | None:
    """Return the name of the lane of a task that was made in a timeline's block.

    None for a task made elsewhere, and for one that a library started for itself.
    """
    made = task.get_coro()
    return made._marks.lane_name if isinstance(made, Stepped) and not made._marks.from_library else None


class _Awaited(Iterator[Any]):
    """What a coroutine drives that awaits a `Stepped`."""

    __slots__ = ("close", "send", "stepped", "throw")

    def __init__(self, stepped: Stepped) -> None:
        self.stepped = stepped
        self.send, self.throw, self.close = stepped.send, stepped.throw, stepped.close

    def __next__(self) -> Any:
        __tracebackhide__ = True
        return self.send(None)
