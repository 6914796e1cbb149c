"""Tells a thread whether the event loop goes on: for exercises that ask for a loop that is never blocked.

    with Pulse() as pulse:              # in an exercise's `run`
        result = await answer(work)     # `work` runs in threads, and calls `pulse.felt()` there
    bench.note(BLOCKED, pulse.missed)

A thread *waits* for a beat, and while the loop's thread waits for a core its patience does not run out. So a busy
machine makes it wait longer, and changes no verdict.
"""

from __future__ import annotations

import asyncio
import threading
import time
from types import TracebackType
from typing import Self

from helpers.exercises._cores import starved_s

EVERY_S = 0.002
PATIENCE_S = 0.2
BLOCKED = "blocked"
"""The note that says how many calls in threads found the event loop standing still."""


class Pulse:
    """Beats in callbacks of the running loop, which are no tasks and no lanes.

    Attributes:
        missed: how many calls waited for a beat in vain.
    """

    def __init__(self) -> None:
        self.missed = 0
        self._beats = 0
        self._lock = threading.Lock()

    def felt(self) -> bool:
        """Wait, in a thread, for two beats; say whether they came within `PATIENCE_S`. After a miss nobody waits.

        The time is counted in looks, which take `EVERY_S` each: while the whole process stands still, nobody looks.
        """
        first, looked_s, patience_s = self._beats, 0.0, 0.0 if self.missed else PATIENCE_S
        starved_before_s = starved_s(self._thread)
        while self._beats < first + 2:
            if looked_s >= patience_s and looked_s >= patience_s + starved_s(self._thread) - starved_before_s:
                with self._lock:
                    self.missed += 1
                return False
            time.sleep(EVERY_S)
            looked_s += EVERY_S
        return True

    def _beat(self) -> None:
        self._beats += 1
        self._next = self._loop.call_later(EVERY_S, self._beat)

    def __enter__(self) -> Self:
        self._loop, self._thread = asyncio.get_running_loop(), threading.current_thread()
        self._beat()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._next.cancel()
