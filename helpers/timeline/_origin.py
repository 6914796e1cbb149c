"""Who made a task: the learner's code, or a library on its behalf."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import FrameType

_LIBRARIES = tuple(
    {str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_is_library_file: dict[str, bool] = {}

# What asyncio starts for itself inside a call that awaits something else.
_INTERNAL = frozenset({"wait_for", "staggered_race", "create_connection", "start_serving", "getaddrinfo"})


def made_by_library(depth: int) -> bool:
    """Tell whether the task that is being created was started by a library and not by the learner's own code.

    Walks from `depth` frames above the caller past asyncio's own frames (`create_task`, `gather`, `TaskGroup`...)
    to the code that called them.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module != "asyncio" and not module.startswith(("asyncio.", __package__)):
            return _is_library(frame.f_code.co_filename)
        if frame.f_code.co_name in _INTERNAL:
            return True
        frame = frame.f_back
    return True


def _is_library(filename: str) -> bool:
    known = _is_library_file.get(filename)
    if known is None:
        known = filename.startswith("<frozen") or str(Path(filename).resolve()).startswith(_LIBRARIES)
        _is_library_file[filename] = known
    return known
