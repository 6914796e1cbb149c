"""Each kind of bad request has its own answer, and the client beside it notices nothing."""

from __future__ import annotations

import asyncio
import json
import socket

import aiohttp
import pytest

from tests.services.conftest import Beside, Open, eventually, exchange

HEAD = b"Host: 127.0.0.1\r\nConnection: close\r\n"


def answer(received: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    """Return the status, the headers (in lower case) and the JSON of the only answer there."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("what", "sent", "status", "error"),
    [
        ("not HTTP", b"\x16\x03\x01\x00\xa5hello\r\n\r\n", 400, "this is not an HTTP request"),
        ("a broken header", b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400, "this is not an HTTP request"),
        (
            "two lengths",
            b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            "",
        ),
        ("a long line", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", 431, "longer than 8190 bytes"),
        ("a long header", b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431, "longer than 8190 bytes"),
        (
            "many headers",
            b"GET / HTTP/1.1\r\n" + HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
            431,
            "more than 128 headers",
        ),
        ("a foreign host", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "Host header must name this machine"),
        ("no host", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "this is not an HTTP request: Missing 'Host'"),
        ("an empty host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 403, "Host header must name this machine"),
        ("a wrong method", b"DELETE /cities HTTP/1.1\r\n" + HEAD + b"\r\n", 405, "/cities takes GET, HEAD, not DELETE"),
        ("an unknown path", b"GET /towns HTTP/1.1\r\n" + HEAD + b"\r\n", 404, "nothing at /towns; see routes"),
        ("a wrong query", b"GET /cities?limit=no HTTP/1.1\r\n" + HEAD + b"\r\n", 400, "limit must be a whole number"),
        (
            "a long body",
            b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999999\r\n\r\n",
            413,
            "longer than 1048576",
        ),
        (
            "a long body in chunks",
            b"POST /echo HTTP/1.1\r\n"
            + HEAD
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + (b"40000\r\n" + b"a" * 0x40000 + b"\r\n") * 5,
            413,
            "longer than 1048576",
        ),
        (
            "a broken chunk",
            b"POST /echo HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
            400,
            "",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
async def test_bad_bytes_get_their_own_answer_and_hurt_nobody(
    http: Open, beside: Beside, what: str, sent: bytes, status: int, error: str
) -> None:
    api = http()
    async with beside(api):
        received = await asyncio.to_thread(exchange, api, sent)
    got, headers, content = answer(received)
    assert (got, headers["content-type"].split(";")[0]) == (status, "application/json")
    assert error in str(content["error"])
    refused = [entry for entry in api.journal().entries if entry.outcome == "refused"]
    assert [entry.status for entry in refused] == [status]


async def test_a_wrong_method_is_answered_with_those_allowed(http: Open, beside: Beside) -> None:
    api = http()
    async with beside(api):
        received = await asyncio.to_thread(
            exchange, api, b"PUT /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\n\r\n"
        )
    assert answer(received)[1]["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:80", "127.8.9.1"])
async def test_every_name_of_this_machine_is_a_host(http: Open, host: str) -> None:
    sent = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert answer(await asyncio.to_thread(exchange, http(), sent))[0] == 200


async def test_http_1_0_needs_no_host(http: Open) -> None:
    assert answer(await asyncio.to_thread(exchange, http(), b"GET / HTTP/1.0\r\n\r\n"))[0] == 200


async def test_a_request_cut_off_in_the_middle_hurts_nobody(http: Open, beside: Beside) -> None:
    api = http()
    host, port = api.url.removeprefix("http://").split(":")
    async with beside(api):
        for sent in (b"GET /cit", b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 100\r\n\r\nhalf"):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(sent)
                await asyncio.sleep(0.02)
    await eventually(lambda: api.journal().count(outcome="aborted") == 1)


async def test_a_client_that_sends_one_byte_at_a_time_gets_its_answer_and_hurts_nobody(
    http: Open, beside: Beside
) -> None:
    api = http()
    host, port = api.url.removeprefix("http://").split(":")
    async with beside(api):
        reader, writer = await asyncio.open_connection(host, int(port))
        for byte in b"GET /cities/oslo HTTP/1.1\r\n" + HEAD + b"\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.001)
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer(received)[0] == 200


async def test_a_thousand_connections_that_ask_for_nothing_hurt_nobody(http: Open, beside: Beside) -> None:
    api = http()
    host, port = api.url.removeprefix("http://").split(":")
    idle: list[socket.socket] = []
    try:
        async with beside(api):
            for _ in range(1000):
                idle.append(socket.create_connection((host, int(port))))
    finally:
        for connection in idle:
            connection.close()


async def test_pipelined_requests_are_answered_in_order_one_after_another(http: Open) -> None:
    api = http(latency_s=0.02)
    first = b"GET /cities/oslo HTTP/1.1\r\nHost: localhost\r\n\r\n"
    received = await asyncio.to_thread(exchange, api, first + b"GET /cities/lima HTTP/1.1\r\n" + HEAD + b"\r\n")
    assert received.index(b'"oslo"') < received.index(b'"lima"')
    assert api.journal().peak_in_flight == 1


async def test_a_session_that_was_reset_does_not_reset_the_others(http: Open, beside: Beside) -> None:
    api = http()
    async with beside(api), aiohttp.ClientSession(api.url) as session:
        for _ in range(20):
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get("/cities/oslo?failure_rate=1&failure=reset")
