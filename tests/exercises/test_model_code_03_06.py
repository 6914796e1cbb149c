"""Reference solutions of 03 and 06 survive what their comments say: learners paste them into their own programs."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import socket
from collections.abc import AsyncIterator

import pytest

from helpers.exercises.lesson_03.broadcast import broadcast
from helpers.exercises.lesson_03.echo import serve
from helpers.exercises.lesson_06.bounded_queue import copy_all
from helpers.exercises.lesson_06.rate import send_all
from tests.lesson import virtual_time

N = 300
MESSAGE = b"x" * 4095 + b"\n"


async def messages(n: int = N, *, then: Exception | None = None) -> AsyncIterator[bytes]:
    for _ in range(n):
        yield MESSAGE
        await asyncio.sleep(0)
    if then is not None:
        raise then


class Clients:
    """Writers for a broadcast, and what came out at the other ends."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.readers: list[asyncio.StreamReader] = []
        self.ours: list[asyncio.StreamWriter] = []

    async def connect(self, n: int) -> None:
        for _ in range(n):
            theirs, ours = socket.socketpair()
            self.writers.append((await asyncio.open_connection(sock=theirs))[1])
            reader, writer = await asyncio.open_connection(sock=ours)
            self.readers.append(reader)
            self.ours.append(writer)

    async def count(self, place: int, most: int = N) -> int:
        n = 0
        while n < most and await self.readers[place].readline():
            n += 1
        return n

    def close(self) -> None:
        for writer in (*self.writers, *self.ours):
            writer.transport.abort()


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    clients = Clients()
    await clients.connect(3)
    yield clients
    clients.close()


async def test_a_client_that_leaves_a_broadcast_harms_no_other(clients: Clients) -> None:
    others = [asyncio.create_task(clients.count(place)) for place in (0, 2)]
    leaving = asyncio.create_task(clients.count(1, most=10))
    leaving.add_done_callback(lambda _: clients.ours[1].transport.abort())
    await asyncio.wait_for(broadcast(clients.writers, messages()), 10)
    assert await asyncio.gather(*others) == [N, N]


async def test_a_source_that_raises_ends_the_broadcast_and_its_tasks(clients: Clients) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(ExceptionGroup) as caught:
        await broadcast(clients.writers, messages(5, then=OSError("gone")))
    assert caught.group_contains(OSError)
    assert asyncio.all_tasks() == before


async def test_a_cancelled_broadcast_leaves_no_task(clients: Clients) -> None:
    before = asyncio.all_tasks()

    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"x\n"
            await asyncio.sleep(0.001)

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broadcast(clients.writers, forever()), 0.1)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_network_that_fails_ends_its_own_client_and_no_other(clients: Clients) -> None:
    async def news() -> AsyncIterator[bytes]:
        for n in range(N):
            if n == 100:
                await asyncio.sleep(0.01)  # all that there is has been sent: its task waits for the next
                clients.writers[0].transport._force_close(OSError(errno.EHOSTUNREACH, "no route"))  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            yield MESSAGE

    counting = asyncio.gather(clients.count(1), clients.count(2))
    await broadcast(clients.writers, news())
    assert list(await counting) == [N, N]


async def test_a_broadcast_to_nobody_ends() -> None:
    await broadcast([], messages(3))


async def test_an_echo_server_survives_a_client_that_breaks_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        serving = asyncio.create_task(serve(listener))
        _, rude = await asyncio.open_connection(*listener.getsockname())
        rude.write(b"hello")
        await rude.drain()
        rude.transport.abort()
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"hello")
        assert await asyncio.wait_for(reader.readexactly(5), 5) == b"hello"
        writer.close()
        serving.cancel()
        await asyncio.wait([serving])
        assert told == []


async def test_a_cancelled_echo_server_does_not_wait_for_its_clients() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        serving = asyncio.create_task(serve(listener))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        serving.cancel()
        await asyncio.wait([serving], timeout=5)
        assert serving.cancelled()
        writer.close()


def test_no_second_holds_more_starts_than_the_rate() -> None:
    started: list[float] = []

    async def jobs() -> AsyncIterator[str]:
        for n in range(25):
            yield str(n)

    async def send(job: str) -> str:
        started.append(asyncio.get_running_loop().time())
        return job

    assert virtual_time.run(send_all(jobs(), send, 12)) == [str(n) for n in range(25)]
    assert all(
        after - before >= 1.0 for before, after in zip(started, itertools.islice(started, 12, None), strict=False)
    )


async def test_a_job_that_raises_ends_the_sending_and_reaches_the_caller() -> None:
    before = asyncio.all_tasks()

    async def jobs() -> AsyncIterator[str]:
        for n in range(3):
            yield str(n)

    async def send(job: str) -> str:
        await asyncio.sleep(0.01)
        if job == "1":
            raise ConnectionError(job)
        await asyncio.sleep(10)
        return job

    with pytest.raises(ExceptionGroup) as caught:
        await send_all(jobs(), send, 10)
    assert caught.group_contains(ConnectionError)
    assert asyncio.all_tasks() == before


async def test_nothing_to_send_is_an_empty_list() -> None:
    async def jobs() -> AsyncIterator[str]:
        return
        yield

    async def send(job: str) -> str:
        return job

    assert await send_all(jobs(), send, 10) == []


async def test_a_write_that_raises_ends_the_copying() -> None:
    async def source() -> AsyncIterator[str]:
        for n in range(100):
            yield str(n)

    async def write(item: str) -> None:
        raise OSError("full")

    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(copy_all(source(), write), 5)
