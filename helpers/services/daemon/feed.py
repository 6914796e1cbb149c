"""Events with numbered ids, for as many followers as like, each from where it left off."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from helpers.services import world

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Ids count from 1."""

    id: int
    data: Any


class Lost(LookupError):
    """A follower asks for events that are forgotten, or were never there; the text says which there are."""


class Feed:
    """The events of one service: those that others publish; and a reading every `interval_s`, if it is given.

    Readings begin with the first follower. After `events` of them the feed is over, and so is every follower.
    """

    def __init__(self, *, interval_s: float | None, events: int | None, seed: int) -> None:
        self.followers = 0
        self._interval_s = interval_s
        self._most = events
        self._seed = seed
        self.last = 0
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._ticking: asyncio.Task[None] | None = None
        self._news: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def over(self) -> bool:
        """Whether no event will come any more."""
        return self._most is not None and self.last >= self._most

    def publish(self, data: Any) -> Event:
        """Add an event, and wake the followers."""
        self.last += 1
        event = Event(self.last, data)
        self._events.append(event)
        self._wake()
        return event

    def check(self, after: int | None) -> None:
        """Check that what comes after this id is still there.

        Raises:
            Lost: when it is not.
        """
        if after is not None and after > self.last:
            raise Lost(f"there is no event {after} yet; the last is {self.last}")
        if after is not None and self._events and after < self._events[0].id - 1:
            raise Lost(f"the events before {self._events[0].id} are forgotten")

    async def follow(self, after: int | None) -> AsyncGenerator[Event, None]:
        """Yield the events after this id, or those that come from now on, until the feed is over.

        A feed that is over, and that nobody follows, begins again for a follower who names no id.

        Raises:
            Lost: when the follower is so slow that what it needs is forgotten.
        """
        if after is None and self.over and not self.followers:
            self.last = 0
            self._events.clear()
        self._begin()
        position = self.last if after is None else after
        self.followers += 1
        try:
            while True:
                while position < self.last:
                    self.check(position)
                    event = self._events[position - self.last]
                    position = event.id
                    yield event
                if self.over:
                    return
                await asyncio.shield(self._news)
        finally:
            self.followers -= 1

    def stop(self) -> None:
        """Publish no more readings."""
        if self._ticking is not None:
            self._ticking.cancel()

    def _begin(self) -> None:
        if self._interval_s is not None and not self.over and (self._ticking is None or self._ticking.done()):
            self._ticking = asyncio.get_running_loop().create_task(self._tick(self._interval_s))

    async def _tick(self, interval_s: float) -> None:
        loop, readings = asyncio.get_running_loop(), 0
        began = loop.time()
        while not self.over:
            readings += 1
            await asyncio.sleep(began + readings * interval_s - loop.time())
            self.publish(self._reading())

    def _reading(self) -> dict[str, Any]:
        slugs = list(world.cities())
        weather = world.weather(slugs[self.last % len(slugs)], self._seed)
        return {"city": weather["city"], "temperature_c": weather["temperature_c"]}

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.get_running_loop().create_future()
        news.set_result(None)
