"""The visits of 9.3: what the check does to a server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.hosts import HOST, PATIENCE_S

AT_ONCE_S = 0.5  # how long a client that waits for nothing may have to wait for its end
GRACE_S = 0.4  # how long an answer takes after the stop: longer than a server waits that waits for a fixed time
LONG = b"x" * 8_000_000 + b"\n"  # an answer that does not fit into the buffers of a system and of a program

Work = Callable[[bytes], Awaitable[bytes]]
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Serving:
    """One run of a server: its port, and what it is told."""

    def __init__(self, answer: Answer, work: Work) -> None:
        self.stop = asyncio.Event()
        self.announced: list[Any] = []
        self.refused = False  # nobody listened when the port was announced
        self._announcement = asyncio.Event()
        self.task: asyncio.Future[Any] = asyncio.ensure_future(answer(work, self.stop, self._announce))

    def _announce(self, port: Any) -> None:
        self.announced.append(port)
        self._announcement.set()

    async def port(self) -> int | None:
        """Return the port that it has announced; None when it has not, or what it announced is no port."""
        waiting = asyncio.ensure_future(self._announcement.wait())
        await asyncio.wait([self.task, waiting], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        port = self.announced[0] if self.announced else None
        return port if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 2**16 else None

    async def connect(self, port: int) -> Client | None:
        """Return a connection to it; None when it refuses."""
        try:
            return await asyncio.open_connection(HOST, port)
        except OSError:
            return None

    async def end(self) -> None:
        """Stop it, or cancel it where it does not stop; raise what it has raised by itself."""
        self.stop.set()
        await asyncio.wait([self.task], timeout=PATIENCE_S)
        done = self.task.done()
        self.task.cancel()
        await asyncio.wait([self.task])
        if done:
            self.task.result()


async def _soon(wait: Awaitable[Any], *, patience_s: float = PATIENCE_S) -> Any:
    """Return what comes within a moment; None if nothing does, or the connection breaks."""
    with contextlib.suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(patience_s):
            return await wait
    return None


async def _length(reader: asyncio.StreamReader, most: int) -> int:
    """Return how many bytes come, until there are `most`, or the end, or none within a moment."""
    length = 0
    while length < most and (piece := await _soon(reader.read(2**20))):
        length += len(piece)
    return length


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


class Visit:
    """What the check does to a server: clients that are served, one that waits for its answer, and the stop."""

    def __init__(self, bench: Bench) -> None:
        self._note = bench.note
        self._working, self._release = asyncio.Event(), asyncio.Event()
        self._lines: list[bytes] = []

    async def _work(self, line: bytes) -> bytes:
        self._lines.append(line)
        if line.startswith(b"slow"):
            self._working.set()
            await self._release.wait()
        return line.upper()

    async def __call__(self, answer: Answer) -> None:
        first, second = Serving(answer, self._work), Serving(answer, self._work)  # two at once: on ports of their own
        try:
            port, other = await first.port(), await second.port()
            self._note("announced", first.announced[:1])
            self._note("refused", False)
            self._note("ports", len({port, other} - {None}))
            self._note("served", None)
            self._note("gone", first.task.done())
            if port is not None and not (first.task.done() or second.task.done()):
                await self._visit(first, port)
        finally:
            self._release.set()
            try:
                await second.end()
            finally:
                await first.end()

    async def _visit(self, serving: Serving, port: int) -> None:
        note = self._note
        clients = [await serving.connect(port) for _ in range(2)]
        if None in clients:
            note("refused", True)
            return
        idle, busy = (client for client in clients if client is not None)
        try:
            note("served", [await self._asked(idle, line) for line in (b"quick\n", b"again\n", b"transfer 7\n")])
            if self._lines[-1:] != [b"transfer 7\n"] and self._lines[-1:] != [b"transfer 7"]:
                return
            busy[1].write(b"slow\n")
            note("working", await _soon(self._working.wait()))
            if not self._working.is_set():
                return
            stopped_s = time.monotonic()
            serving.stop.set()
            note("told", await _soon(idle[0].read(), patience_s=AT_ONCE_S) == b"")
            note("refuses", await _refuses(port))
            await asyncio.sleep(max(0.0, stopped_s + GRACE_S - time.monotonic()))
            note("left early", serving.task.done())
            self._release.set()
            note("answer", await _soon(busy[0].readline()))
            note("closed", await _soon(busy[0].read()) == b"")
            done, _ = await asyncio.wait([serving.task], timeout=PATIENCE_S)
            note("returned", bool(done))
        finally:
            for _, writer in (idle, busy):
                writer.close()

    async def _asked(self, client: Client, line: bytes) -> bytes | None:
        client[1].write(line)
        got: bytes | None = await _soon(client[0].readline())
        return got


async def visited(answer: Answer, bench: Bench) -> Any:
    await Visit(bench)(answer)


async def long_answer(answer: Answer, bench: Bench) -> None:
    """Stop while an answer is sent that is too long for the buffers, to a client that is in no hurry."""
    working = asyncio.Event()

    async def work(line: bytes) -> bytes:
        working.set()
        await asyncio.sleep(0.1)
        return LONG

    serving = Serving(answer, work)
    try:
        port = await serving.port()
        client = None if port is None else await serving.connect(port)
        if client is not None:
            reader, writer = client
            writer.write(b"all of it\n")
            await _soon(working.wait())
            serving.stop.set()
            await asyncio.sleep(0.2)
            bench.note("length", await _length(reader, len(LONG)))
            done, _ = await asyncio.wait([serving.task], timeout=PATIENCE_S)
            bench.note("returned", bool(done))
            writer.close()
    finally:
        await serving.end()


async def one_leaves(answer: Answer, bench: Bench) -> None:
    """Let one client ask, hear the answer and go; another must be served all the same, and the stop must work."""

    async def work(line: bytes) -> bytes:
        await asyncio.sleep(0.01)
        return line[::-1].strip() + b"\n"

    serving = Serving(answer, work)
    try:
        port = await serving.port()
        leaves, stays = (None, None) if port is None else (await serving.connect(port), await serving.connect(port))
        if leaves is not None and stays is not None:
            leaves[1].write(b"live\n")
            await _soon(leaves[0].readline())
            leaves[1].close()
            await asyncio.sleep(0.05)
            stays[1].write(b"stressed\n")
            bench.note("other", await _soon(stays[0].readline()))
            bench.note("ended", serving.task.done())
            serving.stop.set()
            done, _ = await asyncio.wait([serving.task], timeout=PATIENCE_S)
            bench.note("returned", bool(done))
            stays[1].close()
    finally:
        await serving.end()
