"""The functions of a loop that are replaced while it is recorded.

The task factory, to give each new task a lane (`_factory`); `_call_soon` and `Handle._run`, to see each step of a task
and what else the loop runs (`_callbacks`); `run_in_executor`, to tell a thread from a process; and the selector's
`select`, in which the loop is idle. A loop that allows no replacement of a method (uvloop) is recorded without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _bounds
from ._callbacks import call_soon, run
from ._factory import FactoryHook, task_factory
from ._hooks import Hook
from ._steps import clock
from .states import State

if TYPE_CHECKING:
    from ._recorder import Recorder


def hooks_for(recorder: Recorder, loop: asyncio.AbstractEventLoop) -> Iterator[Hook]:
    """Replace the functions of a loop, one after the other, as far as it allows."""
    yield FactoryHook(loop, partial(task_factory, recorder))
    if isinstance(loop, asyncio.BaseEventLoop):
        yield from _hook(loop, "_call_soon", partial(call_soon, recorder))
    yield from _hook(loop, "run_in_executor", partial(_run_in_executor, recorder))
    selector = getattr(loop, "_selector", None)
    if selector is not None:
        for hook in _hook(selector, "select", partial(_select, recorder)):
            recorder.sees_idle = True
            yield hook
    if isinstance(loop, asyncio.BaseEventLoop):
        for hook in _hook(asyncio.Handle, "_run", partial(run, recorder)):
            recorder.sees_callbacks = True
            yield hook


def _hook(owner: Any, name: str, make: Callable[[Hook], Callable[..., Any]]) -> Iterator[Hook]:
    try:
        yield Hook(owner, name, make)
    except AttributeError:
        return


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
