"""What is attacked: every kind of service, what its hostile clients send, and the honest client beside them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
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
    """A kind of service under attack.

    Attributes:
        honest: an async context manager: an honest client's one connection, as a function that does one exchange.
        inside: whether hostile clients shake hands well under TLS, and send what they send inside.
    """

    name: str
    open: Callable[[str], Service]
    sent: st.SearchStrategy[bytes]
    corpus: Sequence[bytes]
    honest: Callable[[Any], Any]
    inside: bool = False


@asynccontextmanager
async def asks(service: Service) -> AsyncIterator[Exchange]:
    """Be an honest client of HTTP."""
    async with aiohttp.ClientSession(service.url) as session:

        async def exchange(n: int) -> None:
            wanted = f"/cities?limit=1&offset={n % 50}"
            async with session.get(wanted, ssl=service.ssl_context or True) as response:
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


@asynccontextmanager
async def throws(service: Service) -> AsyncIterator[Exchange]:
    """Be an honest client of UDP."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        await loop.sock_connect(client, service.address)

        async def exchange(n: int) -> None:
            await loop.sock_sendall(client, b"honest %d" % n)
            assert await loop.sock_recv(client, 100) == b"honest %d" % n

        yield exchange


def hello() -> bytes:
    """Return how a client begins TLS."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


HELLO = hello()
TLS_CORPUS = [
    HELLO,
    HELLO[:60],
    HELLO + b"\x17\x03\x03\x00\x05hello",
    b"\x15\x03\x03\x00\x02\x02\x28",  # an alert: handshake failure
    b"\x14\x03\x03\x00\x01\x01" + HELLO,
    *requests.CORPUS[:2],
]
_records = st.builds(
    lambda kind, version, length, data: kind + version + length.to_bytes(2, "big") + data,
    st.sampled_from([b"\x14", b"\x15", b"\x16", b"\x17", b"\x18", b"\x80", b"\x00"]),
    st.sampled_from([b"\x03\x01", b"\x03\x03", b"\x03\x04", b"\x00\x02", b"\xff\xff"]),
    st.sampled_from([0, 1, 5, 16384, 16385, 65535]),
    st.binary(max_size=40),
)
records = st.builds(
    lambda first, rest: first + b"".join(rest), st.sampled_from([HELLO, b"", HELLO[:5]]), st.lists(_records, max_size=4)
)

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
    Target("udp", services.udp, st.one_of(st.binary(max_size=100), st.just(b"d" * 65_507)), frames.LINE_CORPUS, throws),
    Target("tls", lambda name: services.https(name, latency_s=0.0), records, TLS_CORPUS, asks),
    Target(
        "http inside tls",
        lambda name: services.https(name, latency_s=0.0),
        requests.requests(),
        requests.CORPUS,
        asks,
        inside=True,
    ),
)
