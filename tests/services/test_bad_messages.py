"""Each kind of bad message has its own answer; the memory stays bounded, and the client beside it notices nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import psutil
import pytest

from helpers import services
from helpers.services import Service, _running
from tests.services.conftest import Beside, Open, Opened, OpenTcp, eventually, exchange

MIB = 1024**2
GET = (
    b"GET %b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, CONTINUATION, CLOSE, PING = 1, 0, 8, 9
CLOSE_CODES = {1001: 1001, 3000: 3000, 4000: 4000, 1006: 1002, 5000: 1002}  # what comes, and what is answered


@contextlib.contextmanager
def websocket(service: Service, path: bytes = b"/") -> Iterator[socket.socket]:
    """Open a WebSocket by hand, to send what no library would."""
    with socket.create_connection(service.address, timeout=10) as connection:
        connection.sendall(GET % path)
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            received += connection.recv(1)
        assert received.startswith(b"HTTP/1.1 101 ")
        yield connection


def frame(opcode: int, payload: bytes, *, last: bool = True, announced: int | None = None, reserved: int = 0) -> bytes:
    """Return a masked frame."""
    length = len(payload) if announced is None else announced
    size = bytes([128 | length]) if length < 126 else b"\xff" + struct.pack(">Q", length)
    return bytes([128 * last | reserved | opcode]) + size + bytes(4) + payload


def answers(connection: socket.socket) -> list[tuple[int, bytes]]:
    """Read frames until the service closes; return (opcode, payload) of each."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    frames = []
    while received:
        head, length = 2, received[1]
        if length == 126:
            head, length = 4, struct.unpack_from(">H", received, 2)[0]
        frames.append((received[0] & 15, received[head : head + length]))
        received = received[head + length :]
    return frames


def memory() -> float:
    """Return how much memory the services' process has, in MiB."""
    return float(psutil.Process(_running.current().pid).memory_info().rss) / MIB


@pytest.mark.parametrize(
    ("framing", "sent", "answer"),
    [
        ("line", b"x" * 70_000, b"ERR a line is longer than 65536 bytes"),
        ("line", b"hello\nhal", b"ERR the connection ended 3 bytes into a message: a line ends with a line feed"),
        ("length", b"GET / HTTP/1.1\r\n\r\n", b"ERR the announced length is 1195725856; 1048576 bytes is the limit"),
        ("length", b"\0\0\0\x05hel", b"ERR the connection ended 7 bytes into a message: a message is as long as"),
        ("length", b"\0\0", b"ERR the connection ended 2 bytes into a message: a message is as long as"),
    ],
    ids=["a long line", "half a line", "HTTP", "half a message", "half a length"],
)
async def test_bytes_that_are_no_message_are_told_so_and_hurt_nobody(
    tcp: OpenTcp, http: Open, beside: Beside, framing: str, sent: bytes, answer: bytes
) -> None:
    line = tcp(framing=framing)
    async with beside(http()):
        received = await asyncio.to_thread(exchange_half, line, sent)
    assert answer in received
    assert line.journal().count(outcome="refused") == 1
    await eventually(lambda: line.journal().open_connections == 0)


def exchange_half(service: Service, sent: bytes) -> bytes:
    """Send bytes, close this half, and return all that comes back."""
    with socket.create_connection(service.address, timeout=10) as connection:
        connection.sendall(sent)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while data := connection.recv(65536):
            received += data
        return received


async def test_a_client_that_sends_on_after_it_was_refused_still_gets_the_answer(tcp: OpenTcp) -> None:
    line = tcp()
    assert await asyncio.to_thread(exchange, line, bytes(3 * MIB)) == b"ERR a line is longer than 65536 bytes\n"


@pytest.mark.parametrize("open_one", [services.tcp, services.websocket], ids=["tcp", "websocket"])
async def test_a_client_that_never_reads_is_read_from_no_more(
    opened: Opened, http: Open, beside: Beside, open_one: Any
) -> None:
    service = opened(open_one)
    opener = websocket if open_one is services.websocket else _plain
    message = frame(TEXT, b"x" * 60_000) if open_one is services.websocket else b"x" * 60_000 + b"\n"
    before = memory()
    async with beside(http()):
        with opener(service) as connection:
            connection.setblocking(False)
            sent, idle, rest = 0, 0, b""
            while idle < 10:  # turns without room for a byte
                rest = rest or message * 4
                try:
                    n = connection.send(rest)
                    sent, rest, idle = sent + n, rest[n:], 0
                except BlockingIOError:
                    idle += 1
                    await asyncio.sleep(0.01)
                assert sent < 100 * MIB
        assert memory() - before < 30
    await eventually(lambda: service.journal().open_connections == 0)


