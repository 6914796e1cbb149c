"""Measure services of messages: `python -m tests.benchmarks.services_protocols` (about a minute).

Connections held open, beside the least that Python can do (a bare asyncio.Protocol that does nothing) and a thread for
each; WebSockets; TLS handshakes; round trips. Every figure is the median over rounds, ours and the peer's in turn. What
holds connections is a fresh process each time, so that its memory is its own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any

import aiohttp
import psutil

from helpers import services
from helpers.services import Service, _running, check_connections
from tests.benchmarks.services import floor
from tests.benchmarks.services_clients import held_by_one_thread, held_by_threads, hold, kib, websockets

ROUNDS = 3
CONNECTIONS = 10_000
THREADS = 1000
WEBSOCKETS = 1000
SECURE = 200
ROUND_TRIPS = 1000


def in_fresh_process(work: Callable[..., dict[str, float]], *args: Any, server: int) -> dict[str, float]:
    """Run this in a process of its own; add what the server's memory grew by for each connection while it held them."""
    process = psutil.Process(server)
    before = kib(process)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        peak, running = before, pool.submit(work, *args)
        while not running.done():
            peak = max(peak, kib(process))
            time.sleep(0.01)
        return running.result() | {"server_kib": (peak - before) / args[-1]}


def median(rounds: list[dict[str, float]], name: str) -> float:
    """Return the median over rounds."""
    return statistics.median(each[name] for each in rounds)


def show(what: str, unit: str, ours: float, peer: float | None = None, of: str = "") -> None:
    """Print a line: a figure, and a peer's."""
    beside = "" if peer is None else f"{peer:>10.2f}  {of}"
    print(f"{what:<58}{unit:<5}{ours:>10.2f}{beside}")


def tcp_connections() -> None:
    """Measure connections held open, ours and the floor's, and those of threads."""
    check_connections(CONNECTIONS)
    rounds: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "few": [], "threads": []}
    crowd = services.tcp("crowd", connections=CONNECTIONS)
    daemon = _running.current().pid
    with floor() as url:
        (bare,) = (each.pid for each in psutil.Process().children() if "services_floor" in str(each.cmdline()))
        peer = [("127.0.0.1", int(url.rpartition(":")[2]))]
        for _ in range(ROUNDS):
            for name, work, addresses, n, server in (
                ("ours", held_by_one_thread, crowd.addresses, CONNECTIONS, daemon),
                ("bare", held_by_one_thread, peer, CONNECTIONS, bare),
                ("few", held_by_one_thread, crowd.addresses, THREADS, daemon),
                ("threads", held_by_threads, crowd.addresses, THREADS, daemon),
            ):
                rounds[name].append(in_fresh_process(work, addresses, n, server=server))
    for what, n, ours, other, of in (
        ("open", CONNECTIONS, "ours", "bare", "a bare Protocol"),
        ("open", THREADS, "few", "threads", "a thread each"),
    ):
        show(f"{what} {n:,} TCP connections", "s", median(rounds[ours], "open_s"), median(rounds[other], "open_s"), of)
        for side in ("server", "client") if n == CONNECTIONS else ("client",):
            # memory that one round gives back the next takes: only the first shows what it takes
            first, peers = (rounds[name][0][f"{side}_kib"] for name in (ours, other))
            show(f"  each, the {side}", "KiB", first, peers, of)


def broadcasts() -> None:
    """Measure how long a message takes to all of the connections."""
    rounds = []
    for i in range(ROUNDS):
        with services.tcp(f"all-{i}", connections=CONNECTIONS) as crowd:
            rounds.append(asyncio.run(hold(crowd.addresses, CONNECTIONS, lambda: crowd.broadcast("hello"))))
    show(f"a message to {CONNECTIONS:,} connections, until the last has it", "ms", median(rounds, "to_all_ms"))


def websocket_connections() -> None:
    """Measure WebSockets held open."""
    rounds = []
    for i in range(ROUNDS):
        with services.websocket(f"chat-{i}") as chat:
            rounds.append(in_fresh_process(websockets, chat.url, WEBSOCKETS, server=_running.current().pid))
    show(f"open {WEBSOCKETS:,} WebSockets", "s", median(rounds, "open_s"))
    show("  each, the service", "KiB", max(each["server_kib"] for each in rounds))
    show("  each, the client (aiohttp)", "KiB", median(rounds, "client_kib"))


async def handshakes() -> None:
    """Measure TLS: how many handshakes a second, and what a connection costs the service."""
    with services.tcp("secure", tls=True) as line:
        context, process = line.ssl_context, psutil.Process(_running.current().pid)
        rates, before = [], kib(process)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            pairs = [await asyncio.open_connection(*line.address, ssl=context) for _ in range(SECURE)]
            rates.append(SECURE / (time.perf_counter() - began))
            grown = kib(process) - before
            for _, writer in pairs:
                writer.transport.abort()
            await asyncio.sleep(0.1)
    show("TLS handshakes, one after another, both sides", "/s", statistics.median(rates))
    show("  each connection, the service", "KiB", grown / SECURE)


async def round_trips() -> None:
    """Measure a small message and its answer on a connection that is there: TCP, WebSocket, HTTP."""
    with ExitStack() as stack:
        opened: list[Service] = [
            stack.enter_context(services.tcp("line")),
            stack.enter_context(services.websocket("chat")),
            stack.enter_context(services.http("api", latency_s=0.0)),
        ]
        line, chat, api = opened
        times: dict[str, list[float]] = {"tcp": [], "websocket": [], "http": []}
        reader, writer = await asyncio.open_connection(*line.address)
        async with aiohttp.ClientSession() as session, session.ws_connect(chat.url) as websocket:

            async def by_tcp() -> None:
                writer.write(b"hello\n")
                await reader.readline()

            async def by_websocket() -> None:
                await websocket.send_str("hello")
                await websocket.receive_str()

            async def by_http() -> None:
                async with session.get(f"{api.url}/cities/oslo") as response:
                    await response.read()

            for _ in range(ROUND_TRIPS):
                for name, ask in (("tcp", by_tcp), ("websocket", by_websocket), ("http", by_http)):
                    began = time.perf_counter()
                    await ask()
                    times[name].append((time.perf_counter() - began) * 1e6)
        writer.close()
    http_us = statistics.median(times["http"])
    show("round trip of a line over TCP (streams)", "µs", statistics.median(times["tcp"]), http_us, "keep-alive HTTP")
    show("round trip of a WebSocket message", "µs", statistics.median(times["websocket"]), http_us, "keep-alive HTTP")


def main() -> None:
    print(f"Python {platform.python_version()}, aiohttp {aiohttp.__version__}, {os.cpu_count()} cores, ", end="")
    print(f"median of {ROUNDS} rounds, load {os.getloadavg()[0]:.1f} at the start\n")
    tcp_connections()
    broadcasts()
    services.shut_down()
    websocket_connections()
    asyncio.run(handshakes())
    asyncio.run(round_trips())


if __name__ == "__main__":
    main()
