"""The visits of 12.1: a disk that takes its time and may fail, and clients that send to it."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.hosts import soon
from helpers.exercises.lesson_12._shared import LONG_S, died, going, served

if TYPE_CHECKING:
    from aiohttp import web

AT_ONCE, MANY, MOST = 40, 250, 100
COMMIT_S = 0.02
IDLE_S = 0.3  # before the client that comes alone
ALONE, BURST, DISK, LEAVES = "one alone", "250 at once", "a disk that fails", "one leaves"
FULL = "a disk that is full, and one leaves"

Waiting = asyncio.Queue[tuple[float, asyncio.Future[int]]]
Commit = Callable[[list[float]], list[int]]


class Full(Exception):
    """What a commit may raise just as well: it is no sqlite3.Error, and no OSError either."""


class Kept(asyncio.Future[int]):
    """The future of a client, which knows whether it was set in another thread than that of its loop."""

    elsewhere = False

    def set_result(self, result: int, /) -> None:
        self.elsewhere |= _away(self)
        super().set_result(result)

    def set_exception(self, exception: type | BaseException, /) -> None:
        self.elsewhere |= _away(self)
        super().set_exception(exception)


def _away(future: asyncio.Future[int]) -> bool:
    return asyncio._get_running_loop() is not future.get_loop()


class Disk:
    """A real file. Each commit takes a moment, as on a disk; the first may fail. Ids come in no order.

    While `free` is not set a commit in a thread goes on, for LONG_S at the most: what is to happen meanwhile happens.
    """

    def __init__(self, *, fails: Exception | None = None) -> None:
        self._fails = fails
        self.free = threading.Event()
        self.free.set()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # a thread may still be at work
        self.path = Path(self._folder.name, "measurements.sqlite")
        self.sizes: list[int] = []
        self.ended = 0  # commits that have waited for the disk
        self._ids = (number * 37 % 1009 + 1 for number in count(5))
        self.on_the_loop = False
        self.odd = ""  # what it was given in place of a measurement
        self._loop_thread = threading.get_ident()
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("CREATE TABLE measurement (id INTEGER PRIMARY KEY, value REAL)")

    def commit(self, measurements: list[Any]) -> list[int]:
        self.sizes.append(len(measurements))
        self.odd = self.odd or next((type(one).__name__ for one in measurements if not isinstance(one, float)), "")
        in_a_thread = threading.get_ident() != self._loop_thread
        self.on_the_loop |= not in_a_thread
        threading.Event().wait(COMMIT_S)  # not time.sleep: which thread waits here is judged by this exercise
        if in_a_thread:
            self.free.wait(LONG_S)
        self.ended += 1
        if self._fails and len(self.sizes) == 1:
            raise self._fails
        with closing(sqlite3.connect(self.path)) as database, database:
            ids = [next(self._ids) for _ in measurements]
            database.executemany("INSERT INTO measurement VALUES (?, ?)", zip(ids, measurements, strict=True))
            return ids

    def kept(self) -> dict[int, float]:
        with closing(sqlite3.connect(self.path)) as database:
            return dict(database.execute("SELECT id, value FROM measurement"))

    def close(self) -> None:
        self._folder.cleanup()


class Clients:
    """Clients that send measurements over HTTP: what each was answered, and what was on the disk at that moment."""

    def __init__(self, disk: Disk, waiting: Waiting) -> None:
        from aiohttp import web

        self._disk, self._waiting = disk, waiting
        self.early = self.wrong_ids = 0
        self.app = web.Application()
        self.app.router.add_post("/measurements", self._take)

    async def _take(self, request: web.Request) -> web.Response:
        from aiohttp import web

        value = float(await request.text())
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await self._waiting.put((value, kept))
        try:
            id: Any = await kept  # a learner may set anything
        except sqlite3.Error:
            return web.Response(status=503)
        rows = self._disk.kept()
        self.early += value not in rows.values()
        self.wrong_ids += not isinstance(id, int) or (value in rows.values() and rows.get(id) != value)
        return web.Response(status=201)

    async def send(self, session: Any, values: range, keeping: asyncio.Future[Any]) -> list[int | None]:
        """Send all at once, and return the statuses; None where no answer came."""

        async def post(value: int) -> int:
            async with session.post("/measurements", data=str(value)) as response:
                return int(response.status)

        posts = [asyncio.ensure_future(post(value)) for value in values]
        await _in_time(posts, keeping)
        late = [one for one in posts if not one.done()]
        for one in late:
            one.cancel()
        if late:
            await asyncio.wait(late)
        return [None if one.cancelled() else one.result() for one in posts]


async def _in_time(futures: Sequence[asyncio.Future[Any]], keeping: asyncio.Future[Any]) -> None:
    """Wait until all are done, for a moment; hardly longer than the answer goes on."""
    everything = asyncio.ensure_future(asyncio.wait(futures))
    await asyncio.wait([everything, keeping], timeout=LONG_S, return_when=asyncio.FIRST_COMPLETED)
    if not everything.done():
        await asyncio.wait([everything], timeout=0.1)
    everything.cancel()


async def _over_http(answer: Answer, bench: Bench, values: range, *, fails: bool = False, idle_s: float = 0.0) -> None:
    disk, waiting = Disk(fails=sqlite3.OperationalError("disk I/O error") if fails else None), Waiting()
    clients = Clients(disk, waiting)
    try:
        async with served(bench, clients.app) as session, going(answer(waiting, disk.commit)) as keeping:
            await asyncio.sleep(idle_s)
            bench.note("first", await clients.send(session, values, keeping))
            if fails and None not in bench.notes["first"]:
                bench.note("next", await clients.send(session, range(1000, 1003), keeping))
            bench.note("died", died(keeping))
        bench.note("early", clients.early)
        bench.note("wrong ids", clients.wrong_ids)
        bench.note("sizes", disk.sizes)
        bench.note("on the loop", disk.on_the_loop)
        bench.note("odd", disk.odd)
    finally:
        disk.close()


async def forty(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(AT_ONCE))


async def alone(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(7, 8), idle_s=IDLE_S)


async def fails(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(3), fails=True)


async def _begun(disk: Disk, commits: int) -> None:
    """Wait for a commit to begin, for a moment."""
    end = time.monotonic() + LONG_S
    while len(disk.sizes) < commits and time.monotonic() < end:  # noqa: ASYNC110 - it is committed in a thread
        await asyncio.sleep(0.005)


async def _straight(
    answer: Answer, number: int, leaves: int | None = None, fails: Exception | None = None
) -> dict[str, Any]:
    """Put so many into the queue at a time; one may leave while they are committed, and that may fail.

    Where it fails, the answer is cancelled in the end, during another commit.
    """
    disk, waiting = Disk(fails=fails), Waiting()
    futures: list[Kept] = []

    def send() -> None:
        futures.append(Kept())
        waiting.put_nowait((float(len(futures)), futures[-1]))

    for _ in range(number):
        send()
    try:
        async with going(answer(waiting, disk.commit)) as keeping:
            if leaves is not None:
                disk.free.clear()
                await _begun(disk, 1)
                futures[leaves].cancel()
                disk.free.set()
            if leaves is None or disk.sizes:
                await _in_time(futures, keeping)
            if leaves is not None and all(future.done() for future in futures):  # and whoever comes after that
                send()
                await _in_time(futures, keeping)
            notes = {"died": died(keeping), **_told(disk, futures)}
            if fails is not None and futures[-1].done() and not keeping.done():
                disk.free.clear()
                send()
                await _begun(disk, len(disk.sizes) + 1)
                keeping.cancel()
                disk.free.set()
                await asyncio.wait([keeping], timeout=LONG_S)
                notes["goes on"] = not keeping.done()
                await soon(lambda: disk.ended == len(disk.sizes))
                await asyncio.sleep(0.02)  # whatever task waits for the thread ends as well
    finally:
        for future in futures:
            future.cancel()
        disk.close()
    return notes


def _told(disk: Disk, futures: Sequence[Kept]) -> dict[str, Any]:
    """Return what the clients were told, as notes."""
    rows = disk.kept()
    ended = [(value, one) for value, one in enumerate(futures, 1) if one.done() and not one.cancelled()]
    told: list[tuple[int, Any]] = [(value, one.result()) for value, one in ended if one.exception() is None]
    return {
        "told": len(told),
        "wrong ids": sum(not isinstance(id, int) or rows.get(id) != value for value, id in told),
        "failed": [type(error).__name__ for _, one in ended if (error := one.exception()) is not None],
        "elsewhere": any(one.elsewhere for one in futures),
        "sizes": list(disk.sizes),
    }


async def burst(answer: Answer, bench: Bench) -> None:
    for name, note in (await _straight(answer, MANY)).items():
        bench.note(name, note)


async def leaves(answer: Answer, bench: Bench) -> None:
    notes = await _straight(answer, 3, leaves=1)
    if notes["told"] == 3:  # then the same once more, and the commit fails
        notes[FULL] = await _straight(answer, 3, leaves=1, fails=Full("no space left"))
    for name, note in notes.items():
        bench.note(name, note)
