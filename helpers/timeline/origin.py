"""Whose code it is: a library's, or the learner's own; and who made a task."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType

_LIBRARIES = tuple(
    {f"{Path(sysconfig.get_path(name)).resolve()}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_known: dict[str, bool] = {}

# What asyncio starts for itself inside a call that awaits something else.
_INTERNAL = frozenset({"wait_for", "staggered_race", "create_connection", "start_serving", "getaddrinfo"})
_PASSED = ("asyncio.", "anyio.", f"{__package__}.")


def made_by_library(depth: int, code: CodeType | None) -> bool:
    """Tell whether the task that is being created was started by a library and not by the learner's own code.

    Walks from `depth` frames above the caller past the frames of asyncio itself (`create_task`, `gather`,
    `TaskGroup`...) to the code that called them. A coroutine of the learner's own (`code`) is shown whoever
    starts it: the handler given to `asyncio.start_server`, for instance.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        module, function = str(frame.f_globals.get("__name__", "")), frame.f_code.co_name
        if module == "asyncio.events" and function == "_run":
            break  # the loop calls a callback: no frame above this one made the task
        if module != "asyncio" and not module.startswith(_PASSED):
            if not is_library_file(frame.f_code.co_filename):
                return False
            break
        if function in _INTERNAL:
            return True
        frame = frame.f_back
    return code is None or is_library_file(code.co_filename)


def is_library_file(filename: str) -> bool:
    """Tell whether the code in a file comes with Python, or was installed."""
    known = _known.get(filename)
    if known is None:
        known = filename.startswith("<frozen") or str(Path(filename).resolve()).startswith(_LIBRARIES)
        _known[filename] = known
    return known
