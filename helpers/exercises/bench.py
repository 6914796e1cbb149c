"""What an exercise's `run` has at hand in the grader's process: services, sessions, notes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.services.tls import client_context

if TYPE_CHECKING:
    import ssl

    import aiohttp

    from helpers.timeline import Timeline


@dataclass(frozen=True)
class Place:
    """Where a service is, as it travels to the grader's process.

    Attributes:
        url: with the scheme of its protocol: "http://127.0.0.1:8000", "tcp://127.0.0.1:8000".
        addresses: host and port of every port that it listens on.
        authority: the certificate, as PEM, by which a client verifies its own; None without TLS.
    """

    url: str
    addresses: tuple[tuple[str, int], ...]
    authority: str | None = None


class Bench:
    """The workbench of one run.

    Attributes:
        urls: the address of each service, by its name.
        timeline: what records the run; `with bench.timeline.span(name)` gives synchronous code a lane.
    """

    def __init__(self, places: Mapping[str, Place], timeline: Timeline) -> None:
        self.urls = {name: place.url for name, place in places.items()}
        self.timeline = timeline
        self.notes: dict[str, Any] = {}
        self.sessions: list[aiohttp.ClientSession] = []
        self._places = places

    def address(self, service: str | None = None) -> tuple[str, int]:
        """Return host and port of this service (or the only one): `asyncio.open_connection(*bench.address())`."""
        return self.addresses(service)[0]

    def addresses(self, service: str | None = None) -> tuple[tuple[str, int], ...]:
        """Return host and port of every port that this service (or the only one) listens on."""
        return self._place(service).addresses

    def ssl_context(self, service: str | None = None) -> ssl.SSLContext | None:
        """Return what a client verifies this service (or the only one) with; None when it does not speak TLS."""
        authority = self._place(service).authority
        return None if authority is None else client_context(authority)

    def session(self, service: str | None = None, **options: Any) -> aiohttp.ClientSession:
        """Return a session with this service (or the only one) as its base. `options` are aiohttp's.

        It is the exercise's own, and is closed after the run at the latest. Leave it open until then, so that a task
        which the answer has left running is seen to run: closed under it, the session makes it fail instead.
        """
        import aiohttp

        if (context := self.ssl_context(service)) is not None:
            options.setdefault("connector", aiohttp.TCPConnector(ssl=context))
        session = aiohttp.ClientSession(self._place(service).url, **options)
        self.sessions.append(session)
        return session

    def _place(self, service: str | None) -> Place:
        if service is not None:
            return self._places[service]
        (place,) = self._places.values()
        return place

    def note(self, name: str, value: Any) -> None:
        """Put a value into `evidence.notes`: what only `run` can see, such as the order in which things happened."""
        self.notes[name] = value

    async def settle(self) -> None:
        """Let tasks that are ready take a few steps, and garbage be collected: before looking at what is left."""
        for _ in range(5):
            await asyncio.sleep(0)
