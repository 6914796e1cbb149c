"""Measure the mock internet: `python -m tests.benchmarks.services` (about a minute).

Every figure is the median over rounds, ours and the floor's taken in turn in one run: the floor is a bare
asyncio.Protocol that does nothing but wait. "cold" opens its connections, "warm" has them.
"""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from helpers import services
from helpers.legacy import Client
from helpers.services import HttpService
from tests.benchmarks.services_floor import LATENCY_S

ROUNDS = 7
ROOT = Path(__file__).resolve().parents[2]
PATH = "/cities/oslo"
FIRST_ANSWER = """
import http.client, time
from helpers import services
from helpers.legacy import Client
began = time.perf_counter()
api = services.http("first", latency_s=0.0)
connection = http.client.HTTPConnection(api.url.removeprefix("http://"))
connection.request("GET", "/cities/oslo")
assert connection.getresponse().status == 200
print(time.perf_counter() - began)
"""
KERNEL = """
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from helpers import services
from helpers.legacy import Client
api = services.http("alone", latency_s=0.0)
if {pool}:
    pool = ProcessPoolExecutor(2, mp_context=get_context("fork"))
    list(pool.map(abs, range(8)))
print(api.url, flush=True)
time.sleep(60)
"""


@dataclass
class Burst:
    """N requests at once: how long all took over the latency, and how late each answer began, in ms."""

    ratio: float
    late_ms: list[float]

    @property
    def p99_ms(self) -> float:
        return sorted(self.late_ms)[max(0, round(0.99 * len(self.late_ms)) - 1)]


@dataclass
class Row:
    """One line of the table: what was measured, in which unit, on whom, against which goal."""

    what: str
    unit: str
    goal: float | None = None
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    floor_cold: list[float] = field(default_factory=list)
    floor_warm: list[float] = field(default_factory=list)
    judged: str = "warm"

    def __str__(self) -> str:
        columns = [self.cold, self.warm, self.floor_cold, self.floor_warm]
        figures = "".join(f"{statistics.median(c):>9.2f}" if c else f"{'':>9}" for c in columns)
        if self.goal is None:
            return f"{self.what:<62}{self.unit:<4}{figures}"
        met = statistics.median(getattr(self, self.judged)) <= self.goal
        return f"{self.what:<62}{self.unit:<4}{figures}{self.goal:>8g}  {'met' if met else 'MISSED'}"


