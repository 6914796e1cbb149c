"""2.1: let the others in. An `await` that never waits hands nothing over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import WHAT_AWAIT_DOES

ITEMS = 20
_ITEMS = list(range(ITEMS))


async def work_through(items: Sequence[Any], handle: Callable[[Any], None]) -> None:
    for item in items:
        handle(item)
        await asyncio.sleep(0)


async def _beside_a_ticker(answer: Answer, bench: Bench) -> Any:
    turns, wanted = 0, asyncio.Event()  # it wants one turn for each item: one that always wants one keeps a core busy
    handled: list[Any] = []
    turns_then: list[int] = []  # how many turns the ticker had had when each item was handled

    async def ticker() -> None:
        nonlocal turns
        while True:
            await wanted.wait()
            wanted.clear()
            turns += 1

    def handle(item: Any) -> None:
        handled.append(item)
        turns_then.append(turns)
        wanted.set()

    bench.note("handled", handled)
    bench.note("turns_then", turns_then)
    beside = asyncio.create_task(ticker(), name="the other task")
    await asyncio.sleep(0)
    try:
        return await answer(list(_ITEMS), handle)
    finally:
        bench.note("turns", turns)
        beside.cancel()


@expectation(f"All {ITEMS} items are handled, in order")
def _handles_all(evidence: Evidence) -> Found:
    handled = evidence.notes["handled"]
    if handled == _ITEMS:
        return None
    if sorted(map(str, handled)) == sorted(map(str, _ITEMS)):
        return Finding("Handle the items in their order.", "All were handled, but in another order.")
    return Finding(
        "Call `handle(item)` once for each item.", f"There are {ITEMS} items, and it was called {len(handled)} times."
    )


@expectation("Another task has a turn after each item")
def _lets_others_in(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    before = evidence.notes["turns_then"]
    if len(before) < ITEMS:
        return NOT_ASKED
    after = [*before[1:], evidence.notes["turns"]]
    let_in = sum(later > earlier for earlier, later in zip(before, after, strict=True))
    if let_in >= ITEMS - 1:  # after the last item there is nothing left to interrupt
        return None
    seen = f"The other task had a turn after {let_in} of {ITEMS} items."
    if let_in:
        return Finding("Hand the turn over after each item.", seen, section=WHAT_AWAIT_DOES)
    if _tasks_made(evidence):
        return Finding(
            "Wait for something after `create_task`: it puts a task in line, and hands nothing over.",
            seen,
            "A new task has its first turn when the task that made it waits, or ends. Until then nobody runs.",
            WHAT_AWAIT_DOES,
        )
    return Finding(
        "Await something that has to wait, such as `asyncio.sleep(0)`.",
        seen,
        "`await` hands the turn over only where somebody has to wait. A coroutine that never waits is run straight on.",
        WHAT_AWAIT_DOES,
    )


def _tasks_made(evidence: Evidence) -> int:
    lanes = evidence.record.lanes if evidence.record else ()
    return sum(lane.kind == "task" for lane in lanes) - 1


@expectation("What is awaited can be awaited")
def _awaitable(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not error.is_a("TypeError") or "await" not in error.message:
        return None
    return Finding(
        "Await a coroutine, such as `asyncio.sleep(0)`.",
        f"TypeError: {error.message}.",
        "An ordinary call is over when it returns. `await` needs something that can be waited for.",
        WHAT_AWAIT_DOES,
    )


@expectation("No longer than it needs")
def _soon_done(evidence: Evidence) -> Found:
    if evidence.outcome != "never ended" or not evidence.notes.get("turns"):
        return None
    return Finding(
        "Wait as short as can be: `asyncio.sleep(0)` gives each of the others one turn.",
        f"After {EXERCISE.deadline_s:g} s it had handled {len(evidence.notes['handled'])} of {ITEMS} items.",
    )


EXERCISE = Exercise(
    number="2.1",
    title="Let the others in",
    reference=work_through,
    run=_beside_a_ticker,
    expectations=(_handles_all, _lets_others_in),
    hints=(
        "Which `await` in section 2 let the ticker run, and which did not?",
        "`asyncio.sleep(0)` waits for nothing but its next turn.",
    ),
    why="`asyncio.sleep(0)` hands the turn over once: whoever is ready runs, and then the next item is handled.",
    section=WHAT_AWAIT_DOES,
    explains=(_awaitable, _soon_done),
    deadline_s=1.5,
)
