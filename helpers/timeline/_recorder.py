"""Write down what an event loop does, without a change to the code it runs.

While attached, some functions of the loop are replaced (see `_hooks` and `_loop_hooks`). Whatever fails in them is the
recorder's fault and not that of the code it watches: then it takes itself off, and says so (`trouble`).
"""

from __future__ import annotations

import asyncio
import copy
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType
from typing import Any

from . import _adopted, _aims, _bounds, _waits
from ._factory import FactoryHook
from ._hooks import Hook
from ._loop_hooks import hooks_for
from ._steps import Marks, clock
from .gauges import Gauge
from .names import clean
from .origin import package_of
from .states import State


def _no_aim(*_: object) -> None: ...


def body_name() -> str:
    """Return what the lane of the code inside the block is called: "this cell" in IPython, else "main"."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return "main" if get_ipython is None or get_ipython() is None else "this cell"


LongRun = tuple[int, int, str, str | None, Marks | None]
"""When a callback that took long began and ended, what it is called, where it stands ("file:line"), and the marks of
the task whose step it was."""


class Recorder:
    """The raw record of one block: a list of marks for each lane, and when the loop was idle.

    Nothing here keeps a task, a coroutine or a future alive.

    Args:
        blocking_s: what takes longer in one turn of the loop is never merged with others.
        last_s: what was over so long before the end is not kept.
    """

    # More than thirty attributes in a dictionary are slower to read, and some are read several times at each step.
    __slots__ = (
        "__weakref__",
        "_hooks",
        "aim",
        "aims",
        "all_obstacles",
        "begin_ns",
        "blocking_ns",
        "body",
        "body_step_ns",
        "by_task",
        "end_ns",
        "entered_again",
        "executors",
        "gauges",
        "idle",
        "idle_dropped",
        "last_ns",
        "last_select_ns",
        "long_runs",
        "loop",
        "making",
        "marks",
        "merged",
        "named",
        "obstacles",
        "older",
        "other_factory",
        "own_ns",
        "recording",
        "scheduled",
        "searches",
        "sees_callbacks",
        "sees_idle",
        "sees_steps",
        "step_ended_ns",
        "trouble",
        "trouble_ns",
        "uncounted",
        "waiting",
        "waits",
    )

    def __init__(self, blocking_s: float = 0.05, last_s: float | None = None) -> None:
        self.last_ns = None if last_s is None else round(last_s * 1e9)
        self.begin_ns = 0
        self.end_ns: int | None = None
        self.recording = True
        self.blocking_ns = round(blocking_s * 1e9) if blocking_s < 1e9 else 1 << 62
        self.marks: list[Marks] = []
        self.idle: list[tuple[int, int]] = []
        self.idle_dropped = 0  # stretches that are gone from the beginning of `idle`, where many were made few
        self.long_runs: list[LongRun] = []
        self.last_select_ns = 0
        self.step_ended_ns = 0  # when the last callback of this turn ended; 0 before the first
        self.entered_again: list[int] = []  # when the loop was run from inside a step, as `nest_asyncio` does
        self.gauges: list[Gauge] = []
        self.executors: dict[int, State] = {}  # by id of the future (see `reasons`); it goes when that is done
        self.obstacles: dict[int, _aims.Obstacle] = {}  # by the ids of what it is, and of what is done with it
        self.all_obstacles: list[_aims.Obstacle] = []
        # By id of the task that waits for a lock or a queue: since when, or for which.
        self.waiting: dict[int, _aims.Obstacle | int] = {}
        self.aim: Callable[[Marks, Any, object, int], None] = partial(_aims.aim, self)
        self.named: dict[int, str] = {}  # by id: what is watched, and has been given a name
        self.aims = self.searches = 0
        self.waits = _waits.Waits()
        self.own_ns = 0  # what it took to make lanes of tasks, in the steps that made them
        self.sees_idle = False
        self.sees_callbacks = False
        self.sees_steps = False
        self.uncounted = 0  # tasks that have no lane because there were too many
        self.merged = 0  # steps that were made fewer
        self.other_factory = False
        self.trouble: str | None = None
        self.trouble_ns = 0
        self.loop: asyncio.AbstractEventLoop | None = None  # None: a block of synchronous code
        self.by_task: dict[int, Marks] = {}
        self.older: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self.making: Marks | None = None  # of the task that is being made
        self.scheduled: dict[asyncio.Handle, Marks] = {}  # whose step each is that the loop is to run
        self.body: Marks | None = None
        self.body_step_ns: int | None = None
        self._hooks: list[Hook] = []

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to record `loop`, and the task that is running now as the body of the block."""
        self.loop = loop
        self.named.update((gauge.id, gauge.name) for gauge in self.gauges if gauge.name != gauge.kind)
        task = asyncio.current_task()
        self.older.update(asyncio.all_tasks(loop))
        self.body = Marks("body", body_name(), clock())
        if task is not None:
            self.older.discard(task)
            self.by_task[id(task)] = self.body
            self.body.task = weakref.ref(task)
        self._hooks += hooks_for(self, loop)
        _adopted.attached.add(self)
        if task is not None and any(hook.name == "_call_soon" for hook in self._hooks):
            self.marks.append(self.body)

    def start_clock(self) -> None:
        """Set the zero of the time axis: now."""
        self.sees_steps = self.body_step_ns is not None
        self.begin_ns = clock()
        why_not = None if self.sees_callbacks else "this event loop does not tell when a callback has run"
        if self.loop is None:
            why_not = "a block of synchronous code runs no event loop"
        for gauge in self.gauges:
            gauge.begin(self.begin_ns, why_not)

    def add_synchronous_block(self, outcome: BaseException | None) -> None:
        """Give a block without a loop and without spans the one lane that there is to see."""
        if not self.marks:
            body = Marks("body", body_name(), self.begin_ns)
            body.working = State.CALLING
            body.end(self.begin_ns, clock(), outcome)
            self.marks.append(body)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Give a stretch of synchronous code, in any thread, a lane of its own while the clock runs."""
        if self.begin_ns == 0 or self.end_ns is not None:
            yield
            return
        begin_ns, cpu_ns = clock(), time.thread_time_ns()
        marks = Marks("span", clean(str(name)), begin_ns)
        self.marks.append(marks)
        outcome: BaseException | None = None
        try:
            yield
        except BaseException as error:
            outcome = error
            raise
        finally:
            marks.cpu_ns = time.thread_time_ns() - cpu_ns
            marks.end(begin_ns, clock(), outcome)

    def add_span(self, name: str, begin_ns: int, end_ns: int, cpu_ns: int) -> None:
        """Give a lane to what ran elsewhere, while the clock runs."""
        if self.begin_ns != 0 and self.end_ns is None:
            marks = Marks("span", clean(str(name)), begin_ns)
            marks.cpu_ns = cpu_ns
            marks.end(begin_ns, end_ns, None)
            self.marks.append(marks)

    def fail(self, fault: Exception) -> None:
        """Take the recorder off, because it has failed, and keep what there is."""
        if self.recording:
            self.trouble_ns = clock()
            self.trouble = clean(f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__)
            self._take_off()

    def detach(self, outcome: BaseException | None = None) -> None:
        """Stop the clock, note how the body ended, and give the loop its own functions back."""
        self.end_ns = clock()
        if self.recording:
            self._end_body(outcome)
            self._search()
            self._wait_still()
        self._take_off()
        if self.last_ns is not None and self.end_ns - self.begin_ns > self.last_ns:
            self.begin_ns = self.end_ns - self.last_ns
            _bounds.forget(self, self.begin_ns)
        self._read_names()
        self.long_runs += _bounds.long_steps_of_libraries(self.marks, self.blocking_ns)
        self.by_task.clear()
        self.older.clear()
        self.obstacles.clear()
        self.waiting.clear()
        self.scheduled.clear()

    def snapshot(self) -> Recorder:
        """Return a recorder that has ended now, with what this one has written down; this one goes on."""
        taken = copy.copy(self)
        taken.waits = self.waits.copy()
        self._search()
        taken.end_ns = clock()
        taken._wait_still()
        taken.marks, taken.long_runs = self.marks.copy(), self.long_runs.copy()
        self._read_names()
        for gauge in taken.gauges:
            gauge.look()
        taken.long_runs += _bounds.long_steps_of_libraries(taken.marks, self.blocking_ns)
        if self.last_ns is not None:
            taken.begin_ns = max(self.begin_ns, taken.end_ns - self.last_ns)
        return taken

    def _take_off(self) -> None:
        self.recording = False
        self.aim = _no_aim  # the other one refers to this recorder, which would be kept until the next full collection
        for hook in reversed(self._hooks):
            self.other_factory |= isinstance(hook, FactoryHook) and hook.displaced
            hook.remove()
        self._hooks.clear()
        if self in _adopted.attached:
            _adopted.attached.discard(self)
            for other in asyncio.all_tasks(self.loop):
                if (marks := self.marks_of(other)) is not None:
                    _adopted.left[other] = marks
        for gauge in self.gauges:
            gauge.end()

    def marks_of(self, task: asyncio.Task[Any]) -> Marks | None:
        """Return the marks of a task that has a lane of its own and has not ended."""
        return None if self.executors.get(id(task)) is State.READY else self.by_task.get(id(task))

    def waited_long(self, marks: Marks, waiter: Any, since_ns: int, until_ns: int) -> None:
        """Note a wait that is one of the longest, while the waiter, a task or a coroutine, is still suspended in it."""
        if self.recording:
            try:
                coro_of = getattr(waiter, "get_coro", None)
                coro = waiter if coro_of is None else coro_of()
                self.waits.add(marks, coro, since_ns, until_ns)
            except Exception as fault:
                self.fail(fault)

    def _wait_still(self) -> None:
        """Note the waits that have not ended."""
        now_ns = self.end_ns or clock()
        for marks in self.marks:
            if marks.ended_ns is None and marks.steps and now_ns - marks.steps[-2] > self.waits.least_ns:
                task = None if marks.task is None else marks.task()
                if task is not None and marks is not self.body:
                    self.waited_long(marks, task, marks.steps[-2], now_ns)

    def _read_names(self) -> None:
        for marks in self.marks:
            if marks.ended_ns is None and marks.task is not None and marks.task() is not None:
                marks.read_name()

    def _search(self) -> None:
        """Find out who has what others still wait for."""
        try:
            _aims.search_all(self)
        except Exception as fault:
            self.fail(fault)

    def _end_body(self, outcome: BaseException | None) -> None:
        body = self.body
        if body is None or self.end_ns is None:
            return
        if self.body_step_ns is not None and body.task is not None and asyncio.current_task() is body.task():
            if self.last_select_ns > self.body_step_ns:
                self.entered_again.append(self.last_select_ns)
            body.end(self.body_step_ns, self.end_ns, outcome)
        elif not body.steps and body in self.marks:
            self.marks.remove(body)  # a loop of a kind that does not use `_call_soon`: nothing was seen

    def keep_within_bounds(self) -> None:
        """Make few of many where the record has grown long: called now and then, from a turn of the loop."""
        if self.last_ns is not None:
            _bounds.forget(self, clock() - self.last_ns)
        for gauge in self.gauges:
            gauge.keep_within_bounds(None if self.last_ns is None else clock() - self.last_ns)
        self.merged += _bounds.merge_steps(self.marks, self.blocking_ns)
        self.idle_dropped += _bounds.merge_idle(self.idle)

    def step_ran_long(self, begin_ns: int) -> None:
        """Note of a step that took longer than `blocking_s` whether the loop was run from inside it."""
        if self.last_select_ns > begin_ns:
            self.entered_again.append(self.last_select_ns)

    def ran_long(self, handle: asyncio.Handle, begin_ns: int, end_ns: int) -> None:
        """Note a callback that kept the loop for longer than `blocking_s`."""
        try:
            if self.last_select_ns > begin_ns:
                self.entered_again.append(self.last_select_ns)
            elif self.recording and self.step_ended_ns in (begin_ns, 0):  # else it was a step, or has run one
                self._ran_long(handle, begin_ns, end_ns)
        except Exception as fault:
            self.fail(fault)

    def _ran_long(self, handle: asyncio.Handle, begin_ns: int, end_ns: int) -> None:
        callback: Any = getattr(handle, "_callback", None)
        owner = getattr(callback, "__self__", None)
        if self.by_task.get(id(owner)) is None and begin_ns >= self.begin_ns:
            name, place = _called(callback, owner)
            self.long_runs.append((begin_ns, end_ns, name, place, None))


def _called(callback: Any, owner: Any) -> tuple[str, str | None]:
    """Return what a callback is called that the loop ran, and where its code stands."""
    coro = owner.get_coro() if isinstance(owner, asyncio.Task) else None
    protocol = getattr(owner, "_protocol", None)
    if protocol is not None and coro is None:  # a transport of asyncio's, which calls it
        return clean(f"a callback of {type(protocol).__name__}"), None
    function = coro or getattr(callback, "func", callback)  # of a `functools.partial`
    name = str(getattr(function, "__qualname__", None) or type(function).__name__).rpartition("<locals>.")[2]
    code = getattr(function, "cr_code", None) or getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return clean(f"{name}()"), None
    package = package_of(code.co_filename)
    return clean(f"{name}() of {package}" if package else f"{name}()"), f"{code.co_filename}:{code.co_firstlineno}"
