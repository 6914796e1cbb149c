"""3.2: a broadcast that a slow client can't delay."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_03._room import WINDOW, Room, count, pair, torn, until_read

MOST_WAITING = 64
PILE = 100  # more than this many messages that wait, for all clients together, are a pile
SECTION = "slow-seen"
MESSAGES = 200
OTHERS = "others are slow"
PATIENCE_S = 4.0  # for the end, when all who read have all


async def broadcast(writers: list[asyncio.StreamWriter], messages: AsyncIterable[bytes]) -> None:
    queues: dict[asyncio.StreamWriter, asyncio.Queue[bytes | None]] = {w: asyncio.Queue(32) for w in writers}

    async def send_on(writer: asyncio.StreamWriter, queue: asyncio.Queue[bytes | None]) -> None:
        try:
            while (message := await queue.get()) is not None:
                writer.write(message)
                async with asyncio.timeout(10):  # for one that stops reading when little is left, and stays
                    await writer.drain()  # waits for this client only
        except OSError:  # it has left or was dropped, the network failed, or the time is over: TimeoutError is one, too
            queues.pop(writer, None)
            writer.transport.abort()

    def tell_all(message: bytes | None) -> None:
        for writer, queue in list(queues.items()):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:  # too slow: it is dropped, and its `drain` raises
                del queues[writer]
                writer.transport.abort()

    # Survives clients that leave or stop reading, a source that raises (in an ExceptionGroup), a cancel, and having no
    # clients.
    async with asyncio.TaskGroup() as group:
        for writer, queue in queues.items():
            group.create_task(send_on(writer, queue))
        async for message in messages:
            tell_all(message)
        tell_all(None)


async def _one_slow(answer: Answer, bench: Bench) -> None:
    await _broadcast(answer, bench, Room(10, frozenset({4}), MESSAGES))


async def _others_slow(answer: Answer, bench: Bench) -> None:
    await _broadcast(answer, bench, Room(7, frozenset({0, 6}), MESSAGES - 40, patience_s=PATIENCE_S))


async def _broadcast(answer: Answer, bench: Bench, room: Room) -> None:
    pairs = [pair() for _ in room.received]
    writers = [(await asyncio.open_connection(sock=theirs))[1] for theirs, _ in pairs]
    transports = [writers[place].transport for place in room.slow]
    room.buffered = lambda: max(transport.get_write_buffer_size() for transport in transports)
    reading = [asyncio.create_task(room.read(place, ours)) for place, (_, ours) in enumerate(pairs)]
    watching = asyncio.create_task(room.watch())
    others = asyncio.all_tasks()
    try:
        await answer(list(writers), room.source())
        room.over.set()
        await until_read(room)
        bench.note("left", _left(others))
    finally:
        watching.cancel()
        for task in reading:
            task.cancel()
        await asyncio.wait([watching, *reading])
        for _, ours in pairs:
            ours.close()  # what is still to be flushed fails now
        for writer in writers:
            if not writer.is_closing():
                writer.transport.abort()
        await bench.settle()
        got = list(enumerate(map(bytes, room.received)))
        bench.note("room", room.facts)
        bench.note("messages", len(room.messages))
        bench.note("got", [count(each) for place, each in got if place not in room.slow])
        bench.note("slow_got", sum(count(each)[0] for place, each in got if place in room.slow))
        bench.note("torn", any(torn(each, ended=place in room.ended) for place, each in got if place in room.slow))


def _left(others: set[asyncio.Task[Any]]) -> tuple[int, int]:
    """Return how many of the answer's tasks are still pending, and how many of them nobody holds."""
    left = weakref.WeakSet(task for task in asyncio.all_tasks() - others if not task.done())
    pending = len(left)
    gc.collect()
    return pending, pending - len(left)


def _runs(evidence: Evidence) -> list[Evidence]:
    return [run for run in (evidence, evidence.trials.get(OTHERS)) if run is not None and "got" in run.notes]


def _stalled(run: Evidence) -> bool:
    """Tell whether nothing went on any more, although all but the slow clients read."""
    return bool(run.notes["room"]) and bool(run.notes["room"]["fewest"] < run.notes["messages"])


def _misses(run: Evidence) -> bool:
    """Tell whether a client that reads did not get all messages, in order, even after the slow ones had read."""
    return any(n < run.notes["messages"] or not ordered for n, ordered in run.notes["got"])


