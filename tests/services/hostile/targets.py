"""What is attacked: every kind of service, what its hostile clients send, and the honest client beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from hypothesis import strategies as st

from helpers import services
from helpers.services import Service
from tests.services.hostile import frames, requests
from tests.services.hostile.frames import message

Exchange = Callable[[int], Any]
"""Ask the service something with this number, and check the answer."""


@dataclass(frozen=True)
class Target:
    """A kind of service under attack."""

    name: str
    open: Callable[[str], Service]
    sent: st.SearchStrategy[bytes]
    corpus: Sequence[bytes]
    honest: Callable[[Any], Any]
    """An async context manager: an honest client's one connection, as a function that does one exchange."""


@asynccontextmanager
async def asks(service: Service) -> AsyncIterator[Exchange]:
    """Be an honest client of HTTP."""
    async with aiohttp.ClientSession(service.url) as session:

        async def exchange(n: int) -> None:
            async with session.get(f"/cities?limit=1&offset={n % 50}") as response:
                assert response.status == 200
                assert (await response.json())["offset"] == n % 50

        yield exchange


@asynccontextmanager
async def follows(service: Service) -> AsyncIterator[Exchange]:
    """Be an honest client of events: they come one by one, none missing."""
    async with aiohttp.ClientSession(service.url) as session, session.get("/events") as response:
        last = 0

        async def exchange(_: int) -> None:
            nonlocal last
            while not (line := await response.content.readline()).startswith(b"id: "):
                assert line, "the stream ended"
            number = int(line[4:])
            assert last in (0, number - 1)
            last = number

        yield exchange


@asynccontextmanager
async def talks(service: Service) -> AsyncIterator[Exchange]:
    """Be an honest client of WebSocket."""
    async with aiohttp.ClientSession(service.url) as session, session.ws_connect("/") as socket:

        async def exchange(n: int) -> None:
            await socket.send_str(f"honest {n}")
            assert await socket.receive_str() == f"honest {n}"

        yield exchange


@asynccontextmanager
async def sends(service: Service, *, by_length: bool) -> AsyncIterator[Exchange]:
    """Be an honest client of TCP."""
    reader, writer = await asyncio.open_connection(*service.address)

    async def exchange(n: int) -> None:
        wanted = message(b"honest %d" % n) if by_length else b"honest %d\n" % n
        writer.write(wanted)
        assert await reader.readexactly(len(wanted)) == wanted

    try:
        yield exchange
    finally:
        writer.close()
        await writer.wait_closed()


TARGETS = (
    Target("http", lambda name: services.http(name, latency_s=0.0), requests.requests(), requests.CORPUS, asks),
    Target(
        "sse",
        lambda name: services.sse(name, interval_s=0.01),
        requests.requests(paths=("/events",)),
        requests.CORPUS,
        follows,
    ),
    Target(
        "websocket",
        lambda name: services.websocket(name, interval_s=0.05),
        st.one_of(frames.conversations, frames.conversations, requests.requests(paths=("/", "/channel"))),
        frames.WEBSOCKET_CORPUS,
        talks,
    ),
    Target(
        "tcp, lines", services.tcp, frames.lines, frames.LINE_CORPUS, lambda service: sends(service, by_length=False)
    ),
    Target(
        "tcp, lengths",
        lambda name: services.tcp(name, framing="length"),
        frames.messages,
        frames.LENGTH_CORPUS,
        lambda service: sends(service, by_length=True),
    ),
)
