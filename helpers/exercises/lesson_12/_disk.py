"""The visits of 12.1: a disk that takes its time and may fail, and clients that send to it."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.lesson_12._shared import LONG_S, died, going, served

if TYPE_CHECKING:
    from aiohttp import web

AT_ONCE, MANY, MOST = 40, 250, 100
COMMIT_S = 0.02
ALONE, BURST, DISK, LEAVES = "one alone", "250 at once", "a disk that fails", "one leaves"

Waiting = asyncio.Queue[tuple[float, asyncio.Future[int]]]
Commit = Callable[[list[float]], list[int]]


class Disk:
    """A real file. Each commit takes a moment, as on a disk; the first may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # a thread may still be at work
        self.path = Path(self._folder.name, "measurements.sqlite")
        self.sizes: list[int] = []
        self.on_the_loop = False
        self.odd = ""  # what it was given in place of a measurement
        self._loop_thread = threading.get_ident()
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("CREATE TABLE measurement (id INTEGER PRIMARY KEY, value REAL)")

    def commit(self, measurements: list[Any]) -> list[int]:
        self.sizes.append(len(measurements))
        self.odd = self.odd or next((type(one).__name__ for one in measurements if not isinstance(one, float)), "")
        self.on_the_loop |= threading.get_ident() == self._loop_thread
        threading.Event().wait(COMMIT_S)  # not time.sleep: which thread waits here is judged by this exercise
        if self._fails and len(self.sizes) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        with closing(sqlite3.connect(self.path)) as database, database:
            insert = "INSERT INTO measurement (value) VALUES (?)"
            return [database.execute(insert, (one,)).lastrowid or 0 for one in measurements]

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


async def _over_http(answer: Answer, bench: Bench, values: range, *, fails: bool = False) -> None:
    disk, waiting = Disk(fails=fails), Waiting()
    clients = Clients(disk, waiting)
    try:
        async with served(bench, clients.app) as session, going(answer(waiting, disk.commit)) as keeping:
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
    await _over_http(answer, bench, range(7, 8))


async def fails(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(3), fails=True)


async def _straight(answer: Answer, bench: Bench, number: int, leaves: int | None = None) -> None:
    """Put so many into the queue at a time; one may leave while they are committed."""
    disk, waiting, loop = Disk(), Waiting(), asyncio.get_running_loop()
    futures: list[asyncio.Future[int]] = [loop.create_future() for _ in range(number)]
    for value, future in enumerate(futures):
        waiting.put_nowait((float(value), future))
    try:
        async with going(answer(waiting, disk.commit)) as keeping:
            if leaves is not None:
                end = time.monotonic() + LONG_S
                while not disk.sizes and time.monotonic() < end:  # noqa: ASYNC110 - it is committed in a thread
                    await asyncio.sleep(0.005)
                futures[leaves].cancel()
            if leaves is None or disk.sizes:
                await _in_time(futures, keeping)
            if leaves is not None and all(future.done() for future in futures):  # and whoever comes after that
                futures.append(loop.create_future())
                waiting.put_nowait((float(number), futures[-1]))
                await _in_time(futures, keeping)
            bench.note("died", died(keeping))
        told = [future.done() and not future.cancelled() and future.exception() is None for future in futures]
        bench.note("told", sum(told))
        bench.note("sizes", disk.sizes)
    finally:
        for future in futures:
            future.cancel()
        disk.close()


async def burst(answer: Answer, bench: Bench) -> None:
    await _straight(answer, bench, MANY)


async def leaves(answer: Answer, bench: Bench) -> None:
    await _straight(answer, bench, 3, leaves=1)
