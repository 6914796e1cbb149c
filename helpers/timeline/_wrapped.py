"""The stopwatch inside a task: a coroutine wrapper that writes down its steps.

For tasks whose steps can't be timed from outside (see `_callbacks`): those of loops such as uvloop's, which run no
`asyncio.Handle`, and those that another factory makes, which may begin at once (eager tasks) or be of any kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any, Protocol

from ._aims import Obstacle
from ._steps import Marks, clock
from .origin import COROUTINES
from .reasons import reason_for
from .states import State


class Waits(Protocol):
    """The longest waits so far."""

    least_ns: int


class Ledger(Protocol):
    """Who keeps the marks: whether it still does, and which futures an executor fulfils."""

    recording: bool
    executors: dict[int, State]
    by_task: dict[int, Marks]
    waiting: dict[int, Obstacle | int]
    step_ended_ns: int

    @property
    def waits(self) -> Waits: ...

    def fail(self, fault: Exception) -> None:
        """Record no more: the recorder itself has failed, and what it watches must not."""

    aim: Callable[[Marks, Any, object, int], None]
    """Note whom a task waits for that has just suspended to wait for other tasks."""

    def waited_long(self, marks: Marks, coro: Any, since_ns: int, until_ns: int) -> None:
        """Note a wait that is one of the longest, while the coroutine is still suspended in it."""


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that times every step of the one inside it.

    A task drives it as it would drive the other: results, exceptions and cancellation pass unchanged. What can be
    seen of it: `task.get_coro()` returns it (`cr_*`, `__name__` and `__qualname__` are those of the coroutine
    inside), and a traceback has two frames more, which IPython folds away.
    """

    __slots__ = ("__weakref__", "_coro", "_ledger", "_marks")

    def __init__(self, coro: Any, marks: Marks, ledger: Ledger) -> None:
        self._coro = coro
        self._marks = marks
        self._ledger = ledger
        marks.wrapped = True

    # No `__next__`: a task would call that one, which is slower.

    def send(self, value: Any) -> Any:
        __tracebackhide__ = True
        return self._step(self._coro.send, value)

    def throw(self, *error: Any) -> Any:
        __tracebackhide__ = True
        return self._step(self._coro.throw, *error)

    def _step(self, go_on: Callable[..., Any], *args: Any) -> Any:
        __tracebackhide__ = True
        begin, marks, ledger = clock(), self._marks, self._ledger
        if marks.steps and begin - marks.steps[-2] > ledger.waits.least_ns:
            ledger.waited_long(marks, self._coro, marks.steps[-2], begin)
        try:
            awaited = go_on(*args)
        except BaseException as outcome:
            self._end(begin, outcome)
            raise
        end = clock()
        if ledger.recording:
            ledger.step_ended_ns = end
            try:
                reason = reason_for(self._coro, awaited, ledger.executors)
                marks.steps += marks.ready_ns, begin, end, reason
                if reason is State.LOCK:
                    task = asyncio.current_task() if marks.task is None else marks.task()
                    ledger.waiting[id(task)] = end
                elif reason is State.TASK:
                    ledger.aim(marks, self._coro, awaited, end)
            except Exception as fault:
                ledger.fail(fault)
        return awaited

    def close(self) -> None:
        self._coro.close()

    def _end(self, begin_ns: int, outcome: BaseException) -> None:
        ended_ns, ledger, marks = clock(), self._ledger, self._marks
        if ledger.recording:
            ledger.step_ended_ns = ended_ns
            try:
                task = asyncio.current_task() if marks.task is None else marks.task()
                if task is not None:
                    ledger.by_task.pop(id(task), None)
                    marks.name = task.get_name()
                marks.end(begin_ns, ended_ns, outcome)
                marks.task = None
            except Exception as fault:
                ledger.fail(fault)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Let a coroutine await it: some task factories put one around each that they are given."""
        return _Awaited(self)  # type: ignore[return-value]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coro, name)


class Within(Stepped):
    """One whose steps are those of the task that waits for it: until 3.11 `wait_for` runs its coroutine in a task.

    So `await asyncio.wait_for(fetch(), 5)` is the same lane on every Python.
    """

    __slots__ = ()

    def _end(self, begin_ns: int, outcome: BaseException) -> None:
        ended_ns = clock()
        if self._ledger.recording:
            self._ledger.step_ended_ns = ended_ns
            key = id(asyncio.current_task())
            self._ledger.by_task.pop(key, None)
            self._ledger.executors.pop(key, None)
            self._marks.steps += self._marks.ready_ns, begin_ns, ended_ns, State.READY


COROUTINES.update((Stepped, Within))


class _Awaited(Iterator[Any]):
    """What a coroutine drives that awaits a `Stepped`."""

    __slots__ = ("close", "send", "stepped", "throw")

    def __init__(self, stepped: Stepped) -> None:
        self.stepped = stepped
        self.send, self.throw, self.close = stepped.send, stepped.throw, stepped.close

    def __next__(self) -> Any:
        __tracebackhide__ = True
        return self.send(None)
