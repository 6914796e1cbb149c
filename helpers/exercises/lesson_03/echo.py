"""3.1: an echo server for hundreds of clients, without a new thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.services import connection_limit

CLIENTS = 500
PATIENCE_S = 1.5  # for one echo
ALL_PATIENCE_S = 4.0  # for one echo to each of all the clients
HELLO, NO_TEXT = b"hello\n", b"and \xff again\n"
SECTION = "ten-thousand-seen"
LARGE = "one sends much, then reads"
MUCH = bytes(n for n in range(256) if n != ord("\n")) * 500  # more than a line may have, and no end of a line in it
BUFFER_BYTES = 8192  # of the sockets, where one sends much: they take a part of it at a time

Visit = Callable[[tuple[str, int], Bench], Awaitable[None]]
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def serve(listener: socket.socket) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()  # a client that does not read gets no more, and nothing piles up here
        except OSError:
            pass  # it broke off, or the network failed
        finally:
            writer.close()

    # Survives clients that say nothing, do not read, or break off. It has no limit of how many there may be, or for
    # how long; and clients that are connected when it is cancelled stay so until they leave.
    server = await asyncio.start_server(echo, sock=listener)
    try:
        await asyncio.Event().wait()  # until it is cancelled
    finally:
        # Neither `async with server` nor `serve_forever`: from 3.12 on, when they are cancelled, both wait until all
        # clients have left.
        server.close()


def _clients() -> int:
    """Return how many clients there can be: both ends of a connection are files of the one process."""
    return min(CLIENTS, connection_limit() // 2)


async def _serve(answer: Answer, bench: Bench) -> None:
    await _with_visitors(answer, bench, _visit)


async def _serve_much(answer: Answer, bench: Bench) -> None:
    await _with_visitors(answer, bench, _visit_with_much)


async def _with_visitors(answer: Answer, bench: Bench, visit: Visit) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=CLIENTS) as listener:
        listener.setblocking(False)
        if visit is _visit_with_much:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)  # those that it accepts inherit it
        address = listener.getsockname()
        serving: asyncio.Future[None] = asyncio.ensure_future(answer(listener))
        visiting = asyncio.ensure_future(visit(address, bench))
        raised = _note_errors()
        try:
            await asyncio.wait({serving, visiting}, return_when=asyncio.FIRST_COMPLETED)
            bench.note("gone", serving.done())
            if not serving.done():
                await visiting
        finally:
            visiting.cancel()
            serving.cancel()
            await asyncio.wait({serving, visiting}, timeout=0.5)
            bench.note("raised", raised)
        if not serving.cancelled() and serving.done():
            serving.result()
        if not visiting.cancelled():
            visiting.result()


def _note_errors() -> list[str]:
    """Return a list of what handlers of clients raise: asyncio tells it to the loop's exception handler, and nobody."""
    loop, raised = asyncio.get_running_loop(), list[str]()
    before = loop.get_exception_handler() or (lambda loop, context: loop.default_exception_handler(context))

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and len(raised) < 3:
            raised.append(f"{type(error).__name__}: {error}"[:200])
        before(loop, context)

    loop.set_exception_handler(note)
    return raised


async def _visit_with_much(address: tuple[str, int], bench: Bench) -> None:
    """Be a client that sends much and its end, with small buffers."""
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    await asyncio.get_running_loop().sock_connect(client, address)
    reader, writer = await asyncio.open_connection(sock=client)
    got = b""
    try:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(PATIENCE_S):
                writer.write(MUCH)
                writer.write_eof()
                while data := await reader.read(65536):
                    got += data
        bench.note("much", (len(got), got == MUCH))
    finally:
        await _close(writer)


async def _visit(address: tuple[str, int], bench: Bench) -> None:
    """Be the clients: a quiet one and another, then all at once, then one that says good-bye."""
    async with contextlib.AsyncExitStack() as stack:

        async def connect() -> Client:
            reader, writer = await asyncio.open_connection(*address)
            stack.push_async_callback(_close, writer)
            return reader, writer

        await connect()  # and says nothing
        second = await connect()
        bench.note("first", await _asked(second, HELLO, PATIENCE_S))
        if bench.notes["first"] is None:
            bench.note("at the end", await _said_goodbye(second))
            return
        bench.note("again", await _asked(second, NO_TEXT, PATIENCE_S))
        if not bench.notes["again"]:
            return
        n = _clients()
        clients = [await connect() for _ in range(n - 2)]
        echoes = [_asked(client, b"client %d\n" % place, ALL_PATIENCE_S) for place, client in enumerate(clients)]
        came = await asyncio.gather(*echoes)
        bench.note("clients", n)
        bench.note("echoes", 2 + sum(echo == b"client %d\n" % place for place, echo in enumerate(came)))
        sent = {b"client %d\n" % place for place in range(len(came))}
        bench.note("swapped", sum(echo in sent and echo != b"client %d\n" % n for n, echo in enumerate(came)))
        bench.note("end", await _said_goodbye(second))


