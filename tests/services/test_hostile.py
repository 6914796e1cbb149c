"""Clients that mean harm: no crash, nobody else disturbed, nothing kept of them."""

from __future__ import annotations

import asyncio
import os
import struct
from dataclasses import replace
from typing import Any

import pytest

from helpers import services
from helpers.services import _running
from tests.benchmarks import hostile as command
from tests.services.conftest import Beside, Open, Opened, eventually, exchange
from tests.services.hostile.frames import OPENINGS, frame, message
from tests.services.hostile.siege import besiege
from tests.services.hostile.targets import TARGETS, Target, sends

CASES = 1000
SEED = 7  # the same cases on every run; the command in tests/benchmarks/hostile.py draws others
GROWTH = 40 * 2**20  # bytes; on an idle machine 15 to 35 MiB, most of it kept for the next such body, ever the same
HEAD = b"Host: 127.0.0.1\r\n"
UPGRADE = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_thousand_hostile_clients_disturb_nobody(target: Target) -> None:
    figures = besiege(target, CASES, number=SEED)
    assert figures.cases >= CASES
    assert figures.exchanges >= 2 * CASES // 20
    assert figures.after - figures.before < GROWTH


async def test_the_client_beside_them_keeps_its_one_connection(http: Open, beside: Beside) -> None:
    api, places = (
        http(),
        asyncio.Semaphore(3),
    )  # ten threads that draw cases leave the control channel's none of the GIL

    async def siege(target: Target) -> None:
        async with places:
            await asyncio.to_thread(besiege, target, 60, number=SEED)

    async with beside(api):
        await asyncio.gather(*map(siege, TARGETS))


@pytest.mark.parametrize(
    ("kind", "arguments", "sent"),
    [
        ("http", {}, b"GET /cities?failure=no_answer&failure_rate=1 HTTP/1.1\r\n" + UPGRADE + b"\r\n" + b"x" * 600_000),
        ("http", {}, (b"GET /cities?failure=no_answer&failure_rate=1 HTTP/1.1\r\n" + HEAD + b"\r\n") * 500),
        ("sse", {"interval_s": None}, b"GET /events HTTP/1.1\r\n" + UPGRADE + b"\r\n" + b"x" * 600_000),
        ("tcp", {"failure_rate": 1.0, "failure": "no_answer"}, b"hello\n" * 200_000),
        (
            "websocket",
            {"failure_rate": 1.0, "failure": "no_answer"},
            OPENINGS[0] + frame(1, b"hello" * 1000) * 200,
        ),
    ],
    ids=["behind an upgrade", "pipelined", "behind an endless stream", "lines", "frames"],
)
async def test_a_client_that_is_never_answered_and_sends_on_is_seen_to_leave(
    opened: Opened, kind: str, arguments: dict[str, Any], sent: bytes
) -> None:
    service = opened(getattr(services, kind), **arguments)
    reader, writer = await asyncio.open_connection(*service.address)
    writer.write(sent)
    await eventually(lambda: service.journal().peak_in_flight >= 1)
    if kind in ("sse", "websocket"):
        await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(10):
        await writer.drain()
    writer.transport.abort()
    await eventually(lambda: service.journal().open_connections == 0)
    assert service.journal().outcomes["in flight"] == 0


async def test_bytes_that_are_no_text_come_back_as_json(http: Open) -> None:
    sent = b"GET /echo?a=1 HTTP/1.1\r\n" + HEAD + b"X: a\xffb\r\nConnection: close\r\n\r\n"
    assert b'"X": "a?b"' in await asyncio.to_thread(exchange, http(), sent)


def written_to_stderr() -> int:
    """Return how many bytes the daemon has written to stderr."""
    return os.fstat(_running.current()._stderr.fileno()).st_size


@pytest.mark.parametrize("kind", ["http", "sse", "websocket"])
@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"zstd"])
async def test_a_body_that_is_not_encoded_as_it_says_is_refused_without_a_word_on_stderr(
    opened: Opened, kind: str, encoding: bytes
) -> None:
    sent = b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\nContent-Encoding: " + encoding + b"\r\n\r\nhello"
    service = opened(getattr(services, kind))
    before = written_to_stderr()
    received = await asyncio.to_thread(exchange, service, sent)
    assert received.partition(b" ")[2].startswith(b"400 ")
    await eventually(lambda: service.journal().open_connections == 0)
    assert written_to_stderr() == before


async def test_a_handshake_with_a_key_that_is_no_text_is_refused(opened: Opened) -> None:
    sent = OPENINGS[0].replace(b"dGhl", b"dGh\xe9")
    received = await asyncio.to_thread(exchange, opened(services.websocket), sent)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"this is not a WebSocket handshake" in received


async def test_a_long_target_is_not_kept_whole(http: Open) -> None:
    api = http()
    sent = b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    assert len(await asyncio.to_thread(exchange, api, sent)) > 8000
    assert [len(entry.path) for entry in api.journal()] == [500]


@pytest.mark.parametrize("version", [b"1.0", b"0.9"])
async def test_events_go_in_one_piece_to_who_knows_no_chunks(opened: Opened, version: bytes) -> None:
    feed = opened(services.sse, interval_s=0.001, events=2)
    received = await asyncio.to_thread(exchange, feed, b"GET /events HTTP/" + version + b"\r\n" + HEAD + b"\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"chunked" not in head.lower()
    assert body.startswith(b"retry: 100\n\nid: 1\n")


def test_the_command_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--quick", "--seed", "1"]) == 0
    assert "harm done to: nobody" in capsys.readouterr().out


def test_harm_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(TARGETS[0], honest=lambda service: sends(service, by_length=False))  # HTTP does not echo
    monkeypatch.setattr(command, "TARGETS", [wrong])
    assert command.main(["--quick", "--seed", "1", "--only", "http"]) == 1
    assert "harm done to: http" in capsys.readouterr().out


async def test_a_length_that_lies_is_told_before_anything_is_kept(opened: Opened) -> None:
    line = opened(services.tcp, framing="length")
    answer = await asyncio.to_thread(exchange, line, message(b"x", announced=2**32 - 1))
    assert answer[4:].startswith(b"ERR the announced length is 4294967295")
    assert struct.unpack(">I", answer[:4]) == (len(answer) - 4,)


async def test_the_daemon_says_nothing_of_clients(http: Open) -> None:
    api = http()
    for _ in range(20):
        await asyncio.to_thread(exchange, api, b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    assert _running.current()._last_words() == "It wrote nothing to stderr."
