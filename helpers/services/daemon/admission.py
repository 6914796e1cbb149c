"""Who may come in: capacity, queue and admission limit, the same for every protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter_ns


class Admission:
    """Admits up to `capacity` at once; the rest queue, first come, first served, up to `limit` in hand.

    Who was let in by `enter` must `leave`. Times are those of `perf_counter_ns`.
    """

    def __init__(self, *, capacity: int | None = None, limit: int | None = None) -> None:
        self.capacity = capacity
        self.limit = limit
        self.in_flight = 0
        self._freed_ns = 0
        self._queue: deque[asyncio.Future[int]] = deque()

    async def enter(self, arrived_ns: int) -> int | None:
        """Return when it was admitted, or None when it is rejected because too many are in hand.

        Who finds room was admitted on arrival, however long the loop took to come here; but not before the room was
        made, so that no more than `capacity` are ever in flight by the times in the journal either.
        """
        if self.limit is not None and self.in_flight + len(self._queue) >= self.limit:
            return None
        if self._has_room():
            self.in_flight += 1
            return arrived_ns if self.capacity is None else max(arrived_ns, self._freed_ns)
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # admitted and gone within one turn of the loop: pass the place on
                self.leave()
            elif turn in self._queue:
                self._queue.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place to the first in the queue."""
        self.in_flight -= 1
        self._freed_ns = perf_counter_ns()
        self._admit()

    def change(self, *, capacity: int | None, limit: int | None) -> None:
        """Set new limits. A higher capacity admits from the queue at once; a lower one lets those inside finish."""
        self.capacity, self.limit = capacity, limit
        self._freed_ns = perf_counter_ns()
        self._admit()

    def _has_room(self) -> bool:
        return self.capacity is None or self.in_flight < self.capacity

    def _admit(self) -> None:
        """Admit from the queue while there is room; those who left it by cancellation are passed over."""
        while self._queue and self._has_room():
            turn = self._queue.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(self._freed_ns)