@asynccontextmanager
async def session(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session without aiohttp's limit of 100 connections."""
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as opened:
        yield opened


async def burst(client: aiohttp.ClientSession, n: int, *, api: HttpService | None, block_s: float = 0.0) -> Burst:
    """Send n requests at once; the service's journal, or the floor's header, says how late each answer was."""
    late_ns: list[int] = []

    async def ask() -> None:
        async with client.get(PATH) as response:
            await response.read()
            late_ns.append(int(response.headers.get("X-Late-Ns", 0)))

    began_ns = time.perf_counter_ns()
    tasks = [asyncio.create_task(ask()) for _ in range(n)]
    if block_s:
        await asyncio.sleep(LATENCY_S / 2)
        time.sleep(block_s)  # noqa: ASYNC251 - what a blocked client is
    await asyncio.gather(*tasks)
    took_s = (time.perf_counter_ns() - began_ns) / 1e9
    if api is not None:
        journal = api.journal(began_ns)
        assert journal.count(outcome="ok") == n, journal
        late_ns = [entry.late_ns for entry in journal.entries if entry.late_ns is not None]
    assert min(late_ns) >= 0, "an answer came early"
    return Burst(took_s / LATENCY_S, [ns / 1e6 for ns in late_ns])


async def bursts(api: HttpService, floor_url: str) -> list[Row]:
    """Measure overshoot and wall time, cold and warm, ours and the floor's in turn."""
    rows = []
    for n, late_goal, ratio_goal in ((1, None, None), (100, None, 1.35), (1000, 10.0, 4.0)):
        late = Row(f"service's own overshoot of 100 ms, {n} at once, p99", "ms", late_goal)
        ratio = Row(f"aiohttp client, {n} at once, wall / latency", "×", ratio_goal)
        for _ in range(ROUNDS):
            for url, ours in ((api.url, api), (floor_url, None)):
                async with session(url) as client:
                    cold = await burst(client, n, api=ours)
                    await burst(client, n, api=ours)  # after the first not all have a connection yet
                    warm = await burst(client, n, api=ours)
                for column, measured in (("cold", cold), ("warm", warm)):
                    name = column if ours else f"floor_{column}"
                    getattr(late, name).append(measured.p99_ms)
                    getattr(ratio, name).append(measured.ratio)
        rows += [late, ratio]
    blocked = Row("overshoot while the client is blocked 0.3 s, 100 at once, p99", "ms", 5.0)
    for _ in range(ROUNDS):
        for url, ours in ((api.url, api), (floor_url, None)):
            async with session(url) as client:
                for column in ("cold", "warm"):
                    measured = await burst(client, 100, api=ours, block_s=0.3)
                    getattr(blocked, column if ours else f"floor_{column}").append(measured.p99_ms)
    return [*rows, blocked]


def control() -> list[Row]:
    """Measure the control channel: another service, and a journal of 100 requests."""
    another = Row("open another service", "ms", 3.0)
    journal = Row("read a journal of 100 requests", "ms")
    with services.http("journal", latency_s=0.0) as asked, Client(asked.url) as client:
        for _ in range(100):
            client.city("oslo")
        for _ in range(4 * ROUNDS):
            began = time.perf_counter()
            assert len(asked.journal()) == 100
            journal.warm.append((time.perf_counter() - began) * 1e3)
    for i in range(4 * ROUNDS):
        began = time.perf_counter()
        opened = services.http(f"another-{i}")
        another.warm.append((time.perf_counter() - began) * 1e3)
        opened.close()
    return [another, journal]


def first_answer() -> Row:
    """Measure, in a fresh process each time, from the call of services.http to the first answer."""
    row = Row("first answer of the first service (fresh process)", "s", 0.6, judged="cold")
    for _ in range(ROUNDS):
        run = subprocess.run([sys.executable, "-c", FIRST_ANSWER], cwd=ROOT, capture_output=True, text=True, check=True)
        row.cold.append(float(run.stdout))
    return row


def gone(what: str, *, pool: bool) -> Row:
    """Measure from SIGKILL of the kernel until nobody listens on the service's port."""
    row = Row(f"gone after SIGKILL of the kernel{what}", "s", 0.3, judged="cold")
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", KERNEL.format(pool=pool)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as kernel:
            assert kernel.stdout is not None
            port = int(kernel.stdout.readline().rpartition(":")[2])
            began = time.perf_counter()
            kernel.kill()
            while _listens(port):
                time.sleep(0.001)
            row.cold.append(time.perf_counter() - began)
            with suppress(ProcessLookupError):
                os.killpg(kernel.pid, signal.SIGKILL)
    return row


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def floor() -> Iterator[str]:
    """Run the floor; yield its address."""
    command = [sys.executable, "-m", "tests.benchmarks.services_floor"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def main() -> None:
    print(f"Python {platform.python_version()}, aiohttp {aiohttp.__version__}, {os.cpu_count()} cores, ", end="")
    print(f"median of {ROUNDS} rounds, load {os.getloadavg()[0]:.1f} at the start\n")
    print(f"{'':<66}{'cold':>9}{'warm':>9}{'floor':>9}{'floor':>9}{'goal':>8}")
    print(f"{'':<66}{'':>18}{'cold':>9}{'warm':>9}{'':>8}")
    with services.http("benchmark", latency_s=LATENCY_S) as api, floor() as floor_url:
        for row in asyncio.run(bursts(api, floor_url)):
            print(row)
        for row in control():
            print(row)
    services.shut_down()
    print(first_answer(), gone("", pool=False), gone(", forked process pool alive", pool=True), sep="\n")


if __name__ == "__main__":
    main()
