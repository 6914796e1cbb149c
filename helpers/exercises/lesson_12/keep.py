"""12.1: what waits is committed together, in a thread; who waits hears of it after the commit."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._shared import KEEP, LONG_S, died, going, served, within

if TYPE_CHECKING:
    from aiohttp import web

AT_ONCE, MANY, MOST = 40, 250, 100
COMMIT_S = 0.02
ALONE, BURST, DISK, LEAVES = "one alone", "250 at once", "a disk that fails", "one leaves"

Waiting = asyncio.Queue[tuple[float, asyncio.Future[int]]]
Commit = Callable[[list[float]], list[int]]


async def keep(waiting: Waiting, commit: Commit) -> None:
    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and not waiting.empty():
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:  # a full disk, say. Whatever it is, those who wait must hear of it
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids, strict=True):
                if not kept.done():  # its client may have left
                    kept.set_result(id)
        # What this does not survive: a cancel during the commit. The thread goes on and commits, and nobody is told.
        # Stop it when nothing waits and nothing is in flight, as milestone 5 does.


class Disk:
    """A real file. Each commit takes a moment, as on a disk; the first may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name, "measurements.sqlite")
        self.sizes: list[int] = []
        self.on_the_loop = False
        self._loop_thread = threading.get_ident()
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("CREATE TABLE measurement (id INTEGER PRIMARY KEY, value REAL)")

    def commit(self, measurements: list[float]) -> list[int]:
        self.sizes.append(len(measurements))
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
            id = await kept
        except sqlite3.Error:
            return web.Response(status=503)
        rows = self._disk.kept()
        self.early += value not in rows.values()
        self.wrong_ids += value in rows.values() and rows.get(id) != value
        return web.Response(status=201)

    async def send(self, session: Any, values: range) -> list[int | None]:
        """Send all at once, and return the statuses; None where no answer came."""

        async def post(value: int) -> int:
            async with session.post("/measurements", data=str(value)) as response:
                return int(response.status)

        return list(await asyncio.gather(*[within(LONG_S, post(value)) for value in values]))


async def _over_http(answer: Answer, bench: Bench, values: range, *, fails: bool = False) -> None:
    disk, waiting = Disk(fails=fails), Waiting()
    clients = Clients(disk, waiting)
    try:
        async with served(bench, clients.app) as session, going(answer(waiting, disk.commit)) as keeping:
            bench.note("first", await clients.send(session, values))
            if fails and None not in bench.notes["first"]:
                bench.note("next", await clients.send(session, range(1000, 1003)))
            bench.note("died", died(keeping))
        bench.note("early", clients.early)
        bench.note("wrong ids", clients.wrong_ids)
        bench.note("sizes", disk.sizes)
        bench.note("on the loop", disk.on_the_loop)
    finally:
        disk.close()


async def _forty(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(AT_ONCE))


async def _alone(answer: Answer, bench: Bench) -> None:
    await _over_http(answer, bench, range(7, 8))


async def _fails(answer: Answer, bench: Bench) -> None:
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
            await asyncio.wait(futures, timeout=LONG_S)
            if leaves is not None and all(future.done() for future in futures):  # and whoever comes after that
                futures.append(loop.create_future())
                waiting.put_nowait((float(number), futures[-1]))
                await asyncio.wait(futures, timeout=LONG_S)
            bench.note("died", died(keeping))
        told = [future.done() and not future.cancelled() and future.exception() is None for future in futures]
        bench.note("told", sum(told))
        bench.note("sizes", disk.sizes)
    finally:
        for future in futures:
            future.cancel()
        disk.close()


async def _burst(answer: Answer, bench: Bench) -> None:
    await _straight(answer, bench, MANY)


async def _leaves(answer: Answer, bench: Bench) -> None:
    await _straight(answer, bench, 3, leaves=1)


@expectation("Forty measurements: each is answered after its commit, with its id")
def _kept(evidence: Evidence) -> Found:
    notes = evidence.notes
    if (
        evidence.trials[ALONE].notes["first"] != [201]
        and not notes["died"]
        and None in evidence.trials[ALONE].notes["first"]
    ):
        return Finding(
            "Commit what is there; do not wait for more.",
            "A client that was alone had no answer in time.",
            "`waiting.empty()` tells that nothing more waits now. Whoever comes later goes with the next commit.",
        )
    if notes["died"]:
        return Finding("Go on until you are cancelled.", f"Your function ended: {notes['died']}.")
    if notes["early"]:
        return Finding(
            "Set the results after the commit has returned.",
            f"{notes['early']} of {AT_ONCE} clients had their answer when their measurement was not on the disk yet.",
            "A 201 is a promise: whatever happens to this program now, the measurement is there.",
            KEEP,
        )
    if notes["wrong ids"]:
        return Finding(
            "Give each client the id of its own measurement.",
            f"{notes['wrong ids']} of {AT_ONCE} clients got another id than their measurement has.",
            "`commit` returns the ids in the order of the measurements that it got.",
        )
    if len(notes["sizes"]) > AT_ONCE // 2:
        return NOT_ASKED  # with a commit for each, how many are answered in time depends on the disk
    if notes["first"] != [201] * AT_ONCE:
        return Finding(
            "Set the result of each future.",
            f"{notes['first'].count(None)} of {AT_ONCE} clients had no answer in time.",
        )
    return None


