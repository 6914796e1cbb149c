"""5.6: a server that stops with clients connected."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.hosts import HOST

PATIENCE_S = 0.6  # how long the check waits for what ought to come at once

Work = Callable[[bytes], Awaitable[bytes]]


async def serve(work: Work, stop: asyncio.Event, announce: Callable[[int], None]) -> None:
    idle: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not stop.is_set():
            idle.add(writer)
            line = await reader.readline()
            idle.discard(writer)
            if not line:
                break
            writer.write(await work(line))
            await writer.drain()
        writer.close()

    async with asyncio.TaskGroup() as clients:

        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            clients.create_task(talk(reader, writer))

        server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        announce(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()  # no new clients
        for writer in idle:
            writer.close()  # its readline returns b""


class Visit:
    """What the check does to a server: two clients that are served, one that waits for its answer, and the stop."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._working, self._release, self._stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def _work(self, line: bytes) -> bytes:
        if line.startswith(b"slow"):
            self._working.set()
            await self._release.wait()
        return line.upper()

    def _announce(self, port: int) -> None:
        if not self._port.done():
            self._port.set_result(port)

    async def __call__(self, answer: Answer) -> None:
        serving = asyncio.ensure_future(answer(self._work, self._stop, self._announce))
        try:
            await asyncio.wait([serving, self._port], return_when=asyncio.FIRST_COMPLETED)
            if self._port.done():
                await self._visit(serving, self._port.result())
            if serving.done():
                await serving  # what it raised is the run's
            self._bench.note("announced", self._port.done())
        finally:
            self._release.set()
            serving.cancel()
            await asyncio.wait([serving])

    async def _visit(self, serving: asyncio.Future[Any], port: int) -> None:
        note = self._bench.note
        idle, busy = await asyncio.open_connection(HOST, port), await asyncio.open_connection(HOST, port)
        try:
            idle[1].write(b"quick\n")
            note("served", await _soon(idle[0].readline()))
            note("working", None)
            if self._bench.notes["served"] is None:
                return
            busy[1].write(b"slow\n")
            note("working", await _soon(self._working.wait()))
            if not self._working.is_set():
                return
            self._stop.set()
            note("told", await _soon(idle[0].read()) == b"")
            note("refuses", await _refuses(port))
            note("left early", serving.done())
            self._release.set()
            note("answer", await _soon(busy[0].readline()))
            note("closed", await _soon(busy[0].read()) == b"")
            done, _ = await asyncio.wait([serving], timeout=PATIENCE_S)
            note("returned", bool(done))
        finally:
            for _, writer in (idle, busy):
                writer.close()


async def _soon(wait: Awaitable[Any]) -> Any:
    """Return what comes within a moment; None if nothing does, or the connection breaks."""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(PATIENCE_S):
            return await wait
    return None


async def _refuses(port: int) -> bool:
    """Tell whether a new client is turned away, now or in a moment."""
    for _ in range(10):
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            return True
        writer.close()
        await asyncio.sleep(0.02)
    return False


async def _run(answer: Answer, bench: Bench) -> Any:
    await Visit(bench)(answer)


@expectation("It serves until it is told to stop")
def _serves(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not notes["announced"]:
        return Finding(
            "Call `announce(port)` once the server listens.",
            "Your function returned without it, and nobody could find the server.",
        )
    if notes["served"] == b"QUICK\n" and notes["working"]:
        return None
    return Finding(
        "Answer each line with `await work(line)`, for as long as the client stays.",
        f"Asked b'quick\\n', it answered {notes['served']!r}."
        if notes["served"] != b"QUICK\n"
        else "A second client was not served while the first was connected.",
    )


@expectation("No new client after the stop")
def _stops_listening(evidence: Evidence) -> Found:
    if not _went_well(evidence):
        return NOT_ASKED
    if evidence.notes["refuses"]:
        return None
    return Finding(
        "Stop listening first: `server.close()`, as soon as `stop` is set.",
        "After the stop a new client could still connect.",
        "Who comes in while you close will have to be closed, too, and so on without an end.",
    )


@expectation("An answer under way arrives")
def _finishes(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not _went_well(evidence) or not notes["refuses"] or not notes["told"]:
        return NOT_ASKED
    if notes["answer"] != b"SLOW\n":
        return Finding(
            "Let an answer that is under way be finished and sent, then close that connection.",
            "A client had asked before the stop. Its connection was closed without an answer.",
            "To close everything at once, or to cancel it, is quick. It is not graceful.",
        )
    if notes["left early"]:
        return Finding(
            "Wait for the answers under way before you return.",
            "Your function had returned while `work` was still at it. Had the program ended then, as programs do when "
            "their server has ended, the client would have got nothing.",
            "`server.close()` waits for nobody. Keep the tasks of the clients, and wait for them.",
        )
    return None


@expectation("Who waits for nothing is let go at once")
def _lets_go(evidence: Evidence) -> Found:
    if not _went_well(evidence) or not evidence.notes["refuses"]:
        return NOT_ASKED
    if evidence.notes["told"]:
        return None
    return Finding(
        "Close the connections of the clients that wait for nothing, as soon as `stop` is set.",
        "A client was connected and had asked nothing. After the stop nobody told it that the server had gone.",
        "`server.close()` closes the door for new clients. Those inside stay until *you* close their connections.",
    )


@expectation("In the end it returns, and every connection is closed")
def _ends(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not _went_well(evidence) or not notes["told"] or notes["answer"] != b"SLOW\n":
        return NOT_ASKED
    if not notes["closed"]:
        return Finding(
            "Close a connection after its last answer.",
            "The client that had its answer after the stop was left connected.",
            "A handler that goes back to `readline` waits for a client that may never speak again.",
        )
    if not notes["returned"]:
        return Finding(
            "Return when the last client has gone.", "All connections were closed, and your function still waited."
        )
    return None


def _went_well(evidence: Evidence) -> bool:
    return _serves(evidence) is None


EXERCISE = Exercise(
    number="5.6",
    title="Stop with manners",
    reference=serve,
    run=_run,
    expectations=(_serves, _stops_listening, _lets_go, _finishes, _ends),
    hints=(
        "Three steps: stop listening; let go of those who wait for nothing; wait for those who wait for an answer.",
        "Keep the writers of the clients from whom you wait for a line. To close one makes its `readline` return b''.",
        "`start_server` takes a plain function, too: let it make a task for each client, in a TaskGroup.",
    ),
    why="The door first, then who waits for nothing, and last, in their own time, those who still wait for an answer.",
    section="exercise-5-6",
    deadline_s=6.0,
)
