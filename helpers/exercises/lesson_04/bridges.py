"""4.3: which call blocks, and what bridges it."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers import legacy
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, THREADS, WORK
from helpers.timeline import duration

BRIDGES = ("nothing", "thread", "process")
REFERENCE = {
    "announce": "nothing",
    "download": "thread",
    "look_up": "nothing",
    "query": "thread",
    "summarise": "process",
    "export": "nothing",
}


async def _measured(answer: Any, bench: Bench) -> Any:
    """Call every method once, so that the picture shows which of them block the loop."""
    reports = legacy.Reports(bench.urls["weather"])
    legacy.city_database()
    for name in REFERENCE:
        await asyncio.create_task(getattr(reports, name)(), name=name)
    return answer


@expectation(f"One of {len(BRIDGES)} words for each of {len(REFERENCE)} methods")
def _filled_in(evidence: Evidence) -> Found:
    answer = evidence.result
    words = ", ".join(f'"{word}"' for word in BRIDGES)
    if not isinstance(answer, dict):
        return Finding("Give the dictionary with a word for each method.", f"You gave {shown(answer)}.")
    if missing := [name for name in REFERENCE if name not in answer]:
        return Finding(f"Say what `{missing[0]}` needs, too.", f"{len(missing)} of {len(REFERENCE)} have no word.")
    if blank := [name for name in REFERENCE if isinstance(answer[name], Other) and answer[name].type == "ellipsis"]:
        return Finding(f"Say what `{blank[0]}` needs, too.", f"{len(blank)} of {len(REFERENCE)} are still `...`.")
    if unknown := [name for name in REFERENCE if answer[name] not in BRIDGES]:
        return Finding(f"Use one of the words {words}.", f"For `{unknown[0]}` you gave {shown(answer[unknown[0]])}.")
    return None


@expectation("What keeps the loop waiting has a bridge")
def _bridged(evidence: Evidence) -> Found:
    if _filled_in(evidence) is not None:
        return NOT_ASKED
    for name in ("download", "query"):
        if evidence.result[name] == "nothing":
            return Finding(
                f"Run `{name}` inside a timeline.",
                f"In the check `{name}` blocked the loop{_for(evidence, name)}, and you said that it needs nothing.",
                "`async def` does not make a blocking call non-blocking. What counts is what happens inside.",
                BLOCKS,
            )
        if evidence.result[name] == "process":
            return Finding(
                f"A thread is enough for `{name}`.",
                f"While `{name}` blocks, it does not run Python: other threads go on.",
                "A process costs more to start and to talk to. It is for work that is done in Python itself.",
                THREADS,
            )
    return None


@expectation("What calculates has a process of its own")
def _apart(evidence: Evidence) -> Found:
    if _filled_in(evidence) is not None:
        return NOT_ASKED
    bridge = evidence.result["summarise"]
    if bridge == "process":
        return None
    if bridge == "nothing":
        return Finding(
            "Run `summarise` inside a timeline.",
            f"In the check `summarise` blocked the loop{_for(evidence, 'summarise')}: it calculates.",
            "asyncio does not use all cores. Its loop is one thread, and a calculation there makes all tasks wait.",
            WORK,
        )
    return Finding(
        "Give `summarise` a process: it is Python that calculates.",
        "A thread was your answer. In the usual build of Python it would take turns with the loop.",
        "There one thread at a time runs Python. In a thread it is not done sooner, and the loop runs late meanwhile.",
        WORK,
    )


@expectation("What needs no bridge has none")
def _unbridged(evidence: Evidence) -> Found:
    if _filled_in(evidence) is not None:
        return NOT_ASKED
    reasons = {
        "announce": "It awaits a timer, as asyncio's own functions do.",
        "look_up": "It awaits `loop.getaddrinfo`, which asyncio runs in a thread of the default pool already.",
        "export": "It awaits `asyncio.to_thread`: it has its bridge already.",
    }
    for name, reason in reasons.items():
        if (bridge := evidence.result[name]) != "nothing":
            return Finding(f"Leave `{name}` as it is.", f"You gave it a {bridge}. {reason}")
    return None


def _for(evidence: Evidence, name: str) -> str:
    blockings = (
        [blocking.length_s for blocking in evidence.record.blockings if blocking.lane == name]
        if evidence.record
        else []
    )
    return f" for {duration(max(blockings))}" if blockings else ""


EXERCISE = Exercise(
    number="4.3",
    title="Which call blocks, and what bridges it?",
    reference=REFERENCE,
    run=_measured,
    services={"weather": {"latency_s": 0.07}},
    expectations=(_filled_in, _bridged, _apart, _unbridged),
    hints=(
        "Await each method inside an `async with Timeline(...)`. Which pictures have a red band?",
        "Of those that block the loop, which calculate in *Python*? The others let other threads run Python meanwhile.",
        "Of these six, what is not red needs nothing, however long it takes.",
    ),
    why="Two block outside of Python code, in a socket and in SQLite (thread), one in Python (process); three await.",
    section="processes-seen",
    own=frozenset({"blocking"}),
    takes="value",
)