@contextlib.contextmanager
def _plain(service: Service) -> Iterator[socket.socket]:
    with socket.create_connection(service.address, timeout=10) as connection:
        yield connection


async def test_a_client_that_reads_no_broadcast_is_dropped_and_the_others_get_all(tcp: OpenTcp) -> None:
    line = tcp(framing="line")
    reader, writer = await asyncio.open_connection(*line.address)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(line.address)
        await eventually(lambda: line.journal().open_connections == 2)
        heard = 0
        while line.journal().open_connections == 2:
            for _ in range(500):
                line.broadcast("x" * 1000)
            for _ in range(500):
                heard += len(await reader.readline()) == 1001
            assert heard < 50_000
        assert heard % 500 == 0
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"
    writer.close()
    await writer.wait_closed()


async def test_a_thousand_connections_that_say_nothing_hurt_nobody(tcp: OpenTcp, http: Open, beside: Beside) -> None:
    line = tcp()
    with contextlib.ExitStack() as idle:
        async with beside(http()):
            for _ in range(1000):
                idle.enter_context(socket.create_connection(line.address))
            await eventually(lambda: line.journal().open_connections == 1000)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"", announced=2 * MIB), 1009),
        (b"".join(frame(TEXT if i == 0 else 0, bytes(65_000), last=False) for i in range(17)), 1009),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b"hello", reserved=0x40), 1002),
        (frame(CONTINUATION, b"hello"), 1002),
        (frame(PING, bytes(200)), 1002),
        (frame(11, b"hello"), 1002),
        (frame(TEXT, b"one", last=False) + frame(TEXT, b"two"), 1002),
    ],
    ids=[
        "an oversized frame",
        "oversized in fragments",
        "not UTF-8",
        "a reserved bit",
        "a continuation of nothing",
        "a long ping",
        "an unknown opcode",
        "a message in a message",
    ],
)
async def test_a_frame_that_is_wrong_is_told_so_by_its_code_and_hurts_nobody(
    opened: Opened, http: Open, beside: Beside, sent: bytes, code: int
) -> None:
    chat = opened(services.websocket)

    def converse() -> list[tuple[int, bytes]]:
        with websocket(chat) as connection:
            connection.sendall(sent)
            return answers(connection)

    async with beside(http()):
        ((opcode, payload),) = await asyncio.to_thread(converse)
    assert (opcode, struct.unpack(">H", payload[:2])) == (CLOSE, (code,))
    (refused,) = [entry for entry in chat.journal() if entry.outcome == "refused"]
    assert refused.status == code


@pytest.mark.parametrize(
    ("came", "answered"),
    [(b"", 1000), *((struct.pack(">H", came), code) for came, code in CLOSE_CODES.items())],
)
async def test_a_close_is_answered_with_its_own_code_unless_that_may_not_be_sent(
    opened: Opened, came: bytes, answered: int
) -> None:
    chat = opened(services.websocket)

    def converse() -> list[tuple[int, bytes]]:
        with websocket(chat) as connection:
            connection.sendall(frame(CLOSE, came))
            return answers(connection)

    ((opcode, payload),) = await asyncio.to_thread(converse)
    assert (opcode, struct.unpack(">H", payload[:2])) == (CLOSE, (answered,))


async def test_a_frame_that_is_not_masked_closes_with_1002_however_it_is_cut(opened: Opened) -> None:
    chat = opened(services.websocket)

    def converse() -> list[tuple[int, bytes]]:
        with websocket(chat) as connection:
            connection.sendall(frame(TEXT, b"masked"))
            connection.sendall(b"\x81")
            time.sleep(0.02)
            connection.sendall(b"\x05hello")
            return answers(connection)

    echo, (opcode, payload) = await asyncio.to_thread(converse)
    assert echo == (TEXT, b"masked")
    assert (opcode, struct.unpack(">H", payload[:2])) == (CLOSE, (1002,))
    assert [entry.path for entry in chat.journal()] == ["/", "masked", ""]


