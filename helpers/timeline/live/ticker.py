"""When frames are sent: at most twenty times a second, less often where a frame takes long."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

INTERVAL_S = 0.05
SHARE = 0.03  # of the time: a frame that takes 3 ms is followed by 100 ms without one
MOST_S = 0.2  # but never for longer: the longer the pause, the more there is to tell


class Ticker(ABC):
    """Calls `send` again and again until it is stopped, or `send` fails: a view must not disturb what it shows."""

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self.trouble: Exception | None = None
        self.costs_s: list[float] = []

    @abstractmethod
    def start(self) -> None:
        """Send the first frame after one interval."""

    @abstractmethod
    def stop(self) -> None:
        """Send no more."""

    def _pause_after_sending(self) -> float | None:
        begin_s = time.perf_counter()
        try:
            self._send()
        except Exception as error:
            self.trouble = error
            return None
        cost_s = time.perf_counter() - begin_s
        self.costs_s.append(cost_s)
        return min(max(INTERVAL_S, cost_s / SHARE), MOST_S)


class LoopTicker(Ticker):
    """Sends from the event loop that is recorded: while the loop is blocked there is no news, and that is the truth."""

    def __init__(self, send: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(send)
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = self._loop.call_later(INTERVAL_S, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        pause_s = self._pause_after_sending()
        if self._timer is not None:
            self._timer = None if pause_s is None else self._loop.call_later(pause_s, self._tick)


class ThreadTicker(Ticker):
    """Sends from a thread of its own, for a block of synchronous code."""

    def __init__(self, send: Callable[[], None]) -> None:
        super().__init__(send)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timeline view", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        pause_s: float | None = INTERVAL_S
        while pause_s is not None and not self._stopped.wait(pause_s):
            pause_s = self._pause_after_sending()


def ticker_for(loop: asyncio.AbstractEventLoop | None, send: Callable[[], None]) -> Ticker:
    """Return a ticker on a loop, or in a thread where there is none."""
    return ThreadTicker(send) if loop is None else LoopTicker(send, loop)
