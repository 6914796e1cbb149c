"""What the board of a class stands. `python -m tests.benchmarks.board`.

A board in a process of its own, pinned to one core, and 500 learners on the others, each with an event a second:
how long an acknowledgement takes, how much memory the board has, and how much of its core it uses. `--quick` is a smoke
test.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil

from helpers.classroom.events import Event


async def _join(session: aiohttp.ClientSession, url: str) -> str:
    async with session.post(f"{url}/join", json={}) as answer:
        seat = await answer.json()
        return f"{seat['learner']}.{seat['key']}"


async def _learn(session: aiohttp.ClientSession, url: str, key: str, until: float, first_s: float) -> list[float]:
    took = []
    await asyncio.sleep(first_s)
    while time.perf_counter() < until:
        event = Event(kind="guess", page="01", key="01-tasks", value=100, unit="ms", text="How many?")
        began = time.perf_counter()
        body, headers = {"events": [event.to_wire()]}, {"Authorization": f"Bearer {key}"}
        async with session.post(f"{url}/events", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, 1 - took[-1]))
    return took


async def _class(url: str, learners: int, seconds: float) -> list[float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        keys = [await _join(session, url) for _ in range(learners)]
        until = time.perf_counter() + seconds
        working = [_learn(session, url, key, until, n / learners) for n, key in enumerate(keys)]
        return [one for some in await asyncio.gather(*working) for one in some]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 when one of them is beyond its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.board", description=__doc__)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--quick", action="store_true", help="a smoke test: ten learners, two seconds")
    options = parser.parse_args(arguments)
    learners, seconds = (10, 2.0) if options.quick else (options.learners, options.seconds)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "helpers", "class", "--port", "0", "--file", str(Path(folder) / "c.sqlite")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as board:
            process = psutil.Process(board.pid)
            if len(cores) > 1:
                process.cpu_affinity(cores[:1])
            assert board.stdout is not None
            url = board.stdout.readline().split("'")[1]
            before = process.cpu_times()
            began = time.perf_counter()
            took = asyncio.run(_class(url, learners, seconds))
            used = process.cpu_times()
            share = (used.user + used.system - before.user - before.system) / (time.perf_counter() - began)
            memory = process.memory_info().rss / 2**20
            board.terminate()
    p50, p99 = statistics.median(took) * 1000, statistics.quantiles(took, n=100)[98] * 1000
    print(f"{learners} learners, an event a second each, for {seconds:g} s: {len(took)} acknowledged")
    print(f"acknowledged after {p50:.1f} ms (median), {p99:.1f} ms (p99); goal 50 ms")
    print(f"memory {memory:.0f} MiB (goal 150); {share:.0%} of one core")
    return int(p99 > 50 or memory > 150)


if __name__ == "__main__":
    sys.exit(main())