@expectation("A slow client delays nobody")
def _delays_nobody(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        if _misses(run):
            return NOT_ASKED
        if _stalled(run):
            return _delay(run)
        if run.notes["room"].get("waits for the slow") and run.notes["room"]["waiting"] <= PILE:
            return Finding(
                "Return when the clients that read have everything: do not wait at the end for one that does not read.",
                f"The others had all messages, and {PATIENCE_S:g} s later your function still waited.",
                "`put` waits for room in the queue, and `join` until it is empty. The queue of a client that does not "
                "read stays full. Drop that client, or cancel its task.",
                SECTION,
            )
    return None


def _delay(run: Evidence) -> Finding:
    room, n = run.notes["room"], run.notes["messages"]
    fewest, most = room["fewest"], room["most"]
    if most == 0:
        return Finding(
            "Send each message when it comes.",
            f"No message went out before the first {WINDOW} had been taken.",
            "`messages` may go on for days. What is collected first reaches nobody meanwhile.",
            SECTION,
        )
    seen = "A client had stopped reading. When nothing went on any more, the others had "
    if most > fewest:
        return Finding(
            "Do not await one client's `drain` before you write to the next: give each client a task and a queue.",
            f"{seen}{fewest} to {most} of {n} messages.",
            "While too much is unsent, `drain` waits for that client. In a loop over clients, all wait for it.",
            SECTION,
        )
    return Finding(
        "Let each client have its own pace: do not wait for all of them before the next message.",
        f"{seen}{fewest} of {n} messages.",
        "A loop that waits for all clients, message by message, waits for the slowest of them.",
        SECTION,
    )


@expectation("Who reads gets every message, in order")
def _reaches_all(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        if not _misses(run):
            continue
        n, counts = run.notes["messages"], [each for each, _ in run.notes["got"]]
        if min(counts) == max(counts) == n:
            return Finding(
                "Send each client its messages one after another, in order.",
                "They reached a client in another order.",
                "Tasks that are started together end in any order. One task for each client keeps it.",
                SECTION,
            )
        shared = sum(counts) + run.notes["slow_got"] <= n and max(counts) < n
        return Finding(
            "Send every message to every client that reads.",
            f"Of {n} messages, the clients that read got {', '.join(map(str, counts))}.",
            "What one task takes from a queue, no other task gets: each client needs a queue of its own."
            if shared and len(set(counts)) > 1
            else "Only a client that does not read may miss something.",
            SECTION,
        )
    return None


@expectation("No pile of messages waits for a slow client")
def _piles_nothing_up(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        room = run.notes["room"]
        if not room or _stalled(run) or _misses(run):
            return NOT_ASKED
        if room["waiting"] <= PILE:
            continue
        seen = (
            f"{room['waiting']} of {run.notes['messages']} messages were kept in memory for clients that did not read."
        )
        if room["buffered"] > PILE:
            return Finding(
                "Look at what is unsent before you write more, and drop the client, or its messages, when it is too "
                "much.",
                seen,
                "`write` never waits: what can't be sent goes into a buffer in your program. `drain` is what waits.",
                SECTION,
            )
        return Finding(
            f"Bound what waits for each client, to {MOST_WAITING} at most, and decide what happens when it is full.",
            seen,
            "An unbounded queue is not patience, it is memory. With a thousand slow clients, all of it.",
            SECTION,
        )
    return None


@expectation("No message is torn")
def _whole(evidence: Evidence) -> Found:
    if not any(run.notes["torn"] for run in _runs(evidence)):
        return None
    return Finding(
        "Write each message once, whole and in order, to the slow client, too; or drop the client.",
        "What the slow client read later was no longer a row of whole messages.",
        section=SECTION,
    )


@expectation("No task is left behind")
def _keeps_its_tasks(evidence: Evidence) -> Found:
    pending, collected = max(run.notes.get("left", (0, 0)) for run in _runs(evidence))
    if not pending:
        return None
    seen = f"{pending} tasks were still waiting when your function had returned"
    return Finding(
        "Keep your tasks, and end them before you return: a TaskGroup waits for them.",
        f"{seen}; the garbage collector took {collected} of them." if collected else f"{seen}.",
        "Fire and forget is not safe: the event loop holds a waiting task only weakly. "
        "One that nobody else holds may be gone before it has ended.",
        SECTION,
    )


@expectation("It does not block the loop")
def _blocks(evidence: Evidence) -> Found:
    calls = evidence.blocking_calls
    if evidence.outcome == "returned" or not calls:
        return None
    where = f" in line {calls[0].line[0]}, `{calls[0].line[1].strip()}`" if calls[0].line else ""
    return Finding(
        "Await instead of blocking: nothing is sent while the loop's thread sleeps.",
        f"{calls[0].name}{where} kept the loop's thread waiting {calls[0].times} times.",
        "What `write` could not send at once, the event loop sends, and it can't run while you block its thread.",
        SECTION,
    )


EXERCISE = Exercise(
    number="3.2",
    title="A broadcast that a slow client can't delay",
    reference=broadcast,
    run=_one_slow,
    trials={OTHERS: _others_slow},
    expectations=(_delays_nobody, _reaches_all, _piles_nothing_up, _whole, _keeps_its_tasks),
    hints=(
        "A task for each client, and a queue for each: `drain` then waits for that client only.",
        "The queue needs a size. When it is full, the broadcast must not wait: look at `full()`, then `put_nowait`.",
        "`writer.transport.abort()` drops a client: the next `drain` of its task raises ConnectionResetError.",
    ),
    why="Each client has a queue of its own with a size: when it is full, that client is dropped, and no other waits.",
    section=SECTION,
    explains=(_blocks,),
    own=frozenset({"tasks"}),
    deadline_s=9.0,
)
