"""Who may come in: capacity, queue, admission limit and rate limit, the same for every protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from math import ceil
from time import perf_counter_ns


class Rejected(Exception):
    """One too many; the text says of what.

    Attributes:
        status: HTTP's word for it.
        retry_after_s: when there will be room, as far as the rate goes; None when that can't be told.
    """

    def __init__(self, why: str, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """HTTP's header that says when to come again, in whole seconds."""
        return () if self.retry_after_s is None else (("Retry-After", str(max(1, ceil(self.retry_after_s)))),)


class Rate:
    """At most `burst` in any window of `burst / per_s` seconds: a sliding window, exact at every moment."""

    def __init__(self, per_s: float | None, burst: int | None = None) -> None:
        self.per_s = per_s
        burst = burst or max(1, round(per_s or 1))
        self._window_ns = round(burst / per_s * 1e9) if per_s else 0
        self._admitted: deque[int] = deque(maxlen=burst)

    def check(self, now_ns: int) -> None:
        """Check that one more is allowed at this time.

        Raises:
            Rejected: when it is not.
        """
        if self.per_s is None or len(self._admitted) < (self._admitted.maxlen or 0):
            return
        wait_ns = self._admitted[0] + self._window_ns - now_ns
        if wait_ns > 0:
            retry_s = wait_ns / 1e9
            raise Rejected(f"more than {self.per_s:g} a second; come again in {retry_s:.3f} s", 429, retry_s)

    def count(self, now_ns: int) -> None:
        """Count one that was let in at this time."""
        if self.per_s is not None:
            self._admitted.append(now_ns)


class Admission:
    """Admits up to `capacity` at once; the rest queue, first come, first served, up to `limit` in all.

    Who was let in by `enter` must `leave`. Times are those of `perf_counter_ns`.
    """

    def __init__(
        self,
        *,
        capacity: int | None = None,
        limit: int | None = None,
        rate_per_s: float | None = None,
        burst: int | None = None,
    ) -> None:
        self.capacity = capacity
        self.limit = limit
        self.in_flight = 0
        self._rate = Rate(rate_per_s, burst)
        self._asked_rate = rate_per_s, burst
        self._freed_ns = 0
        self._queue: deque[asyncio.Future[int]] = deque()

    async def enter(self, arrived_ns: int) -> int:
        """Return when it was admitted.

        Who finds room was admitted on arrival, however long the loop took to come here; but not before the room was
        made, so that no more than `capacity` are ever in flight by the times in the journal either.

        Raises:
            Rejected: at once, when too many are in flight or queueing, or came in the last while.
        """
        if self.limit is not None and self.in_flight + len(self._queue) >= self.limit:
            raise Rejected(f"{self.limit} in flight or queueing already, which is the limit", 503)
        self._rate.check(arrived_ns)
        self._rate.count(arrived_ns)
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

    def change(
        self,
        *,
        capacity: int | None,
        limit: int | None,
        rate_per_s: float | None = None,
        burst: int | None = None,
    ) -> None:
        """Set new limits. A higher capacity admits from the queue at once; a lower one lets those inside finish."""
        self.capacity, self.limit = capacity, limit
        if (rate_per_s, burst) != self._asked_rate:
            self._rate = Rate(rate_per_s, burst)
            self._asked_rate = rate_per_s, burst
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
