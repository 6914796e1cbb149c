"""Clients that hold connections open, to be measured in a process of their own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence

import aiohttp
import psutil

from helpers.services.files import raise_file_limit

AT_ONCE = 500  # connects in flight: more only fill the backlog

Addresses = Sequence[tuple[str, int]]


def kib(process: psutil.Process) -> float:
    """Return how much memory a process has, in KiB."""
    return float(process.memory_info().rss) / 1024


class Held(asyncio.Protocol):
    """A connection that is held, and counts what it is told."""

    left = 0
    all_heard: asyncio.Event

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Held.left -= 1
        if not Held.left:
            Held.all_heard.set()


async def hold(addresses: Addresses, n: int, told: Callable[[], object] | None) -> dict[str, float]:
    """Open n connections by one thread; measure them, and how long `told` takes to reach all."""
    loop, own = asyncio.get_running_loop(), psutil.Process()
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(i: int) -> asyncio.Transport:
        async with gate:
            return (await loop.create_connection(Held, *addresses[i % len(addresses)]))[0]

    before, began = kib(own), time.perf_counter()
    transports = await asyncio.gather(*(one(i) for i in range(n)))
    measured = {"open_s": time.perf_counter() - began, "client_kib": (kib(own) - before) / n}
    if told is not None:
        Held.left, Held.all_heard = n, asyncio.Event()
        await asyncio.sleep(0.2)  # until the service has accepted the last
        began = time.perf_counter()
        told()
        await Held.all_heard.wait()
        measured["to_all_ms"] = (time.perf_counter() - began) * 1e3
    for transport in transports:
        transport.abort()
    return measured


def held_by_one_thread(addresses: Addresses, n: int) -> dict[str, float]:
    """Open n connections by asyncio, and close them."""
    raise_file_limit()
    return asyncio.run(hold(addresses, n, None))


def held_by_threads(addresses: Addresses, n: int) -> dict[str, float]:
    """Open n connections by a thread each, which waits for what comes; and close them."""
    raise_file_limit()
    own, ready = psutil.Process(), threading.Semaphore(0)
    connections: list[socket.socket] = []

    def one() -> None:
        connections.append(socket.create_connection(addresses[0]))
        ready.release()
        connections[-1].recv(1)

    before, began = kib(own), time.perf_counter()
    for _ in range(n):
        threading.Thread(target=one, daemon=True).start()
    for _ in range(n):
        ready.acquire()
    return {"open_s": time.perf_counter() - began, "client_kib": (kib(own) - before) / n}


def websockets(url: str, n: int) -> dict[str, float]:
    """Open n WebSockets by aiohttp, and close them."""

    async def run() -> dict[str, float]:
        own, gate = psutil.Process(), asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def one() -> aiohttp.ClientWebSocketResponse:
                async with gate:
                    return await session.ws_connect(url)

            before, began = kib(own), time.perf_counter()
            opened = await asyncio.gather(*(one() for _ in range(n)))
            measured = {"open_s": time.perf_counter() - began, "client_kib": (kib(own) - before) / n}
            await asyncio.gather(*(each.close() for each in opened))
            return measured

    raise_file_limit()
    return asyncio.run(run())
