"""0.3: which one never ran?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import runs_what_it_makes
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_00._shared import COROUTINES, TASKS

GUESTS = ("Ada", "Grace", "Edsger")


async def party(greet: Callable[[str], Awaitable[None]]) -> None:
    ada = greet("Ada")
    grace = greet("Grace")
    edsger = asyncio.ensure_future(greet("Edsger"))
    await ada
    await grace
    await edsger


async def _greet_all(answer: Answer, bench: Bench) -> Any:
    greeted: list[str] = []

    async def greet(name: str) -> None:
        await asyncio.sleep(0.02)
        greeted.append(name)

    await answer(greet)
    return list(greeted)  # as it is when the answer returns: who comes later is late


@expectation("All three are greeted, each once, before the party is over")
def _all_greeted(evidence: Evidence) -> Found:
    greeted = Counter(str(name) for name in evidence.result)
    if greeted == Counter(GUESTS):
        return None
    if twice := [name for name in GUESTS if greeted[name] > 1]:
        return Finding(f"Greet {twice[0]} once.", f"{twice[0]} was greeted {greeted[twice[0]]} times.")
    missing = [name for name in GUESTS if name not in greeted]
    if not missing:
        return Finding("Greet only the three.", f"Others were greeted, too: {', '.join(set(greeted) - set(GUESTS))}.")
    if evidence.never_awaited:
        return NOT_ASKED
    if evidence.tasks_left:
        return Finding(
            f"Await the task that greets {missing[0]}.",
            f"The party was over, and {missing[0]} was still being greeted.",
            "`create_task` starts a task; only `await` waits for its end.",
            TASKS,
        )
    return Finding(f"Greet {missing[0]}, too.", f"Only {', '.join(greeted) or 'nobody'} was greeted.")


EXERCISE = Exercise(
    number="0.3",
    title="Which one never ran?",
    reference=party,
    run=_greet_all,
    expectations=(runs_what_it_makes(), _all_greeted),
    hints=(
        "Three coroutines are made. For each, look for who awaits it, or makes a task of it.",
        "`ada` is awaited, `edsger` is a task and awaited. And `grace`?",
    ),
    why="A coroutine that nobody awaits never runs. Python says so, but only when it throws it away.",
    section=COROUTINES,
    own=frozenset({"tasks"}),
)