async def _asked(client: Client, message: bytes, patience_s: float) -> bytes | None:
    """Send a message and return as many bytes of what comes back, fewer at the end; None where nothing comes."""
    reader, writer = client
    writer.write(message)
    got = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(patience_s):
            while len(got) < len(message) and (data := await reader.read(len(message) - len(got))):
                got += data
            return got
    return got or None


async def _said_goodbye(client: Client) -> tuple[bytes | None, bool]:
    """Send the last bytes and the end; return what comes back, and whether the connection then ended.

    None comes back where the connection had been closed before.
    """
    reader, writer = client
    got = b""
    if reader.at_eof() or writer.is_closing():
        return None, True
    with contextlib.suppress(TimeoutError, OSError):
        writer.write(b"bye")
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            while data := await reader.read(100):
                got += data
            return got, True
    return got, False


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@expectation("It serves until it is cancelled")
def _stays(evidence: Evidence) -> Found:
    if not evidence.notes.get("gone"):
        return None
    return Finding(
        "Go on serving until you are cancelled.",
        "Your function returned while its clients were still there.",
        "`start_server` starts a server and returns. `await server.serve_forever()` stays there until it is cancelled.",
    )


@expectation("Every client is served in the event loop's own thread")
def _no_thread(evidence: Evidence) -> Found:
    if not evidence.threads_used:
        return None
    return Finding(
        "Serve every client in the event loop: a coroutine for each, and no thread.",
        f"It started {evidence.threads_used} thread{'s' if evidence.threads_used > 1 else ''}.",
        "A coroutine that waits for bytes holds no thread. That is why one thread is enough for all of them.",
        SECTION,
    )


@expectation("A quiet client holds up nobody")
def _serves_the_second(evidence: Evidence) -> Found:
    if evidence.threads_used or evidence.notes.get("gone"):
        return NOT_ASKED
    if evidence.notes.get("first") is not None:
        return None
    if evidence.notes.get("at the end", (None, False))[0]:  # served all the same, but late
        return Finding(
            "Send back what has come, without waiting for more.",
            f"A client sent {HELLO!r} and got nothing within {PATIENCE_S:g} s. Its echo came when it had sent its end.",
            "`read()` without a number waits until the other side has finished; `read(n)` returns what there is.",
            SECTION,
        )
    return _raised(evidence) or Finding(
        "Serve each client in a task of its own.",
        f"One client had connected and said nothing. The next got no echo within {PATIENCE_S:g} s.",
        "If you await one client's bytes before you accept the next, you serve one at a time.",
        SECTION,
    )


@expectation("What comes back is what was sent, as often as it was sent")
def _echoes(evidence: Evidence) -> Found:
    first, again = evidence.notes.get("first"), evidence.notes.get("again", b"")
    if first is None:
        return NOT_ASKED
    if first != HELLO:
        return Finding("Send back what came, byte for byte.", f"To {HELLO!r} the echo was {first!r}.")
    if not again:
        return _raised(evidence) or Finding(
            "Go on reading until the client has finished.",
            "The first message of a client was answered, the second was not.",
            "A connection stays open for as many messages as its client likes; the end is `b''`.",
        )
    if again != NO_TEXT:
        return Finding(
            "Send back what came, byte for byte.",
            f"To {NO_TEXT!r} the echo was {again!r}.",
            "A stream carries bytes. They need not be text.",
        )
    return None


def _raised(evidence: Evidence) -> Finding | None:
    """Explain what did not come by an exception in a handler, if there was one."""
    raised = [error for error in evidence.notes.get("raised", ()) if not error.startswith("Connection")]
    if not raised:
        return None
    return Finding(
        "Find out why your handler raises: its client gets no answer any more.",
        f"It raised {raised[0].rstrip('.')}.",
        "Nobody awaits the task of a handler, so nobody is told of its exception. asyncio only writes it to the log.",
    )


