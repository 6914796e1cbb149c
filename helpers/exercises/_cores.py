"""What a thread had of the processor's cores, and for how long it could have run and was not let."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any


def starved_s(thread: threading.Thread | None = None) -> float:
    """Return for how long a thread (this one) has waited for a core so far; 0.0 where the system does not say."""
    return _waited_s("thread-self" if thread is None else f"self/task/{thread.native_id}")


def _waited_s(whose: str) -> float:
    try:
        return int(Path(f"/proc/{whose}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class Starvation:
    """For how long others have kept this process's threads from running since it was made."""

    def __init__(self) -> None:
        self._waited_s, self._stolen_s = _of_each_thread(), _stolen_s()

    def most_s(self) -> float:
        """Return the most that one thread has waited, or that other machines had one core of this virtual one.

        Of a thread that has ended nothing is known any more.
        """
        waited = (now - self._waited_s.get(thread, 0.0) for thread, now in _of_each_thread().items())
        stolen = (now - self._stolen_s.get(core, 0.0) for core, now in _stolen_s().items())
        return max((*waited, *stolen), default=0.0)


def _of_each_thread() -> dict[str, float]:
    try:
        threads = [thread.name for thread in Path("/proc/self/task").iterdir()]
        return {thread: _waited_s(f"self/task/{thread}") for thread in threads}
    except OSError:
        return {}


def _stolen_s() -> dict[str, float]:
    """Return for how long each core did the work of other machines, by what the machine's own system says of it."""
    if sys.platform == "win32":
        return {}
    try:
        lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
        return {line[0]: int(line[8]) / os.sysconf("SC_CLK_TCK") for line in lines if line[0][:3] == "cpu" != line[0]}
    except (OSError, ValueError, IndexError):
        return {}


class Turns:
    """How much a thread computes in one turn of its loop, at the most: between two looks for what has happened."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._most_s, self._began_s = 0.0, thread_time()
        self._selector: Any = getattr(loop, "_selector", None)
        if self._selector is not None:
            self._selector.select = self._around(self._selector.select)

    def most_cpu_s(self) -> float:
        """Return the most so far, the turn that has not ended among it; all since the start where none can be told."""
        return max(self._most_s, thread_time() - self._began_s)

    def _around(self, select: Callable[..., Any]) -> Callable[..., Any]:
        def timed(timeout: float | None = None) -> Any:
            self._most_s = self.most_cpu_s()
            events = select(timeout)
            self._began_s = thread_time()
            return events

        return timed
