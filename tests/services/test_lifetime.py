"""The daemon ends with its kernel, however that ends, whoever else holds on to the pipe."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals and fork")

ROOT = Path(__file__).resolve().parents[2]
OPEN = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored, and hands that down
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from helpers import services
from helpers.services import _running
api = services.http("alone", latency_s=0.0)
"""
WAIT = "print(api.url, flush=True); time.sleep(60)"
FORKED_POOL = """
pool = ProcessPoolExecutor(2, mp_context=get_context("fork"))
list(pool.map(abs, range(8)))
"""
CHILD_THAT_KEEPS_THE_PIPE = """
kept = os.dup(_running.current()._process.stdin.fileno())
if os.fork() == 0:
    os.closerange(0, 3)
    time.sleep(20)
    os._exit(0)
"""


@contextmanager
def kernel(*parts: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run these parts in a process of their own; yield it and the port of its service."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", "".join(parts)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline().rpartition(":")[2])
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the group holds what it forked, never the daemon
        process.wait()
        process.stdout.close()


def listens(port: int) -> bool:
    """Return whether anyone listens on this port."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def gone_after_s(port: int) -> float:
    """Wait until nobody listens any more; return how long that took."""
    began = time.monotonic()
    while listens(port):
        assert time.monotonic() - began < 10, "the daemon outlived its kernel"
        time.sleep(0.002)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "holds", ["", FORKED_POOL, CHILD_THAT_KEEPS_THE_PIPE], ids=["alone", "forked pool", "pipe kept"]
)
def test_the_daemon_is_gone_soon_after_its_kernel_was_killed(holds: str) -> None:
    with kernel(OPEN, holds, WAIT) as (process, port):
        assert listens(port)
        process.kill()
        assert gone_after_s(port) < 2.0


def test_the_daemon_survives_an_interrupt_of_the_kernel() -> None:
    script = """
try:
    print(api.url, flush=True); time.sleep(60)
except KeyboardInterrupt:
    print(len(api.journal()), flush=True); time.sleep(60)
"""
    with kernel(OPEN, script) as (process, port):
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        assert listens(port)


def test_the_daemon_is_gone_when_its_kernel_has_ended_by_itself() -> None:
    with kernel(OPEN, "print(api.url, flush=True)") as (process, port):
        assert process.wait(10) == 0
        assert gone_after_s(port) < 2.0


def test_importing_services_is_light_and_starts_nothing() -> None:
    script = """
import sys, threading
from helpers import services
heavy = {"aiohttp", "asyncio", "matplotlib", "requests", "numpy"} & {name.partition(".")[0] for name in sys.modules}
print(sorted(heavy), threading.active_count(), services.is_running())
"""
    stub = "import sys, types; sys.modules['helpers'] = p = types.ModuleType('helpers'); p.__path__ = ['helpers']\n"
    run = subprocess.run([sys.executable, "-c", stub + script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[] 1 False\n"
