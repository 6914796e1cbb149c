"""Start a child process of our own past a debugger.

JupyterLab's debugger (debugpy) detours every Python child of a kernel: the child waits for the debugger, and what it is
told never arrives (debugpy #1168). The services then do not start, and right answers are judged wrong.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def undebugged() -> AbstractContextManager[Any]:
    """Return a context in which a child process is started as it was asked for, debugger or not."""
    monkey = sys.modules.get("_pydev_bundle.pydev_monkey")  # there once the debugger's button has been pressed
    skip = getattr(monkey, "skip_subprocess_arg_patch", None)
    return nullcontext() if skip is None else skip()
