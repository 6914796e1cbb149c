"""0.2: in what order?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_00._shared import TASKS


async def child(say: Callable[[str], None]) -> None:
    say("B")
    await asyncio.sleep(0)  # pauses, so that other tasks may run
    say("C")


async def program(say: Callable[[str], None]) -> None:
    say("A")
    task = asyncio.create_task(child(say))
    say("D")
    await task


async def _watch(answer: Any, bench: Bench) -> Any:
    said: list[str] = []
    await program(said.append)
    bench.note("said", said)
    return answer


@expectation("The order in which the four letters are said")
def _is_the_order(evidence: Evidence) -> Found:
    ran = list(evidence.notes["said"])
    result = evidence.result
    if isinstance(result, (set, frozenset)):
        return Finding("Give a list, in square brackets.", "You gave a set, and a set has no order.")
    expected = _letters(result)
    if expected == ran:
        return None
    if sorted(expected) != sorted(ran):
        return Finding(
            "Give each of the four letters once, in a list such as the one that you were given.",
            f"You gave {shown(result)}.",
        )
    seen = f"You said {' '.join(expected)}. It ran in another order."
    if expected[0] != "A":
        return Finding(
            "Begin where `program` begins.", seen, "The first line of `program` runs before any task has been made."
        )
    if expected.index("C") < expected.index("B"):
        return Finding(
            "Follow `child` from its first line to its last.",
            seen,
            "An `await` pauses a coroutine, and changes nothing in the order of its lines.",
        )
    if expected == ["A", "B", "C", "D"]:
        return Finding(
            "Ask yourself whether `create_task` waits for the task.",
            seen,
            "An ordinary call returns when the function has ended. `create_task` returns before the task has begun.",
        )
    return Finding(
        "Ask yourself at which line of `program` something else can run for the first time.",
        seen,
        "The event loop runs one coroutine until that pauses or ends, and only then another one.",
    )


def _letters(value: Any) -> list[str]:
    if isinstance(value, str):
        return [letter for letter in value.upper() if letter.isalpha()]
    if isinstance(value, (list, tuple)):
        return [str(letter).strip().upper() for letter in value]
    return []


EXERCISE = Exercise(
    number="0.2",
    title="In what order?",
    takes="value",
    reference=["A", "D", "B", "C"],
    run=_watch,
    expectations=(_is_the_order,),
    hints=(
        "`create_task` returns at once. Does the event loop get a chance to run the task before it returns?",
        "The event loop runs one coroutine at a time. The task can run when `program` pauses.",
        "`program` pauses at `await task`. Which letters have been said by then?",
    ),
    why="`create_task` only schedules `child`. It begins when `program` pauses for the first time, at `await task`.",
    section=TASKS,
)
