"""The followers: each has a bounded queue of its own, so that a slow one costs nobody but itself."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from store import Kept

A_PORTION = 100  # messages that are sent together: a thousand who read nothing must not fill the memory with theirs


class Follower:
    """One follower and what waits for it; `reason` says why it has been dropped, and is empty until then."""

    def __init__(self) -> None:
        self.waiting: list[Kept] = []
        self.changed, self.reason = asyncio.Event(), ""

    async def take(self, silence_s: float) -> list[Kept]:
        """Return what waits, in order, as soon as there is something.

        The list is empty after `silence_s` without a message. Nothing is waited for once the follower has been dropped.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if self.reason else silence_s):
                await self.changed.wait()
        taken, self.waiting = self.waiting[:A_PORTION], self.waiting[A_PORTION:]
        if not self.waiting:
            self.changed.clear()
        return taken


class Followers:
    """All followers, and how many were dropped for which reason."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self.all: set[Follower] = set()
        self.dropped: Counter[str] = Counter()

    @contextmanager
    def joined(self) -> Iterator[Follower]:
        """Add a follower for as long as the block lasts."""
        follower = Follower()
        self.all.add(follower)
        try:
            yield follower
        finally:
            self.all.discard(follower)

    def tell(self, kept: Kept) -> None:
        """Put a message into each queue without waiting, and drop a follower whose queue is full."""
        for follower in tuple(self.all):
            if len(follower.waiting) >= self._behind:
                follower.waiting.clear()  # it reads them from the store when it comes back
                self.drop(follower, "too slow")
            else:
                follower.waiting.append(kept)
                follower.changed.set()

    def drop(self, follower: Follower, reason: str) -> None:
        """Drop a follower: it still gets what waits for it, and then the reason."""
        self.all.discard(follower)
        self.dropped[reason] += not follower.reason  # the first reason counts
        follower.reason = follower.reason or reason
        follower.changed.set()
