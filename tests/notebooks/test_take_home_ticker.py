"""The ticker that lesson 05 gives to take home: one visitor that does not read must not cost the others anything."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from helpers.lesson.course import Course

MEGABYTE = "x" * 1_000_000
LONG_S = 20.0  # what hangs is told from what is slow, also on a crowded machine
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Course.here().source / "take_home" / "05_ticker.py"
    spec = importlib.util.spec_from_file_location("take_home_ticker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def one_that_never_reads(address: str) -> AsyncIterator[asyncio.StreamReader]:
    """Visit the ticker, and leave what it sends where it is."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    try:
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        yield reader
    finally:
        writer.transport.abort()


@asynccontextmanager
async def a_good_visitor(address: str, heard: list[str]) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async def listen() -> None:
        async for message in socket:
            heard.append(message.data)

    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/live", max_msg_size=0) as socket:
        listening = asyncio.create_task(listen())
        try:
            yield socket
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def until(condition: Any) -> None:
    async with asyncio.timeout(LONG_S):
        while not condition():  # noqa: ASYNC110 - nothing there tells of it
            await asyncio.sleep(0.01)


def test_the_others_hear_everything_and_the_one_that_never_reads_is_cut_off(script: ModuleType) -> None:
    async def day() -> list[str]:
        ticker, heard = script.Ticker(patience_s=1.0), list[str]()
        async with (
            asyncio.timeout(2 * LONG_S),
            script.serving(ticker) as address,
            one_that_never_reads(address),
            a_good_visitor(address, heard),
        ):
            await until(lambda: len(ticker._visitors) == 2)
            sent = 0
            while len(ticker._visitors) == 2:
                sent += 1
                await ticker.publish(f"{sent}:{MEGABYTE}")
            await ticker.publish("the last")
            await until(lambda: "the last" in heard)
            return [piece.partition(":")[0] for piece in heard] + [str(len(ticker._visitors)), str(sent)]

    *numbers, last, visitors, sent = asyncio.run(day())
    assert numbers == [str(number) for number in range(1, int(sent) + 1)]
    assert (last, visitors) == ("the last", "1")


def test_several_publish_at_once_and_none_of_them_falls_to_the_one_that_never_reads(script: ModuleType) -> None:
    async def day() -> list[Any]:
        ticker = script.Ticker(patience_s=0.2)
        async with asyncio.timeout(2 * LONG_S), script.serving(ticker) as address, one_that_never_reads(address):
            await until(lambda: ticker._visitors)
            several = [ticker.publish(20 * MEGABYTE) for _ in range(3)]
            return await asyncio.gather(*several, return_exceptions=True)

    assert asyncio.run(day()) == [None, None, None]


def test_the_server_stops_in_the_middle_of_sending_to_the_one_that_never_reads(script: ModuleType) -> None:
    async def day() -> tuple[bool, aiohttp.ClientWebSocketResponse]:
        ticker, heard = script.Ticker(patience_s=5.0), list[str]()
        async with asyncio.timeout(2 * LONG_S):
            serving = script.serving(ticker)
            address = await serving.__aenter__()
            async with one_that_never_reads(address):
                await until(lambda: len(ticker._visitors) == 1)
                publishing = asyncio.create_task(ticker.publish(20 * MEGABYTE))
                async with a_good_visitor(address, heard) as socket:
                    await until(lambda: len(ticker._visitors) == 2)
                    publishing.cancel()
                    await asyncio.wait([publishing])
                    await serving.__aexit__(None, None, None)
                    await until(lambda: socket.closed)
            return publishing.cancelled(), socket

    cancelled, socket = asyncio.run(day())
    assert cancelled
    assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY, "the others are told goodbye"
