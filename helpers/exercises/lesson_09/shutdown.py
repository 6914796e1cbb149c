"""9.3: a server that stops with clients connected."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.hosts import HOST

PATIENCE_S = 1.0  # how long the check waits for what ought to come at once
AT_ONCE_S = 0.5  # how long a client that waits for nothing may have to wait for its end
GRACE_S = 0.4  # how long an answer takes after the stop: longer than a server waits that waits for a fixed time
LONG = b"x" * 8_000_000 + b"\n"  # an answer that does not fit into the buffers of a system and of a program
LONG_ANSWER, LEAVES = "a long answer", "one that leaves"
ENDS = "ends-seen"

Work = Callable[[bytes], Awaitable[bytes]]
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def serve(work: Work, stop: asyncio.Event, announce: Callable[[int], None]) -> None:
    idle: set[asyncio.StreamWriter] = set()  # of the clients from which a line is awaited

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not stop.is_set():
                idle.add(writer)
                line = await reader.readline()
                idle.discard(writer)
                if not line.endswith(b"\n"):  # the end of the connection, or half a line before it
                    break
                writer.write(await work(line))
                await writer.drain()
        except ConnectionError:
            pass  # this client has left in the middle; the others are not to notice
        except Exception as error:  # `work` failed, or a line was too long: it costs this client its connection
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a client was not served", "exception": error}
            )
        finally:
            idle.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(
                    10
                ):  # until it has been sent; one that never reads it must not stay for ever
                    await writer.wait_closed()

    async with asyncio.TaskGroup() as clients:

        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            clients.create_task(talk(reader, writer))

        server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        try:
            announce(server.sockets[0].getsockname()[1])
            await stop.wait()
        finally:
            server.close()  # no new clients
        for writer in list(idle):
            writer.close()  # its readline returns what there is, b"" or half a line


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


async def _run(answer: Answer, bench: Bench) -> Any:
    await Visit(bench)(answer)


async def _long_answer(answer: Answer, bench: Bench) -> None:
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
            bench.note("length", len(await _soon(reader.readexactly(len(LONG))) or b""))
            done, _ = await asyncio.wait([serving.task], timeout=PATIENCE_S)
            bench.note("returned", bool(done))
            writer.close()
    finally:
        await serving.end()


async def _one_leaves(answer: Answer, bench: Bench) -> None:
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


@expectation("It announces a free port, and answers line after line until it is told to stop")
def _serves(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not notes["announced"]:
        return Finding(
            "Call `announce(port)` once the server listens.",
            "A second had passed, and nobody could know where the server is.",
        )
    if notes["gone"]:
        return Finding("Go on serving until `stop` is set.", "Your function had returned, and nobody had set `stop`.")
    if notes["ports"] == 0:
        return Finding(
            "Announce the port alone, a number.",
            f"`announce` got {notes['announced'][0]!r}.",
            "`server.sockets[0].getsockname()` is a pair: the host, and the port.",
        )
    if notes["ports"] == 1:
        return Finding(
            "Let the system choose a free port: port 0.",
            "Two servers were started at once, and they did not have two ports.",
            "A port that is written down may be taken, by another program or by a second server.",
        )
    if notes["refused"]:
        return Finding(
            "Announce the port once you listen.",
            "A client came as soon as the port was announced, and was refused.",
            "The port is open when `await asyncio.start_server(…)` has returned.",
        )
    wanted = [b"QUICK\n", b"AGAIN\n", b"TRANSFER 7\n"]
    served = [one if one is None or one.endswith(b"\n") else one + b"\n" for one in notes["served"] or []]
    if served != wanted:
        place = next((n for n, pair in enumerate(zip(served, wanted, strict=False)) if pair[0] != pair[1]), 0)
        asked = [b"quick\n", b"again\n", b"transfer 7\n"][place]
        got = served[place] if served else None
        answered = "nothing" if got is None else repr(got)
        return Finding(
            "Answer each line with `await work(line)`, for as long as the client stays.",
            f"Asked {asked!r} as line {place + 1} of a connection, it answered {answered}.",
        )
    if not notes.get("working"):
        return Finding(
            "Serve each client as soon as it asks.",
            "A client asked while others were connected, and `work` was not called for it.",
        )
    return None


@expectation("No new client after the stop")
def _stops_listening(evidence: Evidence) -> Found:
    if _serves(evidence) is not None:
        return NOT_ASKED
    if evidence.notes["refuses"]:
        return None
    return Finding(
        "Stop listening as soon as `stop` is set.",
        "After the stop a new client could still connect.",
        "A client that comes in while you close has to be closed, too, and so on without an end.",
        ENDS,
    )


@expectation("A client that waits for no answer is let go at once")
def _lets_go(evidence: Evidence) -> Found:
    if _serves(evidence) is not None or not evidence.notes["refuses"]:
        return NOT_ASKED
    if evidence.notes["told"]:
        return None
    return Finding(
        "Close the connections of the clients that wait for nothing, as soon as `stop` is set.",
        "A client was connected and waited for no answer. After the stop nobody told it that the server had gone.",
        "To stop listening closes the door for new clients. Those inside stay until *you* close their connections.",
        ENDS,
    )


@expectation("An answer in flight arrives, however long it takes")
def _finishes(evidence: Evidence) -> Found:
    if _serves(evidence) is not None or _lets_go(evidence) is not None:
        return NOT_ASKED
    notes = evidence.notes
    if notes["answer"] is None or notes["answer"].strip() != b"SLOW":
        return Finding(
            "Let an answer that is in flight be finished and sent, then close that connection.",
            "A client had asked before the stop. Its connection was closed without an answer.",
            "To close everything at once, or to cancel it, is quick. It is not graceful.",
        )
    if notes["left early"]:
        return Finding(
            "Wait for the answers in flight before you return.",
            "Your function had returned while `work` was still at it. Had the program ended then, the client would "
            "have got nothing.",
            "To stop listening waits for nobody. Keep the tasks of the clients, and wait for them.",
        )
    long = evidence.trials.get(LONG_ANSWER)
    if long is not None and long.notes.get("length", 0) < len(LONG):
        return Finding(
            "Send all of an answer before you end its connection.",
            f"Of an answer of {len(LONG):,} bytes the client got {long.notes.get('length', 0):,}.",
            "`write` only hands over what is to be sent. `close` sends it first; `abort` does not, nor does a program "
            "that ends.",
        )
    return None


@expectation("A client that has left costs the others nothing")
def _survives(evidence: Evidence) -> Found:
    if _serves(evidence) is not None:
        return NOT_ASKED
    notes = evidence.trials[LEAVES].notes
    if notes.get("other") == b"desserts\n" and not notes["ended"]:
        return None
    return Finding(
        "Go on with the others when one client has left.",
        "A client had its answer and left. After that, another client had no answer.",
        "When a client has left, `readline` returns b'': that is the end of this connection, and of no other.",
        ENDS,
    )


@expectation("In the end it returns, and every connection is closed")
def _ends(evidence: Evidence) -> Found:
    notes, long = evidence.notes, evidence.trials[LONG_ANSWER].notes
    if _finishes(evidence) is not None:
        return NOT_ASKED
    if not notes["closed"]:
        return Finding(
            "Close a connection after its last answer.",
            "The client that had its answer after the stop was left connected.",
            "A handler that goes back to `readline` waits for a client that may never speak again.",
        )
    if not notes["returned"] or not long.get("returned"):
        return Finding(
            "Return when the last client has gone.", "All connections were closed, and your function still waited."
        )
    return None


@expectation("What the first run shows is said first")
def _first(evidence: Evidence) -> Found:
    if evidence.outcome != "returned":
        return None
    asked = (_serves, _stops_listening, _lets_go, _finishes)
    return next((found for one in asked if isinstance(found := one(evidence), Finding)), None)


EXERCISE = Exercise(
    number="9.3",
    title="Stop with manners",
    reference=serve,
    run=_run,
    trials={LONG_ANSWER: _long_answer, LEAVES: _one_leaves},
    expectations=(_serves, _stops_listening, _lets_go, _finishes, _survives, _ends),
    hints=(
        "Three steps: stop listening; let go of those that wait for nothing; wait for those that wait for an answer.",
        "Keep the writers of the clients from which you await a line. To close one makes its `readline` return.",
        "`start_server` takes a plain function, too: let it make a task for each client, in a TaskGroup.",
    ),
    why="The door first, then the clients that wait for nothing, and last, in their own time, those that wait for an "
    "answer.",
    section="exercise-9-3",
    explains=(_first,),
    deadline_s=9.0,
)
