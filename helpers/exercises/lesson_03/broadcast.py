"""3.3: a broadcast that a slow client can't delay."""

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
from helpers.exercises.lesson_03._room import CLIENTS, MESSAGES, SLOW, Room, count, pair, torn, until_read

MOST_WAITING = 64
PILE = 100  # more than this many messages that wait for one client are a pile
SECTION = "pool-seen"


async def broadcast(writers: list[asyncio.StreamWriter], messages: AsyncIterable[bytes]) -> None:
    queues: dict[asyncio.StreamWriter, asyncio.Queue[bytes | None]] = {w: asyncio.Queue(32) for w in writers}

    async def send_on(writer: asyncio.StreamWriter) -> None:
        while (message := await queues[writer].get()) is not None:
            writer.write(message)
            await writer.drain()  # waits for this client only

    async with asyncio.TaskGroup() as group:
        tasks = {writer: group.create_task(send_on(writer)) for writer in writers}
        async for message in messages:
            for writer in list(tasks):
                if queues[writer].full():  # too slow: it is dropped
                    tasks.pop(writer).cancel()
                    writer.transport.abort()
                else:
                    queues[writer].put_nowait(message)
        for writer in tasks:
            await queues[writer].put(None)


async def _broadcast(answer: Answer, bench: Bench) -> None:
    room = Room(asyncio.get_running_loop())
    pairs = [pair() for _ in range(CLIENTS)]
    writers = [(await asyncio.open_connection(sock=theirs))[1] for theirs, _ in pairs]
    room.buffered = writers[SLOW].transport.get_write_buffer_size
    reading = [asyncio.create_task(room.read(place, ours)) for place, (_, ours) in enumerate(pairs)]
    watching = asyncio.create_task(room.watch())
    others = asyncio.all_tasks()
    try:
        await answer(list(writers), room.source())
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
        bench.note("room", room.facts)
        bench.note("got", [count(bytes(got)) for place, got in enumerate(room.received) if place != SLOW])
        bench.note("torn", torn(bytes(room.received[SLOW])))


def _left(others: set[asyncio.Task[Any]]) -> tuple[int, int]:
    """Return how many of the answer's tasks are still pending, and how many of them nobody holds."""
    left = weakref.WeakSet(task for task in asyncio.all_tasks() - others if not task.done())
    pending = len(left)
    gc.collect()
    return pending, pending - len(left)


@expectation("A slow client delays nobody")
def _delays_nobody(evidence: Evidence) -> Found:
    room = evidence.notes["room"]
    if not room:
        return NOT_ASKED
    if room["fewest"] >= MESSAGES:
        return None
    seen = f"One client had stopped reading. When nothing went on any more, the others had {room['fewest']} "
    seen += (
        f"to {room['most']} of {MESSAGES} messages." if room["most"] > room["fewest"] else f"of {MESSAGES} messages."
    )
    if room["most"] > room["fewest"]:
        return Finding(
            "Do not await one client's `drain` before you write to the next: give each client a task and a queue.",
            seen,
            "`drain` waits until this client has read. In a loop over clients, all wait for the slowest.",
            SECTION,
        )
    return Finding(
        "Let each client have its own pace: do not wait for all of them before the next message.",
        seen,
        "`gather` over the clients waits for the slowest of them, message by message.",
        SECTION,
    )


@expectation("Who reads gets every message, in order")
def _reaches_all(evidence: Evidence) -> Found:
    fewest, ordered = min(evidence.notes["got"])
    room = evidence.notes["room"]
    if room and room["fewest"] < MESSAGES:
        return NOT_ASKED
    if fewest < MESSAGES:
        return Finding(
            "Send every message to every client that reads.",
            f"One of them got {fewest} of {MESSAGES}.",
            "Drop for the slow client only, and return when the others have everything.",
            SECTION,
        )
    if not ordered or not all(order for _, order in evidence.notes["got"]):
        return Finding(
            "Send each client its messages one after another, in order.",
            "They reached a client in another order.",
            "Tasks that are started together end in any order. One task for each client keeps it.",
            SECTION,
        )
    return None


@expectation(f"Not more than {MOST_WAITING} messages wait for a slow client")
def _piles_nothing_up(evidence: Evidence) -> Found:
    room = evidence.notes["room"]
    if not room or room["fewest"] < MESSAGES:
        return NOT_ASKED
    if room["waiting"] <= PILE:
        return None
    seen = f"{room['waiting']} of {MESSAGES} messages were kept in memory for the client that did not read."
    if room["buffered"] > PILE:
        return Finding(
            "Look at what is unsent before you write more, and drop the client, or its messages, when it is too much.",
            seen,
            "`write` never waits: it appends to a buffer in your program. `drain` is what waits.",
            SECTION,
        )
    return Finding(
        "Give each client's queue a size, and decide what happens when it is full.",
        seen,
        "An unbounded queue is not patience, it is memory. With a thousand slow clients, all of it.",
        SECTION,
    )


@expectation("No message is torn")
def _whole(evidence: Evidence) -> Found:
    if not evidence.notes["torn"]:
        return None
    return Finding(
        "Write each message once, whole and in order, to the slow client, too; or drop the client.",
        "What the slow client read later was no longer a row of whole messages.",
        section=SECTION,
    )


@expectation("No task is left behind")
def _keeps_its_tasks(evidence: Evidence) -> Found:
    pending, collected = evidence.notes["left"]
    if not pending:
        return None
    seen = f"{pending} tasks were still waiting when your function had returned"
    return Finding(
        "Keep your tasks, and end them before you return: a TaskGroup waits for them.",
        f"{seen}; the garbage collector took {collected} of them." if collected else f"{seen}.",
        "Fire and forget is not safe: the event loop holds a waiting task only weakly. "
        "One that nobody else holds may be gone before it has ended.",
        "mistakes",
    )


EXERCISE = Exercise(
    number="3.3",
    title="A broadcast that a slow client can't delay",
    reference=broadcast,
    run=_broadcast,
    expectations=(_delays_nobody, _reaches_all, _piles_nothing_up, _whole, _keeps_its_tasks),
    hints=(
        "A task for each client, and a queue for each: `drain` then waits for that client only.",
        "The queue needs a size. And when it is full? The broadcast must not wait: `put_nowait`, after a look at it.",
        "To drop a client: cancel its task, and `writer.transport.abort()`.",
    ),
    why="Each client has a queue of its own with a size: a full one is that client's problem, and nobody else's.",
    section=SECTION,
    own=frozenset({"tasks"}),
    deadline_s=9.0,
)
