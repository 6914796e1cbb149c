"""A task that wants to run every 10 ms, and notes how late the event loop lets it.

async with Timeline("My library"), Heartbeat() as heart:
    await call_the_library()
print(f"late by up to {heart.late_s * 1000:.0f} ms")
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

EVERY_S = 0.01


class Heartbeat:
    """Beats until the block ends.

    Attributes:
        late_s: by how much the beat was late that was late by most; 0.0 before the first.
    """

    def __init__(self) -> None:
        self.late_s = 0.0

    async def _beat(self) -> None:
        while True:
            begin = time.perf_counter()
            try:
                await asyncio.sleep(EVERY_S)
            except asyncio.CancelledError:  # the block is over; a beat that is late by now counts
                return
            finally:
                self.late_s = max(self.late_s, time.perf_counter() - begin - EVERY_S)

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat(), name="heartbeat")
        await asyncio.sleep(0)  # let it begin
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._beating.cancel()
        await asyncio.wait([self._beating])
