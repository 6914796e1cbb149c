"""The stopwatch on a task: what one lane has done so far, and the coroutine wrapper that writes it down."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable, Coroutine, Generator, Iterator
from types import CodeType
from typing import Any, Literal, Protocol

from .names import clean, functions, written
from .origin import COROUTINES, package_of
from .reasons import reason_for
from .states import Ending, State

Kind = Literal["body", "task", "span", "loop"]
clock = time.perf_counter_ns
Step = tuple[int | None, int, int, State]
"""When the loop was told that the task could go on (None: not seen), when the step began and ended, and what the
task has waited for since."""


class Marks:
    """What one lane has done so far, written by the thread that does it.

    `steps` is flat, four items a step: a tuple each would be one more thing for gc to visit. `dropped` items are gone
    from its beginning, where many were made few. `nested` are the first steps of eager tasks, inside one of the steps.
    `aims` has for each wait for tasks, or for a lock or queue, when it began and whom it is for (see `_aims`). The
    steps of what is `adopted` are timed from outside. Of a task whose `code` is known, `call` is the name of the
    function and `values` are its arguments (see `names.called`), else it is the whole.
    """

    # Defaults of the class, and no slots: to make one for each task takes half the time.
    name: str | None = None
    code: CodeType | None = None
    values: tuple[object, ...] = ()
    task: weakref.ref[asyncio.Task[Any]] | None = None
    working = State.RUNNING
    dropped = 0
    nested: list[tuple[int, int]] | None = None
    ended_ns: int | None = None
    ending: Ending | None = None
    error: str | None = None
    cpu_ns: int | None = None
    aims: list[Any] | None = None

    def __init__(
        self,
        kind: Kind,
        call: str,
        created_ns: int,
        from_library: bool = False,
        adopted: bool = False,
    ) -> None:
        self.kind: Kind = kind
        self.call = call
        self.created_ns = created_ns
        self.from_library = from_library
        self.adopted = adopted
        self.ready_ns: int | None = None
        self.steps: list[Any] = []
        if kind == "span":
            self.working = State.CALLING

    @property
    def lane_name(self) -> str:
        """The task's own name if it was given one, otherwise the call that made it; a span's is what it was given."""
        name = self.name
        # CPython 3.13.0 names a task "None" where a factory is set, anyio "module.function".
        automatic = name is None or name == "None" or (name.startswith("Task-") and name[5:].isdecimal())
        if automatic or name is None or (self.code is not None and name.endswith(f".{self.code.co_qualname}")):
            function = None if self.code is None else functions.get(id(self.code))
            name = self.call if function is None else written(self.call, self.values, function)
        return clean(name)

    @property
    def place(self) -> str | None:
        """Where the function of the task stands, "file:line"."""
        return None if self.code is None else f"{self.code.co_filename}:{self.code.co_firstlineno}"

    @property
    def name_in_library(self) -> str:
        """What the task of a library is called where it has no lane: "start() of aiohttp"."""
        package = "" if self.code is None else package_of(self.code.co_filename)
        return f"{self.lane_name} of {package}" if package else self.lane_name

    def each_step(self) -> Iterator[Step]:
        """Yield the steps so far."""
        items = iter(self.steps)
        return zip(items, items, items, items, strict=False)

    def end(self, begin_ns: int, ended_ns: int, outcome: BaseException | None) -> None:
        """Note the last step, and how it ended."""
        self.steps += self.ready_ns, begin_ns, ended_ns, _RUNNING
        if type(outcome) is StopIteration or outcome is None:
            self.ending = _DONE
        elif isinstance(outcome, asyncio.CancelledError):
            self.ending = Ending.CANCELLED
        elif not isinstance(outcome, StopIteration):
            self.ending = Ending.FAILED
            self.error = clean(type(outcome).__name__)
        else:
            self.ending = _DONE
        self.ended_ns = ended_ns  # last: a reader in another thread takes it for the sign that all of it is there

    def read_name(self) -> None:
        """Note what the task is called now: it may be given a name at any time."""
        task = asyncio.current_task() if self.task is None else self.task()
        name_of = getattr(task, "get_name", None)
        if name_of is not None:
            self.name = name_of()


_NEVER = 1 << 62
_RUNNING, _LOCK, _TASK, _DONE = State.RUNNING, State.LOCK, State.TASK, Ending.DONE


class Waits(Protocol):
    """The longest waits so far."""

    least_ns: int


class Ledger(Protocol):
    """Who keeps the marks: whether it still does, and which futures an executor fulfils."""

    recording: bool
    executors: dict[int, State]
    by_task: dict[int, Marks]
    step_ended_ns: int

    @property
    def waits(self) -> Waits: ...

    def fail(self, fault: Exception) -> None:
        """Record no more: the recorder itself has failed, and what it watches must not."""

    aim: Callable[[Marks, Any, object, int, State], None]
    """Note whom a task waits for that has just suspended."""

    def waited_long(self, marks: Marks, coro: Any, since_ns: int, until_ns: int) -> None:
        """Note a wait that is one of the longest, while the coroutine is still suspended in it."""


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that times every step of the one inside it.

    A task drives it as it would drive the other: results, exceptions and cancellation pass unchanged. What can be
    seen of it: `task.get_coro()` returns it (`cr_*`, `__name__` and `__qualname__` are those of the coroutine
    inside), and a traceback has one frame more, which IPython folds away.
    """

    __slots__ = ("__weakref__", "_coro", "_ledger", "_marks", "_send", "_since", "_steps", "_waits")

    def __init__(self, coro: Any, marks: Marks, ledger: Ledger) -> None:
        self._coro = coro
        self._send = coro.send
        self._marks = marks
        self._steps = marks.steps
        self._ledger = ledger
        self._waits = ledger.waits
        self._since = _NEVER

    # `send` and `throw` say the same twice: one more call would cost 0.1 µs a step. No `__next__`: a task would call
    # that one, which is slower.

    def send(self, value: Any) -> Any:
        __tracebackhide__ = True
        begin = clock()
        if begin - self._since > self._waits.least_ns:
            self._ledger.waited_long(self._marks, self._coro, self._since, begin)
        try:
            awaited = self._send(value)
        except BaseException as outcome:
            self._end(begin, outcome)
            raise
        end, ledger = clock(), self._ledger
        if ledger.recording:
            ledger.step_ended_ns = self._since = end
            try:
                steps, reason = self._steps, reason_for(self._coro, awaited, ledger.executors)
                steps += self._marks.ready_ns, begin, end, reason
                if reason is _LOCK or reason is _TASK:
                    ledger.aim(self._marks, self._coro, awaited, end, reason)
            except Exception as fault:
                ledger.fail(fault)
        return awaited

    def throw(self, *error: Any) -> Any:
        __tracebackhide__ = True
        begin = clock()
        if begin - self._since > self._waits.least_ns:
            self._ledger.waited_long(self._marks, self._coro, self._since, begin)
        try:
            awaited = self._coro.throw(*error)
        except BaseException as outcome:
            self._end(begin, outcome)
            raise
        end, ledger = clock(), self._ledger
        if ledger.recording:
            ledger.step_ended_ns = self._since = end
            try:
                steps, reason = self._steps, reason_for(self._coro, awaited, ledger.executors)
                steps += self._marks.ready_ns, begin, end, reason
                if reason is _LOCK or reason is _TASK:
                    ledger.aim(self._marks, self._coro, awaited, end, reason)
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
            self._ledger.by_task.pop(id(asyncio.current_task()), None)
            self._steps += self._marks.ready_ns, begin_ns, ended_ns, State.READY


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
