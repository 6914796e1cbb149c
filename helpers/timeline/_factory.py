"""The task factory: a lane for each task that is made.

Where the loop runs every step through `asyncio.Handle._run`, and nobody else makes the tasks, nothing of a task is
changed: its steps are timed from outside (see `_callbacks`). Else its coroutine is wrapped (see `_wrapped`).
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import _bounds
from ._hooks import Hook, TaskFactoryHook
from ._steps import Marks, clock
from ._wrapped import Stepped, Within
from .names import call_of, called, function_of
from .origin import COROUTINES, learners_part, made_by_library
from .states import State

if TYPE_CHECKING:
    from ._recorder import Recorder


class FactoryHook(TaskFactoryHook):
    """The task factory; it can tell whether another has taken its place."""

    @property
    def displaced(self) -> bool:
        """Whether tasks are made by a factory that is none of ours."""
        return getattr(self._read(), "__hook__", None) is None


def task_factory(recorder: Recorder, hook: Hook) -> Callable[..., Any]:
    """Return a task factory that gives each new task a lane, and makes it as the one before would have made it."""
    plain = _makes_plain_tasks(hook)

    def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        make = hook.previous or _plain_task
        if not hook.active or recorder.begin_ns == 0:
            return make(loop, coro, **options)  # before the block, or after it
        begin = clock()
        try:
            marks = _marks_for(recorder, coro, begin)
        except Exception as fault:
            recorder.fail(fault)
            return make(loop, coro, **options)
        if marks is None:  # what a task will refuse, or too many
            return make(loop, coro, **options)
        if not (plain and recorder.sees_steps) or options.get("eager_start"):
            return _wrapped(recorder, make, marks, loop, coro, options)
        recorder.own_ns += clock() - begin
        before, recorder.making = recorder.making, marks
        try:
            task = make(loop, coro, **options)
        except BaseException:
            if marks.task is None:
                _forget(recorder, marks)
            raise
        finally:
            recorder.making = before
        if marks.task is None:
            marks.task = weakref.ref(task)
        else:  # its steps are those of the task that waits for it
            recorder.executors[id(task)] = State.READY
        return task

    return factory


def _makes_plain_tasks(hook: Hook) -> bool:
    """Tell whether there is no factory below those of timelines."""
    below: Hook | None = hook
    while below is not None and below.previous is not None:
        below = getattr(below.previous, "__hook__", None)
    return below is not None


def _plain_task(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    return asyncio.Task(coro, loop=loop, **options)


def _marks_for(recorder: Recorder, coro: Any, begin_ns: int) -> Marks | None:
    """Return the marks of a new task, noted; None where it is to have none."""
    all_marks = recorder.marks
    if len(all_marks) >= _bounds.MOST_LANES:
        recorder.uncounted += 1
        return None
    if type(coro) in COROUTINES:
        if _WAIT_FOR is not None and (waiting := _waits_for(recorder, coro)) is not None:
            return waiting
        function, own = function_of(coro), coro
        if function.is_library and (own := learners_part(coro)) is not coro:
            function = function_of(own)
        name, values = called(function, own)
        marks = Marks("task", name, begin_ns, function.code)
        if function.is_library and made_by_library(2, function.code):
            marks.from_library = True
        if values:
            marks.values = values
    elif asyncio.iscoroutine(coro):
        marks = Marks("task", call_of(coro), begin_ns)
        marks.from_library = made_by_library(2, None)
    else:
        return None
    all_marks.append(marks)
    return marks


def _forget(recorder: Recorder, marks: Marks) -> None:
    """Have no lane for a task that could not be made."""
    if recorder.marks and recorder.marks[-1] is marks:
        recorder.marks.pop()


_WAIT_FOR = asyncio.wait_for.__code__ if sys.version_info < (3, 12) else None  # from 3.12 on it makes no task
_ENSURE_FUTURE = (
    asyncio.ensure_future.__code__,
    getattr(asyncio.tasks, "_ensure_future", asyncio.ensure_future).__code__,
)


def _waits_for(recorder: Recorder, coro: Any) -> Marks | None:
    """Return the marks of the task that waits for this coroutine in `wait_for`."""
    # _waits_for, _marks_for, factory, create_task, _ensure_future, ensure_future, wait_for: one further for each
    # factory of another timeline.
    depth = 6
    try:
        while (made := sys._getframe(depth).f_code) is _ENSURE_FUTURE[0] or made is _ENSURE_FUTURE[1]:
            depth += 1
    except ValueError:
        return None
    if made is _WAIT_FOR or type(coro) is Within:
        return recorder.by_task.get(id(asyncio.current_task()))
    return None


def _wrapped(
    recorder: Recorder,
    make: Callable[..., Any],
    marks: Marks,
    loop: asyncio.AbstractEventLoop,
    coro: Any,
    options: dict[str, Any],
) -> Any:
    """Make a task of a wrapped coroutine."""
    within = marks.task is not None
    before, recorder.making = recorder.making, NO_MARKS
    try:
        task = make(loop, (Within if within else Stepped)(coro, marks, recorder), **options)
    except BaseException:
        if not within:
            _forget(recorder, marks)
        raise
    finally:
        recorder.making = before
    recorder.by_task[id(task)] = marks
    if within:
        recorder.executors[id(task)] = State.READY
        return task
    if marks.ended_ns is None:
        marks.task = weakref.ref(task)
    else:  # an eager task, done at once
        recorder.by_task.pop(id(task), None)
    if marks.steps:  # an eager task: it has begun in here
        creator = recorder.by_task.get(id(asyncio.current_task()))
        if creator is not None:
            creator.nested = [*(creator.nested or ()), (marks.steps[1], marks.steps[2])]
        if marks.ended_ns is not None:
            _name_early(marks)
    return task


NO_MARKS = Marks("task", "", 0)
"""Those of a task that is being made and whose steps are not timed from outside."""


def _name_early(marks: Marks) -> None:
    """Read the name from the call of `create_task`: until 3.13.2 it is given to a task after its eager first step."""
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and frame.f_code.co_name == "create_task":
        if isinstance(name := frame.f_locals.get("name"), str):
            marks.name = name
        frame = frame.f_back
