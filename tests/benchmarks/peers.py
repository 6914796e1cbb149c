"""Measure services and recorder beside their peers: `python -m tests.benchmarks.peers` (two minutes).

Every server answers after 100 ms, in a process of its own, and the same aiohttp client asks all of them, in turn in one
run: the services of this course, httpbin as it is usually run (gunicorn with gevent), pytest-httpserver (threaded), and
as the floor a bare asyncio.Protocol. What is shown is what the client sees, so its own work is in every figure alike.
Then what watching a task and its steps costs, each way in a process of its own: the recorder, AsyncViz, VizTracer's
`log_async`, AsyncFlow, and asyncio's debug mode.

The peers are no requirements of the course. They need Python 3.12, and a virtual environment of their own:

    uv venv --python 3.12 peers && uv pip install --python peers -r tests/requirements.txt \\
        httpbin gunicorn gevent pytest-httpserver viztracer asyncviz wigglystuff

COURSE_PEERS_PYTHON may name the Python that has the ways to watch. What is not installed is left out, and the command
says so. `--quick` is a smoke test.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

import aiohttp
import psutil

from helpers import services
from helpers.services.files import raise_file_limit
from tests.benchmarks.services import ROOT, floor
from tests.benchmarks.services_floor import LATENCY_S

INSTALL = (
    "uv pip install -r tests/requirements.txt httpbin gunicorn gevent pytest-httpserver viztracer asyncviz wigglystuff"
)
PYTHON = "COURSE_PEERS_PYTHON"
MIB = 2**20
THREADED = f"""
import logging, sys, time
from pytest_httpserver import HTTPServer
from werkzeug import Response
from helpers.services.files import raise_file_limit

def answer(request):
    time.sleep({LATENCY_S})
    return Response("{{}}", content_type="application/json")

