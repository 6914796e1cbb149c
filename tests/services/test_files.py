"""The limit of open files is raised, named, and told before an experiment starts."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, suppress

import aiohttp
import pytest

from helpers.services import ServiceError, check_connections, connection_limit
from helpers.services.files import raise_file_limit
from tests.services.test_lifetime import OPEN, ROOT, WAIT, kernel

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a limit of open files")

LOW = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    import resource

    assert raise_file_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    script = (
        "import resource; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (hard // 2, hard))\n"
        "from helpers.services.files import raise_file_limit; print(raise_file_limit() == min(hard, 1048576))"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "True\n"


def test_as_many_connections_as_there_is_room_for_are_fine() -> None:
    check_connections(1)
    check_connections(min(100, connection_limit() // 2))


def test_more_connections_than_the_machine_allows_are_refused_up_front() -> None:
    with pytest.raises(ServiceError, match=rf"a process may have {raise_file_limit()} files open.*`ulimit -Hn`"):
        check_connections(10**9)


def test_a_kernel_without_a_file_to_spare_is_told_the_limit() -> None:
    script = LOW + (
        "import os\n"
        "from helpers import services\n"
        "files = []\n"
        "try:\n"
        "    while True: files.append(os.open(os.devnull, os.O_RDONLY))\n"
        "except OSError: pass\n"
        "for _ in range(2): os.close(files.pop())\n"
        "try: services.http('x')\n"
        "except services.ServiceError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "could not be started" in run.stdout
    assert "This process may have 256 files open" in run.stdout


def test_tcp_connections_beyond_the_limit_are_told_so_and_those_within_are_served() -> None:
    line = OPEN.replace("services.http", "services.tcp")
    with kernel(LOW, line, WAIT) as (_, port), ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(170)]
        for connection in connections:
            with suppress(OSError):  # it was closed already
                connection.sendall(b"hello\n")
        heard = Counter(connection.makefile().readline() for connection in connections)
    refusal = (
        "ERR too many connections: this process may have 256 files open (`ulimit -Hn`), which leaves 160 connections\n"
    )
    assert heard == {"hello\n": 160, refusal: 10}


async def test_connections_beyond_the_limit_are_told_so_and_those_within_notice_nothing() -> None:
    at_once = aiohttp.TCPConnector(limit=0)
    with kernel(LOW, OPEN, WAIT) as (_, port):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=at_once) as session:

            async def ask() -> tuple[int, str]:
                async with session.get("/cities/oslo?latency_s=3") as response:
                    return response.status, await response.text()

            answers = await asyncio.gather(*(ask() for _ in range(230)))
    statuses = [status for status, _ in answers]
    refused = next(text for status, text in answers if status == 503)
    assert (statuses.count(200), statuses.count(503)) == (160, 70)
    assert "this process may have 256 files open (`ulimit -Hn`), which leaves 160 connections" in refused