@expectation("However much comes, all of it comes back")
def _echoes_much(evidence: Evidence) -> Found:
    if LARGE not in evidence.trials or evidence.threads_used or evidence.notes.get("gone"):
        return NOT_ASKED
    if evidence.notes.get("again") != NO_TEXT or evidence.notes.get("end") != (b"bye", True):
        return NOT_ASKED
    notes = evidence.trials[LARGE].notes
    n, same = notes.get("much", (0, False))
    if same:
        return None
    lines = [error for error in notes.get("raised", ()) if "eparator" in error]
    if n < len(MUCH) and lines:
        return Finding(
            "Read what has come, and not whole lines: `await reader.read(65536)`.",
            f"A client sent {len(MUCH):,} bytes without a line feed, and {n:,} came back. "
            f"Your handler raised {lines[0].rstrip('.')}.",
            "`readline`, `readuntil` and `async for` raise when a line is longer than the limit of the stream, "
            "64 KiB by default.",
            SECTION,
        )
    if n < len(MUCH):
        return _raised(evidence.trials[LARGE]) or Finding(
            "Send back all that came: a socket may take less than you give it.",
            f"A client sent {len(MUCH):,} bytes and its end. {n:,} came back.",
            "`writer.write` keeps what can't be sent at once, and `loop.sock_sendall` goes on until all is sent.",
            SECTION,
        )
    return Finding("Send back what came, byte for byte.", f"Of {len(MUCH):,} bytes, {n:,} came back, and not the same.")


@expectation(f"Up to {CLIENTS} clients at once, each with its echo")
def _serves_all(evidence: Evidence) -> Found:
    clients, echoes = evidence.notes.get("clients", 0), evidence.notes.get("echoes", 0)
    if evidence.threads_used or not clients or evidence.notes.get("end") == (None, True):
        return NOT_ASKED
    if echoes == clients:
        return None
    if swapped := evidence.notes.get("swapped"):
        return Finding(
            "Keep what belongs to one client in the handler's own variables.",
            f"{swapped} of {clients} clients got bytes that another client had sent.",
            "All handlers run in one thread, each until its next `await`. What they share changes meanwhile.",
        )
    return _raised(evidence) or Finding(
        "Serve all clients at once.",
        f"{clients} were connected, and {echoes} of them got their echo.",
        section=SECTION,
    )


@expectation("The last bytes come back, and the connection is closed")
def _ends(evidence: Evidence) -> Found:
    if "end" not in evidence.notes or evidence.threads_used:
        return NOT_ASKED
    got, ended = evidence.notes["end"]
    if got is None:
        return Finding(
            "Wait until the client has finished: `read` then returns `b''`.",
            "One that had said nothing for a while found its connection closed.",
            "A quiet client has not gone. It may have nothing to say.",
            SECTION,
        )
    if got != b"bye":
        why = _raised(evidence)
        return Finding(
            "Send back the last bytes, too, whether a line feed ends them or not.",
            f"A client sent b'bye' and then the end. What came back was {got!r}.{' ' + why.seen if why else ''}",
            "A stream has no messages. `readuntil` and `readexactly` raise when the end comes first; `read` does not.",
        )
    if ended and not evidence.left_open:
        return None
    return Finding(
        "Close the connection when its client has finished.",
        "A client had sent its end, and its connection was not closed.",
        "A connection that nobody closes is a file that stays open. At the limit of files no further client is served.",
        "files-seen",
    )


@expectation("The listener is awaited")
def _accepts(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not any(leaf.is_a("BlockingIOError") for leaf in error.leaves()):
        return None
    return Finding(
        "Let the event loop wait for clients, and do not ask the listener yourself.",
        "`accept` raised BlockingIOError: nobody had come yet, and the listener does not block.",
        "A call on a socket either blocks the whole loop or, as here, does not wait at all. The loop can wait.",
        SECTION,
    )


EXERCISE = Exercise(
    number="3.1",
    title="An echo server without a new thread",
    reference=serve,
    run=_serve,
    trials={LARGE: _serve_much},
    expectations=(_stays, _no_thread, _serves_the_second, _echoes, _serves_all, _ends, _echoes_much),
    hints=(
        "`asyncio.start_server(handler, sock=listener)` calls `handler(reader, writer)` for each client, in a task.",
        "In the handler: read, write what came, drain, until `read` returns `b''`. Then close the writer.",
        "`start_server` returns at once. `await server.serve_forever()` stays.",
    ),
    why="Each client is a coroutine that waits for bytes, and a coroutine that waits needs no thread.",
    section=SECTION,
    explains=(_accepts,),
    own=frozenset({"open", "tasks", "threads"}),
    deadline_s=9.0,
)
