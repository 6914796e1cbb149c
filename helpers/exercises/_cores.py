"""What a thread had of the processor's cores, and for how long it could have run and was not let."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any


def starved_s(thread: threading.Thread | None = None) -> float:
    """Return for how long a thread (this one) has waited for a core so far; 0.0 where the system does not say."""
    whose = "thread-self" if thread is None else f"self/task/{thread.native_id}"
    try:
        return int(Path(f"/proc/{whose}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


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
