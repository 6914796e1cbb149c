"""What an exercise's `run` has at hand in the grader's process: services, sessions, notes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

    from helpers.timeline import Timeline


class Bench:
    """The workbench of one run.

    Attributes:
        urls: the address of each service, by its name.
        timeline: what records the run; `with bench.timeline.span(name)` gives synchronous code a lane.
    """

    def __init__(self, urls: Mapping[str, str], timeline: Timeline) -> None:
        self.urls = urls
        self.timeline = timeline
        self.notes: dict[str, Any] = {}
        self.sessions: list[aiohttp.ClientSession] = []

    def session(self, service: str | None = None, **options: Any) -> aiohttp.ClientSession:
        """Return a session with this service (or the only one) as its base; close it with `async with`.

        It is the exercise's own: left open, it is not held against the answer. `options` are aiohttp's.
        """
        import aiohttp

        if service is None:
            (url,) = self.urls.values()
        else:
            url = self.urls[service]
        session = aiohttp.ClientSession(url, **options)
        self.sessions.append(session)
        return session

    def note(self, name: str, value: Any) -> None:
        """Put a value into `evidence.notes`: what only `run` can see, such as the order in which things happened."""
        self.notes[name] = value

    async def settle(self) -> None:
        """Let tasks that are ready take a few steps, and garbage be collected: before looking at what is left."""
        for _ in range(5):
            await asyncio.sleep(0)
