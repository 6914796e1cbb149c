"""Tasks that no factory of ours has made: the block's own, those of another factory, and `asyncio.Task(coro)`.

And which lane a task has.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator
from inspect import CORO_CREATED, getcoroutinestate
from typing import Any

from ._steps import Marks, clock
from .names import call_of, called, function_of
from .origin import COROUTINES, is_library_file, learners_part, made_by_library

attached: weakref.WeakSet[Any] = weakref.WeakSet()
"""The recorders that are attached: each can tell the `marks_of` a task."""
left: weakref.WeakKeyDictionary[asyncio.Task[Any], Marks] = weakref.WeakKeyDictionary()
"""The tasks that had not ended when the block did in which they were made."""


def marks_for(task: asyncio.Task[Any], depth: int) -> Marks:
    """Return marks for a task that is seen for the first time, `depth` frames below the code that made it."""
    coro: Any = task.get_coro()
    if type(coro) not in COROUTINES:
        marks = Marks("task", call_of(coro), clock())
        marks.from_library = made_by_library(depth + 1, None)
    else:
        coro = learners_part(coro)
        function = function_of(coro)
        # Of one that has begun it can't be told who made it, and with what: its variables may have changed.
        fresh = getcoroutinestate(coro) == CORO_CREATED
        name, values = called(function, coro) if fresh else (_function_of(coro), ())
        marks = Marks("task", name, clock())
        marks.from_library = made_by_library(depth + 1, function.code) if fresh else function.is_library
        marks.code, marks.values = function.code, values
    return marks


def _function_of(coro: Any) -> str:
    return str(getattr(coro, "__name__", None) or type(coro).__name__)


def lane_name_of(task: asyncio.Task[Any]) -> str | None:
    """Return the name of the lane of a task that was made in a timeline's block.

    None for a task made elsewhere, and for one that a library started for itself.
    """
    found: Iterator[Marks | None] = (recorder.marks_of(task) for recorder in [*attached])
    marks = next(filter(None, found), None) or left.get(task)
    return None if marks is None or marks.from_library or marks.kind == "body" else marks.lane_name


def learners_name_of(task: asyncio.Task[Any]) -> str | None:
    """Return what a task would be called whose coroutine is the learner's own code, whoever made it; else None."""
    made: Any = task.get_coro()
    if type(made) not in COROUTINES:
        return None
    coro = learners_part(made)
    return None if is_library_file(coro.cr_code.co_filename) else f"{_function_of(coro)}()"
