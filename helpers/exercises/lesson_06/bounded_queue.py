"""6.1: at most ten items wait between a quick reader and a slow writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found

SIZE = 10
N = 40
ITEMS = [f"item {n}" for n in range(N)]
ODD_ITEMS = ["", "0", *(f"odd item {n}" for n in range(25)), ""]
OTHERS = "other items, in bursts"
WRITE_S, QUICK_WRITE_S, PAUSE_S = 0.005, 0.003, 0.03
SECTION = "pool-seen"
WITH_READER = 1  # the item that the reader has in its hands while `put` waits for a place


async def copy_all(source: AsyncIterable[str], write: Callable[[str], Awaitable[None]]) -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=10)

    async def consume() -> None:
        while (item := await queue.get()) is not None:
            await write(item)

    # A `write` that raises ends the group, and nothing more is read. Items that were read and not yet written are lost
    # then, and also when `copy_all` is cancelled. Whoever made the source closes it.
    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            await queue.put(item)
        await queue.put(None)


async def _steady(answer: Answer, bench: Bench) -> None:
    await _copy(answer, bench, ITEMS, WRITE_S, pause_after=N)


async def _in_bursts(answer: Answer, bench: Bench) -> None:
    await _copy(answer, bench, ODD_ITEMS, QUICK_WRITE_S, pause_after=14)


async def _copy(answer: Answer, bench: Bench, items: list[str], write_s: float, *, pause_after: int) -> None:
    read = begun = peak = 0
    written: list[str] = []

    async def source() -> AsyncIterator[str]:
        nonlocal read, peak
        for n, item in enumerate(items):
            if n == pause_after:
                await asyncio.sleep(PAUSE_S)
            read += 1
            peak = max(peak, read - begun)
            yield item

    async def write(item: Any) -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(write_s)
        written.append(item)

    try:
        await answer(source(), write)
    finally:
        bench.note("waiting", max(0, peak - WITH_READER))
        bench.note("written", list(written))
        bench.note("items", items)


def _runs(evidence: Evidence) -> list[Evidence]:
    return [run for run in (evidence, evidence.trials.get(OTHERS)) if run is not None and "items" in run.notes]


@expectation("All items are written, in order")
def _writes_all(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        written, wanted = [str(each) for each in run.notes["written"]], run.notes["items"]
        if written == wanted:
            continue
        places = [wanted.index(each) for each in written if each in wanted]
        if len(written) > 1 and (places != sorted(places) or (places[:1] != [0] and wanted[0])):
            return Finding(
                "Write the items in the order in which they were read.",
                f"The first three written were {', '.join(map(repr, written[:3]))}.",
                "`Queue` is first in, first out. `LifoQueue` and `PriorityQueue` are not.",
                SECTION,
            )
        seen = f"{len(written)} items were written, and there were {len(wanted)}."
        if len(written) < len(wanted) and wanted[len(written)] == "":
            seen += " The first that is missing is an empty text."
        return Finding("Write every item once before you return.", seen, section=SECTION)
    return None


@expectation(f"At most {SIZE} items wait in the queue")
def _bounded(evidence: Evidence) -> Found:
    waiting = max(run.notes["waiting"] for run in _runs(evidence))
    if waiting <= SIZE:
        return None
    if waiting >= len(ODD_ITEMS) - 2:
        return Finding(
            "Give the queue a size.",
            f"{waiting} items had been read and waited to be written.",
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
            "No item was read before `write` had begun with the one before it.",
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


@expectation("An empty text is an item")
def _goes_on(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        written, items = run.notes["written"], run.notes["items"]
        if run.outcome == "never ended" and len(written) < len(items) and items[len(written)] == "":
            return Finding(
                "Tell the end from an item that is empty: `while (item := ...) is not None`.",
                "An empty text came. Nobody took anything from the queue any more, and `put` waited for a place.",
                section=SECTION,
            )
    return None


EXERCISE = Exercise(
    number="6.1",
    title="A queue with a bound",
    reference=copy_all,
    run=_steady,
    trials={OTHERS: _in_bursts},
    expectations=(_writes_all, _bounded, _as_many),
    hints=(
        "How many items may wait in it? `asyncio.Queue` takes that number.",
        "It is called `maxsize`, and 0 means: no bound.",
    ),
    why="When ten items wait, `put` waits, too, and so the reader reads no faster than the writer writes.",
    section=SECTION,
    explains=(_waits, _goes_on),
    deadline_s=3.0,
)
