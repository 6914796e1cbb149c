"""The functions of a loop that are replaced while it is recorded.

The task factory, to wrap each new task's coroutine; `_call_soon`, to learn when a task could go on, and to see the
steps of tasks that no factory of ours has made; `run_in_executor`, to tell a thread from a process; the selector's
`select`, in which the loop is idle; and `Handle._run`, in which every callback runs, to see the long ones. A loop that
allows no replacement of a method (uvloop) is recorded without it.

`_call_soon` and not `call_soon`, which hands every callback on to it: three plain arguments cost 0.7 µs a step less
than a variable number of them.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from . import _bounds
from ._adopted import TimedStep, marks_for
from ._aims import let_through
from ._hooks import Hook, TaskFactoryHook
from ._steps import Marks, Stepped, Within, clock
from .names import call_of, called, function_of
from .origin import COROUTINES, learners_part, made_by_library
from .states import State

if TYPE_CHECKING:
    from ._recorder import Recorder

_NO_TASKS = frozenset({type(None), asyncio.Future})  # nearly all that is no task, and sooner told
_TASKS = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]


class FactoryHook(TaskFactoryHook):
    """The task factory; it can tell whether another has taken its place."""

    @property
    def displaced(self) -> bool:
        """Whether tasks are made by a factory that is none of ours."""
        return getattr(self._read(), "__hook__", None) is None


def hooks_for(recorder: Recorder, loop: asyncio.AbstractEventLoop) -> Iterator[Hook]:
    """Replace the functions of a loop, one after the other, as far as it allows."""
    yield FactoryHook(loop, partial(_task_factory, recorder))
    yield from _hook(loop, "_call_soon", partial(_call_soon, recorder))
    yield from _hook(loop, "run_in_executor", partial(_run_in_executor, recorder))
    selector = getattr(loop, "_selector", None)
    if selector is not None:
        for hook in _hook(selector, "select", partial(_select, recorder)):
            recorder.sees_idle = True
            yield hook
    if isinstance(loop, asyncio.BaseEventLoop):
        for hook in _hook(asyncio.Handle, "_run", partial(_run, recorder)):
            recorder.sees_callbacks = True
            yield hook


def _hook(owner: Any, name: str, make: Callable[[Hook], Callable[..., Any]]) -> Iterator[Hook]:
    try:
        yield Hook(owner, name, make)
    except AttributeError:
        return


def _task_factory(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    marks_list, by_task, marks_of = recorder.marks, recorder.by_task, recorder.by_task.get
    forget = by_task.pop

    def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        make = hook.previous or _plain_task
        if not hook.active or recorder.begin_ns == 0:
            return make(loop, coro, **options)  # before the block, or after it
        begin = clock()
        try:
            marks, stepped = _stepped(recorder, coro, begin)
        except Exception as fault:
            recorder.fail(fault)
            return make(loop, coro, **options)
        if stepped is None:  # what a task will refuse, or too many
            return make(loop, coro, **options)
        recorder.own_ns += clock() - begin
        recorder.making += 1
        try:
            task = make(loop, stepped, **options)
        except BaseException:
            if marks_list and marks_list[-1] is marks:
                marks_list.pop()
            raise
        finally:
            recorder.making -= 1
        key = id(task)
        by_task[key] = marks
        if type(stepped) is Within:
            return task
        if marks.ended_ns is None:
            marks.task = weakref.ref(task)
        else:  # an eager task, done at once
            forget(key, None)
        if marks.steps:  # an eager task: it has begun in here
            if (creator := marks_of(id(asyncio.current_task()))) is not None:
                creator.nested = [*(creator.nested or ()), (marks.steps[1], marks.steps[2])]
            if marks.ended_ns is not None:
                _name_early(marks)
        return task

    return factory


def _stepped(recorder: Recorder, coro: Any, begin_ns: int) -> tuple[Marks, Stepped | None]:
    """Return the marks of a new task, noted, and the coroutine that it is to drive instead of its own."""
    all_marks = recorder.marks
    if len(all_marks) >= _MOST_LANES:
        recorder.uncounted += 1
        return _NO_MARKS, None
    if type(coro) in COROUTINES:
        if (waiting := _waits_for(recorder, coro)) is not None:
            return waiting, Within(coro, waiting, recorder)
        function, own = function_of(coro), coro
        if function.is_library and (own := learners_part(coro)) is not coro:
            function = function_of(own)
        code: CodeType | None = function.code
        by_library = function.is_library and made_by_library(2, code)
        name, values = called(function, own)
        marks = Marks("task", name, begin_ns, by_library)
        marks.code = code
        if values:
            marks.values = values
    elif asyncio.iscoroutine(coro):
        marks = Marks("task", call_of(coro), begin_ns, made_by_library(2, None))
    else:
        return _NO_MARKS, None
    stepped = Stepped(coro, marks, recorder)
    all_marks.append(marks)
    return marks, stepped


_MOST_LANES = _bounds.MOST_LANES
_NO_MARKS = Marks("task", "", 0)

if sys.version_info < (3, 12):
    _WAIT_FOR = asyncio.wait_for.__code__

    def _waits_for(recorder: Recorder, coro: Any) -> Marks | None:
        """Return the marks of the task that waits for this coroutine in `wait_for`."""
        try:
            made = sys._getframe(6).f_code  # _stepped, factory, create_task, _ensure_future, ensure_future, wait_for
        except ValueError:
            return None
        if made is _WAIT_FOR or type(coro) is Within:
            return recorder.by_task.get(id(asyncio.current_task()))
        return None

else:

    def _waits_for(recorder: Recorder, coro: Any) -> Marks | None:
        """Return None: from 3.12 on `wait_for` makes no task."""
        return None


def _name_early(marks: Marks) -> None:
    """Read the name from the call of `create_task`: until 3.13.2 it is given to a task after its eager first step."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name == "create_task":
        if isinstance(name := frame.f_locals.get("name"), str):
            marks.name = name
        frame = frame.f_back


