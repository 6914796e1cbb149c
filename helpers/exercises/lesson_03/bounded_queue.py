"""3.1: at most ten items wait between a quick reader and a slow writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found

N = 40
SIZE = 10
WRITE_S = 0.005
SECTION = "pool-seen"
IN_HAND = 1  # the item that the reader holds while `put` waits for a place


async def copy_all(source: AsyncIterable[str], write: Callable[[str], Awaitable[None]]) -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=10)

    async def consume() -> None:
        while (item := await queue.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            await queue.put(item)
        await queue.put(None)


async def _copy(answer: Answer, bench: Bench) -> None:
    read = begun = peak = 0
    written: list[str] = []

    async def source() -> AsyncIterator[str]:
        nonlocal read, peak
        for n in range(N):
            read += 1
            peak = max(peak, read - begun)
            yield f"item {n}"

    async def write(item: Any) -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(WRITE_S)
        written.append(item)

    try:
        await answer(source(), write)
    finally:
        bench.note("waiting", max(0, peak - IN_HAND))
        bench.note("written", list(written))


@expectation(f"All {N} items are written, in order")
def _writes_all(evidence: Evidence) -> Found:
    written, wanted = evidence.notes["written"], [f"item {n}" for n in range(N)]
    if written == wanted:
        return None
    if sorted(map(str, written)) == sorted(wanted):
        return Finding(
            "Write the items in the order in which they were read.",
            f"The first three written were {', '.join(map(str, written[:3]))}.",
            "`Queue` is first in, first out. `LifoQueue` and `PriorityQueue` are not.",
            SECTION,
        )
    return Finding(
        "Write every item once before you return.",
        f"{len(written)} items were written, and {N} were read.",
        section=SECTION,
    )


@expectation(f"At most {SIZE} items wait in the queue")
def _bounded(evidence: Evidence) -> Found:
    waiting = evidence.notes["waiting"]
    if waiting <= SIZE:
        return None
    if waiting >= N - 1:
        return Finding(
            f"Give the queue a size: `asyncio.Queue({SIZE})`.",
            f"All {N} items had been read before the second was written.",
            "A queue without a size, or with size 0, takes whatever comes. `put` then never waits.",
            SECTION,
        )
    return Finding(f"Let {SIZE} items wait, not more.", f"There were {waiting} in the queue.", section=SECTION)


@expectation(f"{SIZE} items may wait")
def _as_many(evidence: Evidence) -> Found:
    waiting = evidence.notes["waiting"]
    if waiting > SIZE:
        return NOT_ASKED
    if waiting == SIZE:
        return None
    if waiting == 0:
        return Finding(
            "Read on while the writer writes: put each item into the queue, and let a task take it out.",
            "No item was read before the one before it had been taken up by `write`.",
            "Without a queue between them, reader and writer take turns, and each waits for the other.",
            SECTION,
        )
    return Finding(
        f"Let {SIZE} items wait, not fewer.",
        f"There were never more than {waiting} in the queue.",
        "A queue evens out what comes in bursts. How much it can even out is its size.",
        SECTION,
    )


@expectation("put waits for a place")
def _waits(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or all(leaf.type != "QueueFull" for leaf in error.leaves()):
        return None
    return Finding(
        "Use `await queue.put(item)`, which waits until there is room.",
        "The queue was full, and `put_nowait` raised QueueFull.",
        "`put_nowait` never waits: it is for code that knows what to do when there is no room.",
        SECTION,
    )


EXERCISE = Exercise(
    number="3.1",
    title="A queue with a bound",
    reference=copy_all,
    run=_copy,
    expectations=(_writes_all, _bounded, _as_many),
    hints=(
        "How many items may wait in it? `asyncio.Queue` takes that number.",
        "It is called `maxsize`, and 0 means: no bound.",
    ),
    why="When ten items wait, `put` waits, too, and so the reader reads no faster than the writer writes.",
    section=SECTION,
    explains=(_waits,),
    deadline_s=3.0,
)
