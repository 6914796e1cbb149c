"""Write down what an event loop does, without a change to the code it runs.

While attached, four functions of the loop are replaced (see `_hooks`): the task factory, to wrap each new task's
coroutine; `call_soon`, to learn when a task could go on, and to see the steps of the task that runs the block
itself, which is older than the factory; `run_in_executor`, to tell a thread from a process; and the selector's
`select`, in which the loop is idle. A loop that allows no replacement of a method (uvloop) is recorded without it.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from ._hooks import Hook, TaskFactoryHook
from ._origin import made_by_library
from ._steps import Marks, Stepped, clock
from .names import call_of
from .reasons import reason_for
from .states import State

BLOCK = "the block"


class Recorder:
    """The raw record of one block: a list of marks for each lane, and when the loop was idle.

    Nothing here keeps a task, a coroutine or a future alive.
    """

    def __init__(self) -> None:
        self.begin_ns = 0
        self.end_ns: int | None = None
        self.marks: list[Marks] = []
        self.idle: list[tuple[int, int]] = []
        self.sees_idle = False
        self._hooks: list[Hook] = []
        self._by_task: dict[int, Marks] = {}
        self._executors: dict[int, State] = {}  # by id of the future; an entry goes when its future is done
        self._body: Marks | None = None
        self._body_task: asyncio.Task[Any] | None = None
        self._body_step_ns: int | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to record `loop`, and the task that is running now as the body of the block."""
        self._hooks.append(TaskFactoryHook(loop, self._task_factory))
        self._body_task = asyncio.current_task()
        self._body = Marks("body", BLOCK, clock())
        if self._try_hook(loop, "call_soon", self._call_soon) and self._body_task is not None:
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
            body = Marks("body", BLOCK, self.begin_ns)
            body.working = State.CALLING
            body.end(self.begin_ns, outcome)
            self.marks.append(body)

    def detach(self, outcome: BaseException | None = None) -> None:
        """Stop the clock, note how the body ended, and give the loop its own functions back."""
        self.end_ns = clock()
        for hook in reversed(self._hooks):
            hook.remove()
        self._hooks.clear()
        if self._body_step_ns is not None and self._body is not None:
            self._body.end(self._body_step_ns, outcome)
        for marks in self.marks:
            task = marks.task() if marks.task is not None else None
            if task is not None:
                marks.name = task.get_name()
        self._body_task = None
        self._by_task.clear()

    def _try_hook(self, owner: Any, name: str, make: Callable[[Hook], Callable[..., Any]]) -> bool:
        try:
            self._hooks.append(Hook(owner, name, make))
        except AttributeError:
            return False
        return True

    def _task_factory(self, hook: Hook) -> Callable[..., Any]:
        marks_list, by_task = self.marks, self._by_task

        def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
            make = hook.previous or _plain_task
            if not hook.active:
                return make(loop, coro, **options)
            marks = Marks("task", call_of(coro), clock(), from_library=made_by_library(1))
            marks_list.append(marks)
            task = make(loop, Stepped(coro, marks, self), **options)
            key = id(task)
            by_task[key] = marks
            marks.task = weakref.ref(task, lambda _: by_task.pop(key, None))
            return task

        return factory

    def _call_soon(self, hook: Hook) -> Callable[..., Any]:
        original: Callable[..., asyncio.Handle] = hook.previous
        body, marks_of = self._body, self._by_task.get

        def call_soon(callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
            owner: Any = getattr(callback, "__self__", None)
            marks = marks_of(id(owner))
            if marks is None:
                return original(callback, *args, context=context)
            if marks is body:
                callback = _BodyStep(self, owner, callback)
            else:
                marks.ready_ns = clock()
            return original(callback, *args, context=context)

        return call_soon

    def _run_in_executor(self, hook: Hook) -> Callable[..., Any]:
        original, executors = hook.previous, self._executors

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

    def reason(self, coro: Any, awaited: object) -> State:
        """Say what a coroutine waits for that has just yielded `awaited`."""
        if self._executors and (known := self._executors.get(id(awaited))) is not None:
            return known
        return reason_for(coro, awaited)

    def begin_body_step(self, begin_ns: int) -> None:
        """Note that the body of the block runs."""
        self._body_step_ns = begin_ns

    def end_body_step(self, ready_ns: int) -> None:
        """Note that the body of the block has handed the loop back, unless the block has ended in this step."""
        end_ns, task = clock(), self._body_task
        if task is None or self._body is None or self._body_step_ns is None:
            return
        awaited = getattr(task, "_fut_waiter", None)
        reason = self.reason(task.get_coro(), awaited)
        self._body.steps.append((ready_ns, self._body_step_ns, end_ns, reason))
        self._body_step_ns = None


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
