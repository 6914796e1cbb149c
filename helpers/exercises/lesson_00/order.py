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
    await asyncio.sleep(0)  # let the others have a turn
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


@expectation("The order in which the four lines ran")
def _is_the_order(evidence: Evidence) -> Found:
    ran = list(evidence.notes["said"])
    expected = _letters(evidence.result)
    if expected == ran:
        return None
    advice, seen = "Follow the turns: who has it, and where is it given away?", f"They ran {' '.join(ran)}"
    if sorted(expected) != sorted(ran):
        return Finding(
            'Give each of the four letters once: ["A", "B", "C", "D"] in your order.',
            f"You gave {shown(evidence.result)}.",
        )
    seen = f"You said {' '.join(expected)}. It ran otherwise."
    if expected[0] != "A":
        return Finding(
            "Begin with A.", seen, "Nothing runs before `program` has its first turn, and A is its first line."
        )
    if expected.index("C") < expected.index("B"):
        return Finding("Put B before C.", seen, "Within one coroutine the lines run from top to bottom, always.")
    if expected == ["A", "B", "C", "D"]:
        return Finding(
            "Put D before B and C.",
            seen,
            "`create_task` is no call that runs to its end. It puts the task in line and returns at once.",
            TASKS,
        )
    if expected == ["A", "B", "D", "C"]:
        return Finding(
            "Put D before B.",
            seen,
            "`create_task` does not begin the task either. Its first step comes when the block waits, at `await task`.",
            TASKS,
        )
    return Finding(advice, seen)


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
        "`create_task` runs nothing. It puts the task in line, and the line moves when the block waits.",
        "Nothing that is in line runs before the block comes to its first `await` that really has to wait.",
        "The block waits at `await task`. Which letters have been said by then?",
    ),
    why="`create_task` only puts `child` in line; it gets its first turn when `program` waits, after D.",
    section=TASKS,
)