@expectation("What waits is committed together")
def _together(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    commits = len(evidence.notes["sizes"])
    if commits <= AT_ONCE // 2:
        return None
    return Finding(
        "Take all that wait into one commit, not one alone.",
        f"{AT_ONCE} clients sent at once, and there were {commits} commits.",
        "A commit waits for the disk, and waits as long for one row as for a hundred.",
        KEEP,
    )


@expectation("The event loop goes on during a commit")
def _in_a_thread(evidence: Evidence) -> Found:
    if not evidence.notes["on the loop"]:
        return None if evidence.notes["sizes"] else NOT_ASKED
    return Finding(
        "Call `commit` in a thread: `await asyncio.to_thread(commit, batch)`.",
        "`commit` ran in the thread of the event loop: meanwhile nobody else was served.",
        "`commit` blocks, in an `async def` as anywhere else.",
        KEEP,
    )


@expectation("At most 100 in a commit")
def _bounded(evidence: Evidence) -> Found:
    if _kept(evidence) is not None or _together(evidence) is not None:
        return NOT_ASKED
    largest = max(evidence.trials[BURST].notes["sizes"], default=0)
    if largest <= MOST:
        return None if evidence.trials[BURST].notes["told"] == MANY else NOT_ASKED
    return Finding(
        "Commit 100 at most at a time.",
        f"{MANY} waited, and one commit had {largest}.",
        "A bound on the batch bounds how long its first one has to wait.",
    )


@expectation("A commit that fails is told to those who wait, and the next one is tried")
def _survives(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[DISK].notes
    if notes["died"]:
        return Finding(
            "When `commit` raises, tell those who wait, and go on.",
            f"The first commit failed, and your function ended with it: {notes['died']}. Nobody was served after that.",
            "One bad moment of the disk must not end the service.",
        )
    if None in notes["first"]:
        return Finding(
            "When `commit` raises, give the exception to each future of the batch: `kept.set_exception(error)`.",
            f"The first commit failed, and {notes['first'].count(None)} of its clients had no answer in time.",
            "A future that nobody sets is waited for without end.",
        )
    if 201 in notes["first"] and notes["early"]:
        return Finding(
            "When `commit` raises, give the exception to each future of the batch: `kept.set_exception(error)`.",
            f"The first commit failed, and {notes['early']} of its clients were told that all is well.",
            "Nothing of it is on the disk.",
        )
    if notes.get("next") != [201] * 3:
        return Finding("After a commit that failed, try the next.", f"The next three clients got {notes.get('next')}.")
    return None


@expectation("A client that has left costs the others nothing")
def _others(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[LEAVES].notes
    if notes["told"] == 3:
        return None
    died_of = f" Your function ended: {notes['died']}." if notes["died"] else ""
    return Finding(
        "Before you set a future, ask whether it is `done()`.",
        f"A client left while its measurement was committed. Of the three others {notes['told']} were told.{died_of}",
        "When a client leaves, its handler is cancelled, and with it the future that it waits for. Setting that one "
        "raises InvalidStateError.",
    )


EXERCISE = Exercise(
    number="12.1",
    title="Acknowledge what is kept",
    reference=keep,
    run=_forty,
    trials={ALONE: _alone, BURST: _burst, DISK: _fails, LEAVES: _leaves},
    expectations=(_kept, _together, _in_a_thread, _bounded, _survives, _others),
    hints=(
        "`await waiting.get()` waits for the first. Then `waiting.get_nowait()`, until `waiting.empty()` is true.",
        "`ids = await asyncio.to_thread(commit, measurements)`: the loop goes on meanwhile, and more come to wait.",
        "Around the commit: `try`, `except Exception as error`, `else`. In both of the last two, skip futures that are "
        "`done()`.",
    ),
    why="While one commit waits for the disk, the next batch gathers by itself: the more come, the larger it is.",
    section="exercise-12-1",
    own=frozenset({"blocking"}),
)
