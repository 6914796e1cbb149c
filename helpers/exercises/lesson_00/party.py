"""0.3: which one never ran?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import runs_what_it_makes
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_00._shared import COROUTINES, TASKS

GUESTS = ("Ada", "Grace", "Edsger")
BEGUN = "begun"
SHORT = "a sleep takes no time"
_sleep = asyncio.sleep
# The slow one takes longer than the other two together, and a few steps more: where a busy machine stops everything for
# a while, all timers are over at the same moment, and only the steps still tell the guests apart.
QUICK_S, SLOW_S, STEPS = 0.02, 0.15, 20


async def party(greet: Callable[[str], Awaitable[None]]) -> None:
    await greet("Ada")
    await greet("Grace")
    await greet("Edsger")


async def _no_time(_: float, result: Any = None) -> Any:
    """Sleep as `asyncio.sleep` does, and only let the others run."""
    await _sleep(0)
    return result


def _with(slow: str, *, short: bool = False) -> Run:
    async def greet_all(answer: Answer, bench: Bench) -> Any:
        greeted: list[str] = []
        begun: list[str] = []

        async def greet(name: str) -> None:
            begun.append(name)
            await _sleep(SLOW_S if name == slow else QUICK_S)
            for _ in range(STEPS if name == slow else 0):
                await _sleep(0)
            greeted.append(name)

        with patch.object(asyncio, "sleep", _no_time) if short else nullcontext():
            await answer(greet)
        bench.note(BEGUN, list(begun))
        return list(greeted)  # as it is when the answer returns: who comes later is late

    return greet_all


@expectation("All three have been greeted, each once, when it returns")
def _all_greeted(evidence: Evidence) -> Found:
    if evidence.never_awaited:
        return NOT_ASKED
    *runs, short = (evidence, *evidence.trials.values())
    found = next((found for run in runs if (found := _greeted(run)) is not None), None)
    if found is not None or (late := _greeted(short)) is None:
        return found
    return Finding(
        "Await the tasks themselves: a sleep does not wait for them.",
        f"In one run `asyncio.sleep` took no time. {late.seen}",
        "How long a task takes, nobody knows beforehand. A sleep is too short for some, and too long for the rest.",
        TASKS,
    )


def _greeted(run: Evidence) -> Finding | None:
    greeted, begun = Counter(map(str, run.result)), Counter(map(str, run.notes[BEGUN]))
    if greeted == Counter(GUESTS) == begun:
        return None
    scheduled = " ".join(run.tasks_left)  # as the calls were written: a task may not have begun yet
    late = [name for name in GUESTS if name not in greeted and (name in begun or name in scheduled)]
    missing = [name for name in GUESTS if name not in greeted and name not in late]
    if late:
        return Finding(
            f"Wait until {_listed(late)} {_was(late)} been greeted.",
            f"Your function returned, and {_listed(late)} had not been greeted to the end.",
            "`create_task` schedules a task, and does not wait for it. Awaiting one task is not awaiting another.",
            TASKS,
        )
    if missing:
        return Finding(
            f"Greet {_listed(missing)} too.",
            f"Of the three, {_listed([name for name in GUESTS if name not in missing]) or 'nobody'} "
            f"{'were' if len(missing) == 1 else 'was'} greeted.",
        )
    if twice := [name for name in GUESTS if begun[name] > 1]:
        return Finding(
            f"Greet {twice[0]} once.",
            f"{twice[0]} was greeted {begun[twice[0]]} times.",
            "A task runs its coroutine. To wait for it, await the task and don't call `greet` again.",
        )
    return Finding("Greet only the three.", f"Others were greeted, too: {_listed(sorted(begun.keys() - set(GUESTS)))}.")


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _was(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


EXERCISE = Exercise(
    number="0.3",
    title="Which one never ran?",
    reference=party,
    run=_with("Grace"),
    trials={
        "Edsger takes longest": _with("Edsger"),
        "Ada takes longest": _with("Ada"),
        SHORT: _with("Ada", short=True),
    },
    expectations=(runs_what_it_makes(), _all_greeted),
    hints=(
        "Three coroutines are made. For each, look for what awaits it, or makes a task of it.",
        "`ada` is awaited, and `edsger` is a task that is awaited. And `grace`?",
        'Put `await` before each of the three calls: `await greet("Ada")`, and so on.',
    ),
    why="All three are awaited, so all have been greeted when `party` returns. What is only called never runs.",
    section=COROUTINES,
    own=frozenset({"tasks"}),
)
