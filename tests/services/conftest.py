"""Services for the tests: every one has a name of its own, and another client beside whatever goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from helpers import services
from helpers.services import HttpService, Service, TcpService

Open = Callable[..., HttpService]
OpenTcp = Callable[..., TcpService]
Opened = Callable[..., Any]
Beside = Callable[[HttpService], AbstractAsyncContextManager[None]]

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _no_daemon_is_left() -> Iterator[None]:
    yield
    services.shut_down()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session without aiohttp's limit of 100 connections."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as opened_session:
        yield opened_session


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open services by the function given; each has a name of its own and closes after the test."""
    services_opened: list[Service] = []

    def open_one(function: Callable[..., Any], **arguments: Any) -> Any:
        services_opened.append(function(f"test-{next(_numbers)}", **arguments))
        return services_opened[-1]

    yield open_one
    for service in services_opened:
        service.close()


@pytest.fixture
def http(opened: Opened) -> Open:
    """Open HTTP services; without latency unless a test asks for some."""
    return lambda **arguments: opened(services.http, **{"latency_s": 0.0} | arguments)


@pytest.fixture
def tcp(opened: Opened) -> OpenTcp:
    """Open TCP services."""
    return lambda **arguments: opened(services.tcp, **arguments)


@pytest.fixture
def beside() -> Beside:
    """Run another client on its one connection, and check that it never noticed what happened in the block."""

    @contextlib.asynccontextmanager
    async def run(service: HttpService) -> AsyncIterator[None]:
        answered, stop = 0, asyncio.Event()

        async def ask_on() -> None:
            nonlocal answered
            async with aiohttp.ClientSession(service.url) as session:
                while not stop.is_set():
                    async with session.get("/cities/perth?latency_s=0.005") as response:
                        assert response.status == 200
                        assert (await response.json())["name"] == "Perth"
                    answered += 1

        async with asyncio.TaskGroup() as group:
            group.create_task(ask_on())
            await eventually(lambda: answered >= 2)
            yield
            seen = answered
            await eventually(lambda: answered >= seen + 2)
            stop.set()
        own = [entry for entry in service.journal().entries if entry.path == "/cities/perth?latency_s=0.005"]
        assert len(own) == answered
        assert {entry.outcome for entry in own} == {"ok"}
        assert len({entry.connection for entry in own}) == 1

    return run


async def get(session: aiohttp.ClientSession, target: str) -> tuple[int, bytes]:
    """Return status and body."""
    async with session.get(target) as response:
        return response.status, await response.read()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until this holds; the test's own time limit ends it when it never does."""
    while not condition():  # noqa: ASYNC110 - what another process does sets no event here
        await asyncio.sleep(0.005)


def exchange(service: Service, sent: bytes, *, timeout_s: float = 10.0) -> bytes:
    """Send bytes on a connection of their own and return all that comes back until the service closes it."""
    with socket.create_connection(service.address, timeout=timeout_s) as connection:
        connection.sendall(sent)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(65536):
                received += data
    return received
