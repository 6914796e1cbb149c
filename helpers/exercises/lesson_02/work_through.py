"""2.1: let the others in. An `await` that never waits lets nobody in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import WHAT_AWAIT_DOES

ITEMS = 20
LONGEST_S = 1.0  # the page says so
_ITEMS = list(range(ITEMS))
_WORDS = ["oslo", "lima", "oslo", "cairo", "quito", "delhi", "lima"]  # other data, another number, some twice


async def work_through(items: Sequence[Any], handle: Callable[[Any], None]) -> None:
    for item in items:
        handle(item)
        await asyncio.sleep(0)


async def _next_to_another(answer: Answer, bench: Bench) -> Any:
    return await _next_to(1, _ITEMS, answer, bench)


async def _next_to_three(answer: Answer, bench: Bench) -> Any:
    return await _next_to(3, _WORDS, answer, bench)


async def _without_items(answer: Answer, bench: Bench) -> Any:
    return await _next_to(1, [], answer, bench)


async def _next_to(others: int, items: Sequence[Any], answer: Answer, bench: Bench) -> Any:
    """Run the answer next to tasks that want to run once for each item: always wanting to would keep a core busy."""
    runs = [0] * others
    wanted = [asyncio.Event() for _ in runs]
    handled: list[Any] = []
    runs_then: list[int] = []  # how often the one that ran least had run when each item was handled

    async def other(number: int) -> None:
        while True:
            await wanted[number].wait()
            wanted[number].clear()
            runs[number] += 1

    def handle(item: Any) -> None:
        handled.append(item)
        runs_then.append(min(runs))
        for event in wanted:
            event.set()

    bench.note("handled", handled)
    bench.note("runs_then", runs_then)
    tasks = [asyncio.create_task(other(number), name=f"another task, {number + 1}") for number in range(others)]
    await asyncio.sleep(0)
    try:
        return await answer(list(items), handle)
    finally:
        for task in tasks:
            task.cancel()


@expectation("All items are handled, in order")
def _handles_all(evidence: Evidence) -> Found:
    for one, items in ((evidence, _ITEMS), (evidence.trials["three others"], _WORDS), (evidence.trials["none"], [])):
        handled = one.notes["handled"]
        if handled == items:
            continue
        if sorted(map(str, handled)) == sorted(map(str, items)):
            return Finding("Handle the items in their order.", "All were handled, but in another order.")
        return Finding(
            "Call `handle(item)` once for each item.",
            f"There were {len(items)} items, and it was called {len(handled)} times.",
        )
    return None


@expectation("Between two items every other task can run")
def _lets_others_in(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for one, items, others in ((evidence, _ITEMS, "The other task"), (evidence.trials["three others"], _WORDS, "Each")):
        before = one.notes["runs_then"]
        if len(before) != len(items):
            return NOT_ASKED
        let_in = sum(later > earlier for earlier, later in pairwise(before))
        if let_in == len(items) - 1:
            continue
        seen = f"{others} ran between {let_in} of {len(items) - 1} pairs of items."
        if let_in:
            return Finding("Let every other task run between *any* two items.", seen, section=WHAT_AWAIT_DOES)
        if _tasks_made(evidence):
            return Finding(
                "Suspend between two items: making a task does not.",
                seen,
                "`create_task` and `gather` only schedule tasks. Those that are ready run one after another.",
                WHAT_AWAIT_DOES,
            )
        return Finding(
            "Await something that suspends.",
            seen,
            "A coroutine that never has to wait is run straight through, like an ordinary call.",
            WHAT_AWAIT_DOES,
        )
    return None


def _tasks_made(evidence: Evidence) -> int:
    lanes = evidence.record.lanes if evidence.record else ()
    return sum(lane.kind == "task" for lane in lanes) - 1


@expectation(f"{ITEMS} items take less than a second")
def _soon(evidence: Evidence) -> Found:
    if evidence.notes["handled"] != _ITEMS or evidence.never_awaited:
        return NOT_ASKED
    if evidence.seconds < LONGEST_S:
        return None
    return _shorter(f"It took {evidence.seconds:.1f} s for {ITEMS} items.")


@expectation("What is awaited can be awaited")
def _awaitable(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not error.is_a("TypeError") or "await" not in error.message:
        return None
    if "ellipsis" in error.message:
        return Finding("Fill in the blank: `...` can't be awaited.", f"TypeError: {error.message}.")
    return Finding(
        "Await a coroutine or a task.",
        f"TypeError: {error.message}.",
        "An ordinary call is over when it returns. `await` needs something that can be waited for.",
        WHAT_AWAIT_DOES,
    )


@expectation("No longer than it needs")
def _soon_done(evidence: Evidence) -> Found:
    runs = evidence.notes.get("runs_then")
    if evidence.outcome != "never ended" or not runs or not runs[-1]:
        return None
    return _shorter(f"At the deadline it had handled {len(evidence.notes['handled'])} of {ITEMS} items.")


def _shorter(seen: str) -> Finding:
    return Finding(
        "Wait for a shorter time: the others only need to run once.",
        seen,
        "`asyncio.sleep` takes seconds. How many do the others need, if they only want to run once?",
        WHAT_AWAIT_DOES,
    )


EXERCISE = Exercise(
    number="2.1",
    title="Let the others in",
    reference=work_through,
    run=_next_to_another,
    trials={"three others": _next_to_three, "none": _without_items},
    expectations=(_handles_all, _lets_others_in, _soon),
    hints=(
        "Which line of the ticker, in section 1, let the others run?",
        "`asyncio.sleep(0)` waits for nothing, and suspends once.",
    ),
    why="`asyncio.sleep(0)` suspends once: every task that is ready runs, and then the next item is handled.",
    section=WHAT_AWAIT_DOES,
    explains=(_awaitable, _soon_done),
    deadline_s=2.0,
)
