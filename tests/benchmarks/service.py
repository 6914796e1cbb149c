"""How many followers the finished service of page 12 holds, how soon all have heard, and what a stop costs.

`python -m tests.benchmarks.service` starts `notebooks/take_home/12_service` as a process of its own and prints:

    followers      connected by server-sent events; memory of the service for each
    told           from the moment a measurement is sent until the last follower has it: median and worst
    load           measurements a second that 50 clients get acknowledged, with FULL and with NORMAL
    SIGTERM        in the middle of that load: acknowledged and not in the file, clients without an answer
    SIGKILL        the same

`--quick` is a smoke test with few followers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import psutil

from helpers.lesson.finished_service import FinishedService

FOLLOWERS, QUICK_FOLLOWERS = 1000, 50
MEASUREMENTS, CLIENTS, PORTION = 30, 50, 100
REQUEST = b"GET /events HTTP/1.1\r\nHost: benchmark\r\n\r\n"
READY = b"\r\n\r\n"


class Crowd:
    """Connections that follow, as bare as can be: what they cost here would be counted as the service's time."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.removeprefix("http://").partition(":")
        self._port = int(port)
        self._readers: list[asyncio.StreamReader] = []
        self._writers: list[asyncio.StreamWriter] = []

    def __len__(self) -> int:
        return len(self._readers)

    async def join(self, number: int) -> None:
        for begin in range(0, number, PORTION):
            await asyncio.gather(*[self._follow() for _ in range(min(PORTION, number - begin))])

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(REQUEST)
        await reader.readuntil(READY)
        self._readers.append(reader)
        self._writers.append(writer)

    async def heard(self, key: bytes) -> None:
        """Wait until everybody has a message with this text in it."""

        async def one(reader: asyncio.StreamReader) -> None:
            while key not in await reader.readuntil(b"\n\n"):
                pass

        await asyncio.gather(*map(one, self._readers))

    async def leave(self) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*[writer.wait_closed() for writer in self._writers], return_exceptions=True)


async def post(session: aiohttp.ClientSession, key: str, value: float = 21.5) -> aiohttp.ClientResponse:
    async with session.post("/measurements", json={"key": key, "sensor": "roof", "value": value}) as response:
        await response.read()
        return response


async def followers(number: int) -> None:
    async with running() as (service, session):
        process = psutil.Process(service.pid)
        await post(session, "first")
        before = process.memory_info().rss
        crowd = Crowd(service.url)
        began = time.perf_counter()
        await crowd.join(number)
        joined_s = time.perf_counter() - began
        kib = (process.memory_info().rss - before) / 1024 / number
        print(f"followers      {len(crowd)} connected in {joined_s:.2f} s; {kib:.1f} KiB each in the service")
        took_s = []
        for turn in range(MEASUREMENTS):
            hearing = asyncio.ensure_future(crowd.heard(f'"value": {turn}.25,'.encode()))
            await asyncio.sleep(0.05)
            began = time.perf_counter()
            await asyncio.gather(post(session, f"turn {turn}", turn + 0.25), hearing)
            took_s.append(time.perf_counter() - began)
        async with session.get("/health") as response:
            health = await response.json()
        await crowd.leave()
        print(
            f"told           all of {number} after {statistics.median(took_s) * 1000:.0f} ms, "
            f"at worst {max(took_s) * 1000:.0f}; dropped: {health['dropped'] or 'nobody'}; the loop was late by "
            f"{health['lag_ms']} ms at the most"
        )


async def stopped_under_load(signal: str, seconds: float, synchronous: str = "FULL") -> None:
    acknowledged: set[str] = set()
    async with running(synchronous=synchronous) as (service, session):

        async def client(number: int) -> None:
            for turn in range(1_000_000):
                key = f"{number}-{turn}"
                response = await post(session, key)
                if response.status == 201:
                    acknowledged.add(key)
                if response.headers.get("Connection") == "close":
                    return

        clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
        await asyncio.sleep(seconds)
        per_s = len(acknowledged) / seconds
        service.send(signal)
        ends = await asyncio.gather(*clients, return_exceptions=True)
        how = await service.ended()
        lost = len(acknowledged - service.kept())
        print(
            f"{signal:<15}{synchronous}: {per_s:.0f} acknowledged a second; {how}; acknowledged, and not in the file: "
            f"{lost} of {len(acknowledged)}; without an answer: {sum(map(bool, ends))} of {CLIENTS}"
        )


@contextlib.asynccontextmanager
async def running(**options: Any) -> AsyncIterator[tuple[FinishedService, aiohttp.ClientSession]]:
    async with FinishedService(per_s=1e9, burst=10**9, **options) as service:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(service.url, connector=connector) as session:
            yield service, session


async def measure(*, quick: bool) -> None:
    await followers(QUICK_FOLLOWERS if quick else FOLLOWERS)
    seconds = 0.3 if quick else 3.0
    await stopped_under_load("SIGTERM", seconds)
    await stopped_under_load("SIGTERM", seconds, "NORMAL")
    await stopped_under_load("SIGKILL", seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    asyncio.run(measure(quick=parser.parse_args().quick))


if __name__ == "__main__":
    main()