async def test_a_message_in_fragments_with_a_ping_between_is_one_message(opened: Opened) -> None:
    chat = opened(services.websocket)

    def converse() -> list[tuple[int, bytes]]:
        with websocket(chat) as connection:
            sent = frame(TEXT, b"hel", last=False) + frame(PING, b"?") + frame(CONTINUATION, b"", last=False)
            for byte in sent + frame(CONTINUATION, b"lo"):
                connection.sendall(bytes([byte]))
            connection.sendall(frame(CLOSE, struct.pack(">H", 1000)))
            return answers(connection)

    pong, echo, close = await asyncio.to_thread(converse)
    assert (pong, echo, close[0]) == ((10, b"?"), (TEXT, b"hello"), CLOSE)
    assert [(entry.method, entry.path) for entry in chat.journal()] == [("GET", "/"), ("MESSAGE", "hello")]


@pytest.mark.parametrize("sent", [frame(TEXT, b"hel", announced=5), frame(TEXT, b"hel", last=False), b"\x81"])
async def test_a_frame_cut_off_in_the_middle_hurts_nobody(
    opened: Opened, http: Open, beside: Beside, sent: bytes
) -> None:
    chat = opened(services.websocket)
    async with beside(http()):
        with websocket(chat) as connection:
            connection.sendall(sent)
        await eventually(lambda: chat.journal().open_connections == 0)
    assert chat.journal().outcomes == {"ok": 1}  # the handshake


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET.replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 99") % b"/", 426),
        (GET.replace(b"Sec-WebSocket-Version: 13\r\n", b"") % b"/", 426),
        (GET.replace(b"GET", b"POST") % b"/", 405),
        (GET.replace(b"HTTP/1.1", b"HTTP/1.0") % b"/", 400),
        (GET.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short") % b"/", 400),
        (GET.replace(b"localhost", b"evil.example") % b"/", 403),
        (b"\x81\x85hello", 400),
    ],
    ids=[
        "a wrong version",
        "no version",
        "POST",
        "HTTP/1.0",
        "a short key",
        "a foreign host",
        "a frame without a handshake",
    ],
)
async def test_a_handshake_that_is_none_is_answered_in_http(opened: Opened, sent: bytes, status: int) -> None:
    chat = opened(services.websocket)
    received = await asyncio.to_thread(exchange, chat, sent)
    assert int(received.split()[1]) == status
    assert b'"error"' in received
    assert [entry.status for entry in chat.journal()] == [status]


async def test_a_follower_that_never_reads_costs_no_memory_and_delays_nobody(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.sse, interval_s=None)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(feed.address)
        slow.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with session.get(f"{feed.url}/events") as stream:
            await eventually(lambda: feed.journal().count(outcome="in flight") == 2)
            before = memory()
            for _ in range(12):
                for _ in range(250):
                    feed.broadcast("x" * 1000)
                for _ in range(250):
                    await stream.content.readuntil(b"\n\n")
            assert memory() - before < 20  # 3 MB of events are remembered, once for all


async def test_garbage_in_the_midst_of_tls_ends_that_connection_only(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    vault = opened(services.https, latency_s=0.0)
    async with session.get(f"{vault.url}/cities/oslo", ssl=vault.ssl_context) as response:
        assert response.status == 200

    def spoil() -> bytes:
        with socket.create_connection(vault.address, timeout=10) as plain:
            wrapped = vault.ssl_context.wrap_socket(plain, server_hostname="localhost")
            wrapped.sendall(b"GET /cities/oslo?latency_s=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while not vault.journal().count(outcome="in flight"):
                time.sleep(0.005)
            os.write(wrapped.fileno(), b"this is no TLS record")
            received = b""
            with contextlib.suppress(OSError):
                received = wrapped.recv(65536)
            wrapped.close()
            return received

    assert await asyncio.to_thread(spoil) == b""
    async with session.get(f"{vault.url}/cities/oslo", ssl=vault.ssl_context) as response:
        assert response.status == 200
    entries = vault.journal().entries
    assert [entry.outcome for entry in entries] == ["ok", "aborted", "ok"]
    assert entries[0].connection == entries[2].connection
