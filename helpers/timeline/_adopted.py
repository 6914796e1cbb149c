"""Tasks that no factory of ours has made: the block's own, those of another factory, and `asyncio.Task(coro)`.

Their steps are timed from outside: the callback with which the loop starts a step is replaced by one that times it.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from inspect import CORO_CREATED, getcoroutinestate
from typing import Any, Protocol

from ._steps import Marks, Stepped, Waits, clock
from .names import call_of, called, function_of
from .origin import COROUTINES, is_library_file, learners_part, made_by_library
from .reasons import reason_for
from .states import State

_known: weakref.WeakKeyDictionary[asyncio.Task[Any], Marks] = weakref.WeakKeyDictionary()


class Owner(Protocol):
    """The recorder, as far as a step needs it."""

    recording: bool
    executors: dict[int, State]
    by_task: dict[int, Marks]
    body_step_ns: int | None
    step_ended_ns: int
    aim: Callable[[Marks, Any, object, int, State], None]

    def fail(self, fault: Exception) -> None:
        """Record no more."""

    @property
    def waits(self) -> Waits: ...

    def waited_long(self, marks: Marks, coro: Any, since_ns: int, until_ns: int) -> None:
        """Note a wait that is one of the longest."""


def marks_for(task: asyncio.Task[Any], depth: int) -> Marks:
    """Return marks for a task that is seen for the first time, `depth` frames below the code that made it."""
    coro: Any = task.get_coro()
    if type(coro) not in COROUTINES:
        marks = Marks("task", call_of(coro), clock(), made_by_library(depth + 1, None), adopted=True)
    else:
        coro = learners_part(coro)
        function = function_of(coro)
        # Of one that has begun it can't be told who made it, and with what: its variables may have changed.
        fresh = getcoroutinestate(coro) == CORO_CREATED
        name, values = called(function, coro) if fresh else (_function_of(coro), ())
        by_library = made_by_library(depth + 1, function.code) if fresh else function.is_library
        marks = Marks("task", name, clock(), by_library, adopted=True)
        marks.code, marks.values = function.code, values
    _known[task] = marks
    return marks


def _function_of(coro: Any) -> str:
    return str(getattr(coro, "__name__", None) or type(coro).__name__)


class TimedStep:
    """One step of an adopted task.

    `__self__` is the task, as in the callback inside: a timeline around this one looks for it.
    """

    __slots__ = ("__self__", "_callback", "_marks", "_owner", "_ready_ns")

    def __init__(self, owner: Owner, marks: Marks, task: asyncio.Task[Any], callback: Callable[..., Any]) -> None:
        self.__self__ = task
        self._owner = owner
        self._marks = marks
        self._callback = callback
        self._ready_ns = clock()

    def __call__(self, *args: Any) -> None:
        marks, owner = self._marks, self._owner
        marks.ready_ns = self._ready_ns
        if marks.kind == "body":
            owner.body_step_ns = clock()
        begin_ns = clock()
        if marks.steps and begin_ns - marks.steps[-2] > owner.waits.least_ns:
            owner.waited_long(marks, self.__self__.get_coro(), marks.steps[-2], begin_ns)
        try:
            self._callback(*args)
        finally:
            if owner.recording:
                try:
                    self._end(begin_ns, clock())
                except Exception as fault:
                    owner.fail(fault)
            del self  # an exception's traceback keeps this frame, and the task must not be kept with it

    def _end(self, begin_ns: int, end_ns: int) -> None:
        marks, owner, task = self._marks, self._owner, self.__self__
        owner.step_ended_ns = end_ns
        if marks.kind == "body":
            owner.body_step_ns = None
        if not task.done():
            reason = reason_for(task.get_coro(), getattr(task, "_fut_waiter", None), owner.executors)
            marks.steps += self._ready_ns, begin_ns, end_ns, reason
            if reason is State.LOCK or reason is State.TASK:
                owner.aim(marks, task.get_coro(), getattr(task, "_fut_waiter", None), end_ns, reason)
        elif marks.kind == "body":  # the block is left in another task than the one that entered it
            marks.end(begin_ns, end_ns, None)
        else:
            owner.by_task.pop(id(task), None)
            marks.read_name()
            # Not `exception()`: then asyncio would no longer tell that nobody has asked for it.
            outcome = asyncio.CancelledError() if task.cancelled() else task._exception
            marks.end(begin_ns, end_ns, outcome)


def lane_name_of(task: asyncio.Task[Any]) -> str | None:
    """Return the name of the lane of a task that was made in a timeline's block.

    None for a task made elsewhere, and for one that a library started for itself.
    """
    made = task.get_coro()
    marks = made._marks if type(made) is Stepped else _known.get(task)
    return None if marks is None or marks.from_library else marks.lane_name


def learners_name_of(task: asyncio.Task[Any]) -> str | None:
    """Return what a task would be called whose coroutine is the learner's own code, whoever made it; else None."""
    made: Any = task.get_coro()
    if type(made) not in COROUTINES:
        return None
    coro = learners_part(made)
    return None if is_library_file(coro.cr_code.co_filename) else f"{_function_of(coro)}()"
