"""Write down what an event loop does, without a change to the code it runs.

While attached, four functions of the loop are replaced (see `_hooks`): the task factory, to wrap each new task's
coroutine; `_call_soon`, to learn when a task could go on, and to see the steps of the task that runs the block
itself, which is older than the factory; `run_in_executor`, to tell a thread from a process; and the selector's
`select`, in which the loop is idle. A loop that allows no replacement of a method (uvloop) is recorded without it.

`_call_soon` and not `call_soon`, which hands every callback on to it: three plain arguments cost 0.7 µs a step less
than a variable number of them.
"""

from __future__ import annotations

import asyncio
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ._hooks import Hook, TaskFactoryHook
from ._steps import Marks, Stepped, clock
from .names import call_of
from .origin import made_by_library
from .reasons import reason_for
from .states import State


def body_name() -> str:
    """Return what the lane of the code inside the block is called: "this cell" in IPython, else "main"."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return "main" if get_ipython is None or get_ipython() is None else "this cell"


class Recorder:
    """The raw record of one block: a list of marks for each lane, and when the loop was idle.

    Nothing here keeps a task, a coroutine or a future alive.
    """

    def __init__(self) -> None:
        self.begin_ns = 0
        self.end_ns: int | None = None
        self.marks: list[Marks] = []
        self.idle: list[tuple[int, int]] = []
        self.executors: dict[int, State] = {}  # by id of the future; an entry goes when its future is done
        self.sees_idle = False
        self.loop: asyncio.AbstractEventLoop | None = None  # None: a block of synchronous code
        self._hooks: list[Hook] = []
        self._by_task: dict[int, Marks] = {}
        self._body: Marks | None = None
        self._body_task: asyncio.Task[Any] | None = None
        self._body_step_ns: int | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to record `loop`, and the task that is running now as the body of the block."""
        self.loop = loop
        self._hooks.append(TaskFactoryHook(loop, self._task_factory))
        self._body_task = asyncio.current_task()
        self._body = Marks("body", body_name(), clock())
        if self._try_hook(loop, "_call_soon", self._call_soon) and self._body_task is not None:
            self.marks.append(self._body)
            self._by_task[id(self._body_task)] = self._body
        self._try_hook(loop, "run_in_executor", self._run_in_executor)
        selector = getattr(loop, "_selector", None)
        if selector is not None:
            self.sees_idle = self._try_hook(selector, "select", self._select)

    def start_clock(self) -> None:
        """Set the zero of the time axis: now."""
        self.begin_ns = clock()

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
        marks = Marks("span", name, begin_ns)
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
            marks = Marks("span", name, begin_ns)
            marks.cpu_ns = cpu_ns
            marks.end(begin_ns, end_ns, None)
            self.marks.append(marks)

    def detach(self, outcome: BaseException | None = None) -> None:
        """Stop the clock, note how the body ended, and give the loop its own functions back."""
        self.end_ns = clock()
        for hook in reversed(self._hooks):
            hook.remove()
        self._hooks.clear()
        self._end_body(outcome)
        for marks in self.marks:
            name_of = getattr(None if marks.task is None else marks.task(), "get_name", None)
            if name_of is not None:
                marks.name = name_of()
        self._body_task = None
        self._by_task.clear()

    def _end_body(self, outcome: BaseException | None) -> None:
        body = self._body
        if body is None or self.end_ns is None:
            return
        if self._body_step_ns is not None:
            body.end(self._body_step_ns, self.end_ns, outcome)
        elif not body.steps and body in self.marks:
            self.marks.remove(body)  # a loop of a kind that does not use `_call_soon`: nothing was seen

    def _try_hook(self, owner: Any, name: str, make: Callable[[Hook], Callable[..., Any]]) -> bool:
        try:
            self._hooks.append(Hook(owner, name, make))
        except AttributeError:
            return False
        return True

    def _task_factory(self, hook: Hook) -> Callable[..., Any]:
        marks_list, by_task, marks_of = self.marks, self._by_task, self._by_task.get

        def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
            make = hook.previous or _plain_task
            if not hook.active or self.begin_ns == 0 or not asyncio.iscoroutine(coro):
                return make(loop, coro, **options)  # before the block; after it; or what a task will refuse
            code = getattr(coro, "cr_code", None)
            marks = Marks("task", call_of(coro), clock(), from_library=made_by_library(1, code))
            marks_list.append(marks)
            try:
                task = make(loop, Stepped(coro, marks, self), **options)
            except BaseException:
                marks_list.remove(marks)
                raise
            key = id(task)
            by_task[key] = marks
            marks.task = weakref.ref(task, lambda _: by_task.pop(key, None))
            if marks.steps and (creator := marks_of(id(asyncio.current_task()))) is not None:
                creator.nested.append((marks.steps[1], marks.steps[2]))  # an eager task: it has begun in here
            return task

        return factory

    def _call_soon(self, hook: Hook) -> Callable[..., Any]:
        original: Callable[..., asyncio.Handle] = hook.previous
        body, marks_of = self._body, self._by_task.get

        def call_soon(callback: Any, args: Any, context: Any) -> asyncio.Handle:
            owner: Any = getattr(callback, "__self__", None)
            if (marks := marks_of(id(owner))) is not None:
                if marks is body:
                    callback = _BodyStep(self, owner, callback)
                else:
                    marks.ready_ns = clock()
            return original(callback, args, context)

        return call_soon

    def _run_in_executor(self, hook: Hook) -> Callable[..., Any]:
        original, executors = hook.previous, self.executors

        def run_in_executor(executor: Any, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
            future: asyncio.Future[Any] = original(executor, function, *args)
            if hook.active:
                key = id(future)
                executors[key] = _kind_of(executor)
                future.add_done_callback(lambda _: executors.pop(key, None))
            return future

        return run_in_executor

    def _select(self, hook: Hook) -> Callable[..., Any]:
        original, idle = hook.previous, self.idle

        def select(timeout: float | None = None) -> Any:
            if not hook.active or (timeout is not None and timeout <= 0):
                return original(timeout)
            begin = clock()
            events = original(timeout)
            idle.append((begin, clock()))
            return events

        return select

    def begin_body_step(self, begin_ns: int) -> None:
        """Note that the body of the block runs."""
        self._body_step_ns = begin_ns

    def end_body_step(self, ready_ns: int) -> None:
        """Note that the body of the block has handed the loop back, unless the block has ended in this step."""
        end_ns, task, body, begin_ns = clock(), self._body_task, self._body, self._body_step_ns
        if task is None or body is None or begin_ns is None:
            return
        self._body_step_ns = None
        if task.done():  # the block is left in another task than the one that entered it
            body.end(begin_ns, end_ns, None)
            return
        awaited = getattr(task, "_fut_waiter", None)
        body.steps += ready_ns, begin_ns, end_ns, reason_for(task.get_coro(), awaited, self.executors)


class _BodyStep:
    """One step of the task that runs the block, timed.

    `__self__` is the task, as in the callback inside: a timeline around this one looks for it.
    """

    __slots__ = ("__self__", "_callback", "_ready_ns", "_recorder")

    def __init__(self, recorder: Recorder, task: asyncio.Task[Any], callback: Callable[..., Any]) -> None:
        self.__self__ = task
        self._recorder = recorder
        self._callback = callback
        self._ready_ns = clock()

    def __call__(self, *args: Any) -> None:
        self._recorder.begin_body_step(clock())
        try:
            self._callback(*args)
        finally:
            self._recorder.end_body_step(self._ready_ns)


def _plain_task(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    return asyncio.Task(coro, loop=loop, **options)


def _kind_of(executor: object) -> State:
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        return State.THREAD
    return State.PROCESS if isinstance(executor, ProcessPoolExecutor) else State.OTHER
