"""Whose code it is: a library's, or the learner's own; and who made a task."""

from __future__ import annotations

import gc
import os
import sys
import sysconfig
from pathlib import Path
from types import CodeType, CoroutineType, FrameType
from typing import Any

_LIBRARIES = tuple(
    {f"{Path(sysconfig.get_path(name)).resolve()}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_known: dict[str, bool] = {}

# What people call to have a task made. All other functions of these packages make tasks for themselves.
_MAKERS = {
    "asyncio": frozenset(
        {
            "BaseEventLoop.call_soon",  # by `asyncio.Task(coro)` itself
            "BaseEventLoop.create_task",
            "BaseEventLoop.run_until_complete",
            "Runner.run",
            "TaskGroup.create_task",
            "_AsCompletedIterator.__init__",
            "_ensure_future",
            "as_completed",
            "as_completed.<locals>.<setcomp>",
            "create_eager_task_factory.<locals>.factory",
            "create_task",
            "ensure_future",
            "gather",
            "run",
            "run_coroutine_threadsafe.<locals>.callback",
            "shield",
            "wait_for",
        }
    ),
    "anyio": frozenset({"TaskGroup._spawn", "TaskGroup.create_task", "TaskGroup.start", "TaskGroup.start_soon"}),
}
_OURS = f"{__package__}."
_PASSED = 2

# By id, because to hash a code object costs 0.5 µs; `_codes` keeps them alive, so that an id stays its own.
_verdicts: dict[int, int] = {}
_codes: list[CodeType] = []


def made_by_library(depth: int, code: CodeType | None) -> bool:
    """Tell whether the task that is being created was started by a library and not by the learner's own code.

    It is the learner's if the coroutine's `code` is, whoever starts it (the handler given to `asyncio.start_server`).
    Otherwise walk from `depth` frames above the caller past the functions that make tasks for their callers
    (`create_task`, `gather`, `TaskGroup`...) to the first other one: it is the learner's if that is.
    """
    if code is not None and not is_library_file(code.co_filename):
        return False
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        verdict = _verdicts.get(id(frame.f_code))
        if verdict is None:
            verdict = _verdict_on(frame)
        if verdict != _PASSED:
            return bool(verdict)
        frame = frame.f_back
    return True


def _verdict_on(frame: FrameType) -> int:
    module, code = str(frame.f_globals.get("__name__", "")), frame.f_code
    passed = module.startswith(_OURS) or code.co_qualname in _MAKERS.get(module.partition(".")[0], ())
    verdict = _PASSED if passed else int(is_library_file(code.co_filename))
    _codes.append(code)
    _verdicts[id(code)] = verdict
    return verdict


def is_library_file(filename: str) -> bool:
    """Tell whether the code in a file comes with Python, or was installed."""
    known = _known.get(filename)
    if known is None:
        known = filename.startswith("<frozen") or str(Path(filename).resolve()).startswith(_LIBRARIES)
        _known[filename] = known
    return known


COROUTINES: set[type] = {CoroutineType}
"""The types of what has the `cr_*` attributes of a coroutine, and can be asked for them without harm."""


def learners_part(coro: Any, depth: int = 3) -> Any:
    """Return the learner's own coroutine where a library has put a coroutine of its own around it, else `coro`.

    Tracing libraries do so in a task factory, or in place of `create_task`, and anyio in its task groups: what they
    put around it has the learner's coroutine as an argument, in its closure, or in an attribute of `self`.
    """
    code, frame = coro.cr_code, coro.cr_frame
    if not is_library_file(code.co_filename):
        return coro
    if frame is None or depth == 0 or not (code.co_argcount or code.co_freevars):
        return coro
    values = frame.f_locals
    within = [one for one in (*values.values(), *_attributes_of(values.get("self"))) if type(one) in COROUTINES]
    if type(values) is dict:
        values.clear()  # until 3.12 a copy that the frame keeps, and with it everything that the coroutine lets go of
    parts = (learners_part(one, depth - 1) for one in within)
    return next((one for one in parts if not is_library_file(one.cr_code.co_filename)), coro)


def _attributes_of(owner: object) -> list[Any]:
    held = gc.get_referents(owner)
    return [*held, *(value for one in held if type(one) is dict for value in one.values())]


def package_of(filename: str) -> str:
    """Return the package that a library's file belongs to: "aiohttp", "asyncio"; "" for other files."""
    root = max((root for root in _LIBRARIES if filename.startswith(root)), key=len, default=None)
    return "" if root is None else filename.removeprefix(root).partition(os.sep)[0].removesuffix(".py")
