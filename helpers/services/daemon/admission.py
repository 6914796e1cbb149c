"""Who may come in: capacity, queue and admission limit, the same for every protocol."""

from __future__ import annotations

import asyncio
from collections import deque


class Admission:
    """Admits up to `capacity` at once; the rest queue, first come, first served, up to `limit` in hand.

    `enter` says whether one is admitted; who was must `leave`.
    """

    def __init__(self, *, capacity: int | None = None, limit: int | None = None) -> None:
        self.capacity = capacity
        self.limit = limit
        self.in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> bool:
        """Return True when admitted, False when rejected because too many are in hand."""
        if self.limit is not None and self.in_flight + len(self._queue) >= self.limit:
            return False
        if self._has_room() and not self._queue:
            self.in_flight += 1
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came and it left in the same step: pass the turn on
                self.leave()
            else:
                self._queue.remove(turn)
            raise
        return True

    def leave(self) -> None:
        """Give the place to the first in the queue."""
        self.in_flight -= 1
        self._admit()

    def change(self, *, capacity: int | None, limit: int | None) -> None:
        """Set new limits. A higher capacity admits from the queue at once; a lower one lets those inside finish."""
        self.capacity, self.limit = capacity, limit
        self._admit()

    def _has_room(self) -> bool:
        return self.capacity is None or self.in_flight < self.capacity

    def _admit(self) -> None:
        while self._queue and self._has_room():
            self.in_flight += 1
            self._queue.popleft().set_result(None)
