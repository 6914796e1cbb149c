"""9.3: a server that stops with clients connected."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_09._visits import LONG, long_answer, one_leaves, visited

LONG_ANSWER, LEAVES = "a long answer", "one that leaves"
ENDS = "ends-seen"

Work = Callable[[bytes], Awaitable[bytes]]


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
            # Until all has been sent; but a client that never reads it must not stay for ever. An OSError: it has left,
            # its network has failed, or the time is over.
            with contextlib.suppress(OSError):
                async with asyncio.timeout(10):
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
        "Closing the server turns new clients away. Those inside stay until *you* close their connections.",
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
            "Closing or cancelling everything at once is quick, but not graceful.",
        )
    if notes["left early"]:
        return Finding(
            "Wait for the answers in flight before you return.",
            "Your function had returned while `work` was still running. Had the program ended then, the client would "
            "have got nothing.",
            "Closing the server waits for nobody. Keep the tasks of the clients, and wait for them.",
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
    run=visited,
    trials={LONG_ANSWER: long_answer, LEAVES: one_leaves},
    expectations=(_serves, _stops_listening, _lets_go, _finishes, _survives, _ends),
    hints=(
        "Three steps: stop listening; let go of those that wait for nothing; wait for those that wait for an answer.",
        "Keep the writers of the clients from which you await a line. Closing one makes its `readline` return.",
        "`start_server` takes a plain function, too: let it make a task for each client, in a TaskGroup.",
    ),
    why="The door first, then the clients that wait for nothing, and last, in their own time, those that wait for an "
    "answer.",
    section="exercise-9-3",
    explains=(_first,),
    deadline_s=9.0,
)
