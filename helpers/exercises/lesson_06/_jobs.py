"""The jobs of 6.5: when each came, and when it was started."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

PAUSE_S = 0.4


class Sent:
    """What one run saw: when each job came and when it was started, in seconds since the beginning.

    Attributes:
        in_vain: how many had started when the first ones had waited for the last to start, and it did not; 0 where they
            had not to, or it did.
    """

    def __init__(self, n: int, *, pause_after: int, send_s: float, until_last_s: float = 0.0) -> None:
        self.begin = time.perf_counter()
        self.due: list[float] = []
        self.started: list[float] = []
        self.flying = self.peak = self.in_vain = 0
        self._n, self._pause_after, self._send_s, self._until_last_s = n, pause_after, send_s, until_last_s
        self._last = asyncio.Event()

    async def jobs(self) -> AsyncIterator[str]:
        for n in range(self._n):
            if n == self._pause_after:
                await asyncio.sleep(self.begin + PAUSE_S - time.perf_counter())
            self.due.append(PAUSE_S if n >= self._pause_after else 0.0)
            yield f"job {n}"

    async def send(self, job: str) -> str:
        self.started.append(time.perf_counter() - self.begin)
        self.flying += 1
        self.peak = max(self.peak, self.flying)
        first = job == "job 0"
        try:
            if len(self.started) == self._n:
                self._last.set()
            if self._until_last_s:
                await self._wait_for_the_last()
            await asyncio.sleep(self._send_s * (1 + first))  # the first ends after those that come next
        finally:
            self.flying -= 1
        return f"{job} done"

    async def _wait_for_the_last(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._until_last_s):
                await self._last.wait()
            return
        self.in_vain = self.in_vain or len(self.started)
        self._last.set()  # it does not come: once is enough