def _call_soon(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    original: Callable[..., asyncio.Handle] = hook.previous
    marks_of, waiting = recorder.by_task.get, recorder.waiting

    def call_soon(callback: Any, args: Any, context: Any) -> asyncio.Handle:
        try:
            owner: Any = getattr(callback, "__self__", None)
            if (marks := marks_of(id(owner))) is not None:
                if marks.adopted:
                    callback = TimedStep(recorder, marks, owner, callback)
                else:
                    marks.ready_ns = clock()
                if waiting and (obstacle := waiting.pop(id(owner), None)) is not None and hook.active:
                    let_through(recorder, obstacle, args)
            elif type(owner) not in _NO_TASKS and isinstance(owner, _TASKS) and hook.active:
                callback = _adopt(recorder, owner, callback)
        except Exception as fault:
            recorder.fail(fault)
        return original(callback, args, context)

    return call_soon


def _adopt(recorder: Recorder, task: asyncio.Task[Any], callback: Callable[..., Any]) -> Callable[..., Any]:
    """Return the callback that starts a step of a task that is seen for the first time; timed if it is to be seen."""
    if recorder.making or task in recorder.older:
        return callback
    if recorder.begin_ns == 0:  # a view that is being made, for instance
        recorder.older.add(task)
        return callback
    if len(recorder.marks) >= _bounds.MOST_LANES:
        return callback
    marks = marks_for(task, 2)
    recorder.marks.append(marks)
    recorder.by_task[id(task)] = marks
    marks.task = weakref.ref(task)
    return TimedStep(recorder, marks, task, callback)


def _run_in_executor(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    original, executors = hook.previous, recorder.executors

    def run_in_executor(executor: Any, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = original(executor, function, *args)
        if hook.active:
            key = id(future)
            executors[key] = _kind_of(executor)
            future.add_done_callback(lambda _: executors.pop(key, None))
        return future

    return run_in_executor


def _kind_of(executor: object) -> State:
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        return State.THREAD
    return State.PROCESS if isinstance(executor, ProcessPoolExecutor) else State.OTHER


def _select(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    original, idle = hook.previous, recorder.idle
    turns = 0

    def select(timeout: float | None = None) -> Any:
        nonlocal turns
        if not hook.active:
            return original(timeout)
        begin = recorder.last_select_ns = clock()
        recorder.step_ended_ns = 0
        turns += 1
        if not turns & _bounds.TURNS:
            recorder.keep_within_bounds()
        if timeout is not None and timeout <= 0:
            return original(timeout)
        events = original(timeout)
        idle.append((begin, clock()))
        return events

    return select


def _run(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    original, loop, long_ns = hook.previous, recorder.loop, recorder.blocking_ns

    def _run(handle: Any) -> None:
        if handle._loop is not loop:
            original(handle)
            return
        before = recorder.step_ended_ns or clock()
        original(handle)
        if recorder.last_select_ns > before:
            recorder.ran_again()
        elif ((ended := recorder.step_ended_ns) == before or not ended) and hook.active:  # no step has noted its end
            end = recorder.step_ended_ns = clock()
            if end - before > long_ns:
                recorder.ran_long(handle, before, end)
        del handle  # an exception's traceback keeps this frame, and what the handle refers to must not be kept with it

    if not recorder.gauges:
        return _run
    looks = [gauge.look for gauge in recorder.gauges]

    def _run_and_look(handle: Any) -> None:
        ours = handle._loop is loop
        _run(handle)
        del handle
        if ours and hook.active and recorder.begin_ns:
            for look in looks:
                look()

    return _run_and_look


def _plain_task(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    return asyncio.Task(coro, loop=loop, **options)
