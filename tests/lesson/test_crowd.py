"""A crowd of threads and one of tasks are measured alike."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers import services
from helpers.lesson import crowd
from helpers.services import TcpService

N = 60


def hold_in_a_thread(address: tuple[str, int], opened: list[Any], heard: list[float], leave: threading.Event) -> None:
    with socket.create_connection(address) as client:
        opened.append(client)
        client.recv(100)
        heard.append(time.perf_counter())
        leave.wait()


async def hold(address: tuple[str, int], opened: list[Any], heard: list[float], leave: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection(*address)
    opened.append(writer)
    await reader.readline()
    heard.append(time.perf_counter())
    await leave.wait()
    writer.close()


@pytest.fixture
def room() -> Iterator[TcpService]:
    with services.tcp("crowded", connections=N) as room:
        yield room


@pytest.mark.parametrize(("way", "threads"), [(hold_in_a_thread, N + 1), (hold, 1)])
def test_a_fresh_process_holds_all_of_them_in_as_many_threads_as_that_takes(
    way: Callable[..., Any], threads: int, room: TcpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "TRIES", 1)
    found = crowd.measure(room, way, N)
    assert (found.n, found.threads) == (N, threads)
    assert found.tell_s > 0
    assert found.hear_cpu_s > 0
    assert room.journal().peak_connections == N


def test_nobody_leaves_before_all_have_heard(room: TcpService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "TRIES", 1)
    crowd.measure(room, hold, N)
    connections = room.journal().held
    assert len(connections) == N
    closed = [connection.closed_ns for connection in connections if connection.closed_ns is not None]
    assert min(closed, default=0) >= max(connection.opened_ns for connection in connections) or not closed


def test_the_one_of_two_that_was_told_sooner_counts(room: TcpService, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [crowd.Crowd(N, 1, 5.0, tell_s, 0.01) for tell_s in (0.3, 0.03)]
    monkeypatch.setattr(crowd, "_measure", lambda *_: found.pop(0))
    assert crowd.measure(room, hold, N).tell_s == 0.03
    assert not found


async def test_tasks_of_this_program_are_told_after_a_quiet_while(
    room: TcpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "QUIET_S", 0.0)
    found = await crowd.meet(room, hold, N)
    assert (found.n, found.threads) == (N, 1)


def test_the_garbage_collector_comes_back() -> None:
    with crowd.uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
