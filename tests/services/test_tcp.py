"""What a client sees of a TCP service, and what the journal says of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpers import services
from helpers.services import ServiceError, TcpService, Uniform
from tests.services.conftest import Opened, OpenTcp, eventually, exchange

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(service: TcpService, n: int = 1) -> AsyncIterator[list[Streams]]:
    """Open n connections, spread over all ports, and close them."""
    addresses = service.addresses
    pairs = await asyncio.gather(*(asyncio.open_connection(*addresses[i % len(addresses)]) for i in range(n)))
    try:
        yield pairs
    finally:
        for _, writer in pairs:
            writer.close()
        for _, writer in pairs:
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def say(streams: Streams, text: str) -> str:
    """Send a line; return the line that comes back, or what came instead of it."""
    reader, writer = streams
    writer.write(f"{text}\n".encode())
    return (await reader.readline()).decode().removesuffix("\n")


async def test_each_line_is_answered_with_itself_in_order(tcp: OpenTcp) -> None:
    async with connected(tcp()) as [(reader, writer)]:
        writer.write(b"one\ntwo\n\nthree and a half\r\n")
        assert [await reader.readline() for _ in range(4)] == [b"one\n", b"two\n", b"\n", b"three and a half\r\n"]


async def test_a_message_may_be_announced_by_its_length(tcp: OpenTcp) -> None:
    async with connected(tcp(framing="length")) as [(reader, writer)]:
        for message in (b"with\na line feed", b"", bytes(1024**2)):
            sent = struct.pack(">I", len(message)) + message
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent


@pytest.mark.parametrize(("framing", "sent"), [("line", b"a\nbc\n"), ("length", b"\0\0\0\1a\0\0\0\2bc")])
async def test_messages_that_come_byte_by_byte_are_answered_the_same(tcp: OpenTcp, framing: str, sent: bytes) -> None:
    async with connected(tcp(framing=framing)) as [(reader, writer)]:
        for byte in sent:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.001)
        assert await reader.readexactly(len(sent)) == sent


async def test_every_answer_takes_at_least_the_latency(tcp: OpenTcp) -> None:
    line = tcp(latency_s=0.05)
    async with connected(line) as [streams]:
        began = time.perf_counter()
        await say(streams, "hello")
        assert time.perf_counter() - began >= 0.05
    (entry,) = line.journal()
    assert (entry.method, entry.path, entry.outcome, entry.status) == ("MESSAGE", "hello", "ok", None)
    assert entry.late_ns is not None
    assert entry.late_ns >= 0


async def test_the_messages_of_one_connection_are_answered_one_after_another(tcp: OpenTcp) -> None:
    line = tcp(latency_s=Uniform(0, 0.02))
    async with connected(line) as [(reader, writer)]:
        writer.write(b"".join(b"%d\n" % i for i in range(10)))
        assert [int(await reader.readline()) for _ in range(10)] == list(range(10))
    assert line.journal().peak_in_flight == 1


async def test_connections_are_served_at_once_up_to_the_capacity(tcp: OpenTcp) -> None:
    line = tcp(latency_s=60, capacity=4)
    async with connected(line, 10) as pairs:
        for _, writer in pairs:
            writer.write(b"hello\n")
        await eventually(lambda: len(line.journal()) == 10)
        assert line.journal().outcomes == {"in flight": 4, "queueing": 6}


async def test_beyond_the_admission_limit_a_message_is_rejected_in_words(tcp: OpenTcp) -> None:
    line = tcp(latency_s=60, admission_limit=1)
    async with connected(line, 2) as (first, second):
        first[1].write(b"hello\n")
        await eventually(lambda: len(line.journal()) == 1)
        assert await say(second, "hello") == "ERR 1 in flight or queueing already, which is the limit"
        assert line.journal().outcomes == {"in flight": 1, "rejected": 1}


async def test_a_truncated_message_ends_in_its_middle(tcp: OpenTcp) -> None:
    line = tcp(failure_rate=1, failure="truncated")
    assert await asyncio.to_thread(exchange, line, b"hello\n") == b"hel"
    assert line.journal().outcomes == {"truncated": 1}


async def test_a_reset_is_an_error_and_not_the_end_that_a_close_is(tcp: OpenTcp) -> None:
    line = tcp(failure_rate=1, failure="reset")
    async with connected(line) as [(reader, writer)]:
        writer.write(b"hello\n")
        with pytest.raises(ConnectionResetError):
            await reader.readline()
    assert line.journal().outcomes == {"reset": 1}


async def test_no_answer_lasts_until_the_client_gives_up(tcp: OpenTcp) -> None:
    line = tcp(failure_rate=1, failure="no_answer")
    async with connected(line) as [streams]:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(say(streams, "hello"), 0.05)
        assert line.journal().outcomes == {"in flight": 1}
    await eventually(lambda: line.journal().outcomes == {"aborted": 1})


async def test_a_client_that_closed_its_half_still_gets_its_answers(tcp: OpenTcp) -> None:
    line = tcp(latency_s=0.02)
    async with connected(line) as [(reader, writer)]:
        writer.write(b"one\ntwo\n")
        writer.write_eof()
        assert await reader.read() == b"one\ntwo\n"
    assert line.journal().outcomes == {"ok": 2}


async def test_fail_first_fails_the_next_n(tcp: OpenTcp) -> None:
    line = tcp()
    line.fail_first(1, failure="truncated")
    assert await asyncio.to_thread(exchange, line, b"hello\n") == b"hel"
    async with connected(line) as [streams]:
        assert await say(streams, "hello") == "hello"


async def test_a_change_is_for_the_messages_after_it(tcp: OpenTcp) -> None:
    line = tcp()
    async with connected(line) as [streams]:
        await say(streams, "a")
        line.change(latency_s=0.03)
        began = time.perf_counter()
        await say(streams, "b")
        assert time.perf_counter() - began >= 0.03


async def test_a_broadcast_reaches_every_connection_in_order(tcp: OpenTcp) -> None:
    line = tcp()
    async with connected(line, 300) as pairs:
        await eventually(lambda: line.journal().open_connections == 300)
        assert [line.broadcast(text) for text in ("one", "two")] == [300, 300]
        for reader, _ in pairs:
            assert [await reader.readline(), await reader.readline()] == [b"one\n", b"two\n"]


async def test_with_echo_to_all_what_one_says_all_hear(tcp: OpenTcp) -> None:
    line = tcp(echo_to="all")
    async with connected(line, 3) as pairs:
        await eventually(lambda: line.journal().open_connections == 3)
        pairs[0][1].write(b"hello\n")
        assert [await reader.readline() for reader, _ in pairs] == [b"hello\n"] * 3


async def test_the_journal_counts_connections_that_say_nothing(tcp: OpenTcp) -> None:
    line = tcp()
    async with connected(line, 20):
        await eventually(lambda: line.journal().open_connections == 20)
        journal = line.journal()
        assert (len(journal), journal.connections, journal.peak_connections) == (0, 0, 20)
        assert repr(journal) == f"Journal of {line.name!r}: no messages, at most 20 connections at once"
    await eventually(lambda: line.journal().open_connections == 0)
    assert line.journal().peak_connections == 20


async def test_several_ports_are_one_service(tcp: OpenTcp) -> None:
    line = tcp(ports=3)
    assert len({port for _, port in line.addresses}) == 3
    async with connected(line, 3) as pairs:
        assert [await say(streams, "hello") for streams in pairs] == ["hello"] * 3
    assert line.journal().connections == 3


def test_thousands_of_connections_get_more_ports(tcp: OpenTcp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.services._tcp.CONNECTIONS_A_PORT", 100)
    assert len(tcp(connections=201).addresses) == 3


def test_more_connections_than_the_machine_allows_are_refused_up_front() -> None:
    with pytest.raises(ServiceError, match=r"a process may have \d+ files open.*`ulimit -Hn`"):
        services.tcp("crowd", connections=640_000)


async def test_another_of_the_same_name_keeps_the_ports_and_drops_the_connections(tcp: OpenTcp) -> None:
    old = tcp(ports=2)
    async with connected(old) as [(reader, _)]:
        with services.tcp(old.name, ports=2) as new:
            assert new.addresses == old.addresses
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            assert new.journal().peak_connections == 0


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"framing": "lines"}, ValueError, r"framing must be one of 'line', 'length', got 'lines'"),
        ({"echo_to": None}, TypeError, r"echo_to must be one of 'sender', 'all', got None"),
        ({"ports": 0}, ValueError, r"ports must be a whole number from 1 to 64, got 0"),
        ({"failure": 503}, ValueError, r"failure must be one of 'reset'.*services.tcp\(\) has no statuses, got 503"),
        ({"latncy_s": 1}, TypeError, r"services.tcp\(\) has no parameter 'latncy_s'. Did you mean latency_s\?"),
    ],
)
def test_a_wrong_argument_is_refused_in_the_kernel(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    services.shut_down()
    with pytest.raises(error, match=message):
        services.tcp("wrong", **wrong)
    assert not services.is_running()


@pytest.mark.parametrize("opener", [services.tcp, services.sse, services.websocket])
def test_half_of_a_surrogate_pair_is_not_broadcast(opened: Opened, opener: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"text must be encodable as UTF-8.*got 'half \\ud83d'"):
        opened(opener).broadcast("half \ud83d")


@pytest.mark.parametrize("text", ["two\nlines", "two\rlines", "x" * 1001])
def test_a_text_that_is_no_message_is_not_broadcast(tcp: OpenTcp, text: str) -> None:
    with pytest.raises(ValueError, match="text must have 1000 characters at most and no line end"):
        tcp().broadcast(text)


def test_a_synchronous_client_is_served_as_well(tcp: OpenTcp) -> None:
    with socket.create_connection(tcp().address) as connection:
        connection.sendall(b"hello\n")
        assert connection.recv(100) == b"hello\n"
