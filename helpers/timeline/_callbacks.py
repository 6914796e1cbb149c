"""The callbacks that a loop runs: the steps of tasks, and others.

Each step of a task is a callback that the task hands to `_call_soon`, and that the loop runs through
`asyncio.Handle._run`. Between these two it is known here by its handle. So nothing of a task is changed to
time its steps, and of all that the loop runs it is seen who keeps it for long.

`_call_soon` and not `call_soon`, which hands every callback on to it: three plain arguments cost 0.7 µs a step less
than a variable number of them.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _bounds
from ._adopted import marks_for
from ._aims import let_through
from ._factory import NO_MARKS
from ._hooks import Hook
from ._steps import Marks, clock
from .reasons import reason_for
from .states import State

if TYPE_CHECKING:
    from ._recorder import Recorder

_Future, _TimerHandle = asyncio.Future, asyncio.TimerHandle
_TASKS = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]
_LOCK, _TASK = State.LOCK, State.TASK
_FirstStep: type | None = None  # in CPython the type, without a public name, of what starts a task that did not wait
_STEPS = frozenset({"task_wakeup", "__step", "__wakeup"})


def call_soon(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    """Return a `_call_soon` that notes which task's step each handle is, and since when the task could go on."""
    original: Callable[..., asyncio.Handle] = hook.previous
    marks_of, waiting, scheduled = recorder.by_task.get, recorder.waiting, recorder.scheduled

    def _call_soon(callback: Any, args: Any, context: Any) -> asyncio.Handle:
        owner: Any = getattr(callback, "__self__", None)
        if owner is None or type(owner) is _Future:  # nearly all that is no task, and sooner told
            return original(callback, args, context)
        marks = None
        try:
            making = recorder.making
            if making is not None and making is not NO_MARKS and (type(callback) is _FirstStep or _is_first(callback)):
                recorder.by_task[id(owner)] = marks = making
                recorder.making = None  # a finalizer may run in there, and wake others
            elif (marks := marks_of(id(owner))) is None:
                if isinstance(owner, _TASKS) and hook.active and making is None and _is_step(callback):
                    marks = _adopted(recorder, owner)
            elif type(callback) is _FirstStep or (args and args[0] is owner._fut_waiter) or _is_step(callback):
                marks.ready_ns = now = clock()
                if waiting and id(owner) in waiting:
                    let_through(recorder, marks, owner, now, args)
                if marks.wrapped:
                    marks = None
            else:
                marks = None
        except Exception as fault:
            recorder.fail(fault)
        handle = original(callback, args, context)
        if marks is not None:
            scheduled[handle] = marks
        return handle

    return _call_soon


def _is_step(callback: Any) -> bool:
    """Tell a step of a task from its other methods, such as `task.cancel` in `loop.call_soon(task.cancel)`."""
    return getattr(callback, "__name__", None) in _STEPS or _is_first(callback)


def _is_first(callback: Any) -> bool:
    """Tell a step that follows upon no wait."""
    global _FirstStep  # noqa: PLW0603 - the type can't be had before there is one
    if type(callback).__name__ == "TaskStepMethWrapper":
        _FirstStep = type(callback)
    return type(callback) is _FirstStep or getattr(callback, "__name__", None) == "__step"


def _adopted(recorder: Recorder, task: asyncio.Task[Any]) -> Marks | None:
    """Return the marks of a task that no factory of ours has made; None where it is to have none."""
    if task in recorder.older:
        return None
    if recorder.begin_ns == 0:  # a view that is being made, for instance
        recorder.older.add(task)
        return None
    if len(recorder.marks) >= _bounds.MOST_LANES:
        return None
    marks = marks_for(task, 2)
    marks.ready_ns = clock()
    marks.task = weakref.ref(task)
    recorder.marks.append(marks)
    recorder.by_task[id(task)] = marks
    return marks


def run(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    """Return a `Handle._run` that notes each step of a task, and what other callbacks take long."""
    original, loop, body, long_ns = hook.previous, recorder.loop, recorder.body, recorder.blocking_ns
    taken, waits, waiting, executors = recorder.scheduled.pop, recorder.waits, recorder.waiting, recorder.executors

    def _run(handle: Any) -> None:
        # No step is a timer, and the hash of a timer is worked out in Python.
        if type(handle) is _TimerHandle or (marks := taken(handle, None)) is None:
            if handle._loop is not loop:
                original(handle)
                return
            begin = recorder.step_ended_ns or clock()
            original(handle)
            end = clock()
            if end - begin > long_ns:
                recorder.ran_long(handle, begin, end)
            recorder.step_ended_ns = end
            del handle  # an exception's traceback keeps this frame, and what it refers to must not be kept with it
            return
        task: Any = getattr(handle._callback, "__self__", None)
        steps, begin = marks.steps, clock()
        if begin - marks.since_ns > waits.least_ns:
            recorder.waited_long(marks, task, marks.since_ns, begin)
        if marks is body:
            recorder.body_step_ns = begin
        try:
            original(handle)
        finally:
            if recorder.recording:
                end = recorder.step_ended_ns = clock()
                if end - begin > long_ns:
                    recorder.step_ran_long(begin)
                try:
                    if (awaited := task._fut_waiter) is None and task.done():
                        _end(recorder, marks, task, begin, end)
                    else:
                        coro = task.get_coro()
                        reason = reason_for(coro, awaited, executors, 1)
                        steps += marks.ready_ns, begin, end, reason
                        marks.since_ns = end
                        if reason is _LOCK:
                            waiting[id(task)] = end
                        elif reason is _TASK:
                            recorder.aim(marks, coro, awaited, end)
                        del coro
                except Exception as fault:
                    recorder.fail(fault)
            del handle, task

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


def _end(recorder: Recorder, marks: Marks, task: asyncio.Task[Any], begin_ns: int, end_ns: int) -> None:
    """Note the last step of a task."""
    executors = recorder.executors
    if marks is recorder.body:  # the block is left in another task than the one that entered it
        marks.end(begin_ns, end_ns, None)
        return
    recorder.by_task.pop(id(task), None)
    if executors and executors.pop(id(task), None) is State.READY:
        marks.steps += marks.ready_ns, begin_ns, end_ns, State.READY  # the task that waits for this one goes on
        return
    marks.name = task.get_name()
    # Not `exception()`: then asyncio would no longer tell that nobody has asked for it.
    marks.end(begin_ns, end_ns, asyncio.CancelledError() if task.cancelled() else task._exception)
    marks.task = None