raise_file_limit()
logging.getLogger("werkzeug").setLevel(logging.ERROR)  # or it would write a line for each request
with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
    server.expect_request("/delay").respond_with_handler(answer)
    print(server.port, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Peer:
    """A server: how it is started (yields the address that answers after 100 ms, and its process), what it needs."""

    name: str
    start: Callable[[], AbstractContextManager[tuple[str, int]]]
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The packages that would have to be installed first."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


@dataclass
class Row:
    """What the client saw of one server at one N: a figure for each round, failures of all."""

    wall_s: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    failed: int = 0


@contextmanager
def ours() -> Iterator[tuple[str, int]]:
    """The course's own service, in a daemon that has served nothing else."""
    services.shut_down()
    before = _children()
    with services.http("peers", latency_s=LATENCY_S) as api:
        (daemon,) = _children() - before
        yield f"{api.url}/cities/oslo", daemon


@contextmanager
def bare() -> Iterator[tuple[str, int]]:
    """The floor."""
    before = _children()
    with floor() as url:
        (process,) = _children() - before
        yield f"{url}/", process


@contextmanager
def httpbin() -> Iterator[tuple[str, int]]:
    """httpbin under gunicorn, with one gevent worker: one process, as ours is."""
    options = ["-k", "gevent", "-w", "1", "--worker-connections", "4000", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", "httpbin:app", "-b", "127.0.0.1:0", "--log-level", "info", *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = _said(process, r"Listening at: http://127\.0\.0\.1:(\d+)")
            worker = int(_said(process, r"Booting worker with pid: (\d+)"))
            yield f"http://127.0.0.1:{port}/delay/{LATENCY_S}", worker
        finally:
            process.terminate()


@contextmanager
def threaded() -> Iterator[tuple[str, int]]:
    """pytest-httpserver, a thread for each connection."""
    command = [sys.executable, "-c", THREADED]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/delay", process.pid


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _said(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(pattern, line):
            return found.group(1)
    raise RuntimeError(f"{process.args!r} ended without saying {pattern!r}")


PEERS = (
    Peer("a bare asyncio.Protocol: the floor", bare),
    Peer("this course's services.http", ours),
    Peer("httpbin, gunicorn with gevent", httpbin, ("httpbin", "gunicorn", "gevent")),
    Peer("pytest-httpserver, threaded", threaded, ("pytest_httpserver",)),
)


async def burst(client: aiohttp.ClientSession, url: str, n: int) -> tuple[float, list[float], int]:
    """Ask n times at once; return the seconds until all is answered, each answer's, and how many failed."""
    each_s: list[float] = []
    failed = 0

    async def ask() -> None:
        nonlocal failed
        began = time.perf_counter()
        try:
            async with client.get(url) as response:
                await response.read()
                response.raise_for_status()
        except (aiohttp.ClientError, OSError, TimeoutError):
            failed += 1
        each_s.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*[ask() for _ in range(n)])
    return time.perf_counter() - began, each_s, failed


async def measured(urls: dict[str, str], n: int, rounds: int) -> dict[str, Row]:
    """Ask all servers in turn, `rounds` times; before each figure a burst that opens the connections."""
    rows: defaultdict[str, Row] = defaultdict(Row)
    for _ in range(rounds):
        for name, url in urls.items():
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
                await burst(client, url, n)
                wall_s, each_s, failed = await burst(client, url, n)
            rows[name].wall_s.append(wall_s)
            rows[name].p99_ms.append(1e3 * (sorted(each_s)[max(0, round(0.99 * n) - 1)] - LATENCY_S))
            rows[name].failed += failed
    return rows


def servers(sizes: Sequence[int], rounds: int) -> None:
    """Print the table of the servers."""
    raise_file_limit()
    print(f"{'servers that answer after 100 ms, ' + str(rounds) + ' rounds in turn':<42}", end="")
    print("".join(f"{f'N={n}: wall':>14}{'p99 late':>10}{'failed':>8}" for n in sizes), f"{'memory':>9}")
    with ExitStack() as stack:
        urls, pids = {}, {}
        for peer in PEERS:
            if peer.missing:
                print(f"{peer.name}: {', '.join(peer.missing)} not installed. {INSTALL}")
                continue
            urls[peer.name], pids[peer.name] = stack.enter_context(peer.start())
        of_size = {n: asyncio.run(measured(urls, n, rounds)) for n in sizes}
        for name in urls:
            line = f"{name:<42}"
            for n in sizes:
                row = of_size[n][name]
                wall = f"{statistics.median(row.wall_s) / LATENCY_S:.2f}×"
                line += f"{wall:>14}{statistics.median(row.p99_ms):>7.0f} ms{row.failed:>8}"
            print(f"{line} {psutil.Process(pids[name]).memory_info().rss / MIB:>5.0f} MiB")


WATCHERS = {
    "timeline": "this course: Timeline",
    "asyncviz": "AsyncViz, its dashboard open to nobody",
    "viztracer": "VizTracer, log_async",
    "asyncflow": "AsyncFlow of wigglystuff, shown to nobody",
    "debug": "asyncio debug mode",
}


def recorders(rounds: int, steps: int, turns: int) -> None:
    """Print what watching a step and a task costs, each way in processes of its own, in turn."""
    python = os.environ.get(PYTHON, sys.executable)
    options = ["--rounds", str(rounds), "--steps", str(steps)]
    found: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    missing: dict[str, str] = {}
    for _ in range(turns):
        for name in WATCHERS:
            command = [python, "-m", "tests.benchmarks.watchers", name, *options]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                missing[name] = done.stderr.strip().rpartition("\n")[2]
            else:
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
    plain = {what: min(one[what] for each in found.values() for one in each) for what in ("step", "task")}
    print(f"\nwhat watching adds to a step, which takes {plain['step']:.2f} µs, and to a task, {plain['task']:.2f} µs")
    for name, words in WATCHERS.items():
        if name in missing:
            print(f"{words}: {missing[name]}. {INSTALL}; {PYTHON} may name another Python")
        else:
            step, task = (min(one[what] for one in found[name]) for what in ("more_step", "more_task"))
            print(f"{words:<42}{step:>8.2f} µs{task:>10.2f} µs")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test: one round, figures that say little")
    quick = parser.parse_args(arguments).quick
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    servers((20,) if quick else (100, 1000), 1 if quick else 7)
    services.shut_down()
    recorders(*((1, 1000, 1) if quick else (5, 10_000, 4)))


if __name__ == "__main__":
    main()
