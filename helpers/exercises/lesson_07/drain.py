"""7.4: a clean stop. Wait for what is in flight, for a limited time, and for a shorter one at a second signal."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_07._shared import LATE, STOP

CLEAN_UP_S = (0.04, 0.16)  # of the first task of a run, and of the others: to wait until one has ended is not enough
FOR_EVER_S = 60.0


async def drain(tasks: set[asyncio.Task[Any]], again: asyncio.Event, grace_s: float) -> int:
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)  # of no tasks at all it is done at once
    either: set[asyncio.Future[Any]] = {ended, hurry}
    try:
        await asyncio.wait(either, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    finally:  # also when this very function is cancelled
        late = [task for task in tasks if not task.done()]
        for task in (hurry, *late):
            task.cancel()
        # What this does not survive: a task that swallows its cancel, or cleans up for ever. Only the operating
        # system's SIGKILL ends a program that waits for one.
        await asyncio.gather(hurry, *late, return_exceptions=True)
    return len(late)


async def _works(seconds: float, log: list[str], clean_up_s: float, error: Exception | None = None) -> None:
    try:
        await asyncio.sleep(seconds)
        if error is not None:
            raise error
        log.append("done")
    except asyncio.CancelledError:
        await asyncio.sleep(clean_up_s)
        log.append("cleaned up")
        raise


def _run(
    *seconds: float, fails_s: float | None = None, grace_s: float, again_s: float | None = None, early: bool = False
) -> Run:
    """Make a run with tasks of these lengths, one that fails, and a second signal (or one that has come already)."""

    async def run(answer: Answer, bench: Bench) -> Any:
        log: list[str] = []
        again = asyncio.Event()
        tasks = {
            asyncio.create_task(_works(one, log, CLEAN_UP_S[place > 0]), name=f"works for {one:g} s")
            for place, one in enumerate(seconds)
        }
        if fails_s is not None:
            tasks.add(asyncio.create_task(_works(fails_s, log, CLEAN_UP_S[0], OSError("disk full")), name="fails"))
        if early:
            again.set()
        elif again_s is not None:
            asyncio.get_running_loop().call_later(again_s, again.set)
        await asyncio.sleep(0)  # they have begun
        began = time.perf_counter()
        try:
            return await answer(set(tasks), again, grace_s)
        finally:
            bench.note("seconds", time.perf_counter() - began)
            bench.note("log", list(log))
            bench.note("running", sum(not task.done() for task in tasks))
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            for task in tasks:
                _ = task.cancelled() or task.exception()

    return run


# How many have to be cancelled, and the shortest and longest time that it may take, in s. The longest are far away
# from what a wrong answer needs: the whole grace, or for ever.
WANTED: dict[str, tuple[int, float, float, str]] = {
    "": (0, 0.15, 1.5, "two tasks need 0.05 s and 0.15 s, a third fails after 0.1 s, and there are 2 s"),
    "late": (2, 0.3, 1.5, "one task needs 0.1 s and two need 60 s, and there are 0.3 s"),
    "again": (3, 0.1, 1.5, "three tasks need 60 s, there are 60 s, and after 0.1 s comes the second signal"),
    "again already": (1, 0.0, 1.5, "the second signal had come already"),
    "no tasks": (0, 0.0, 1.0, "there are no tasks, and there are 60 s"),
}


def _of(evidence: Evidence, trial: str) -> Evidence:
    return evidence.trials.get(trial, evidence)


@expectation("It waits for what ends in time, and no longer")
def _waits(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for trial, (_, least_s, most_s, what) in WANTED.items():
        notes = _of(evidence, trial).notes
        seen = f"Where {what}, it took {notes['seconds']:.2f} s."
        if notes["seconds"] < least_s * 0.95:
            return Finding("Give the tasks their time before you cancel them.", seen, section=STOP)
        if notes["seconds"] < most_s:
            continue
        if "again" in trial:
            return Finding("Stop waiting when `again` is set.", seen, section=STOP)
        return Finding("Return as soon as no task runs any more.", seen, section=STOP)
    return None


@expectation("What still runs is cancelled, and has cleaned up when it returns")
def _cancels(evidence: Evidence) -> Found:
    if isinstance(_waits.find(evidence), Finding):
        return NOT_ASKED
    for trial, (late, *_, what) in WANTED.items():
        notes = _of(evidence, trial).notes
        cleaned = notes["log"].count("cleaned up")
        if notes["running"]:
            return Finding(
                "After the cancel, wait until the tasks have ended.",
                f"Where {what}, {notes['running']} still ran when your function had returned.",
                "`task.cancel()` only asks. The task cleans up after that, and it may take its time.",
                LATE,
            )
        if cleaned > late:
            return Finding("Cancel only what still runs.", f"Where {what}, {cleaned} tasks were cancelled, not {late}.")
    return None


@expectation("It returns how many it had to cancel")
def _counts(evidence: Evidence) -> Found:
    if isinstance(_waits.find(evidence), Finding):
        return NOT_ASKED
    for trial, (late, *_, what) in WANTED.items():
        result = _of(evidence, trial).result
        if isinstance(result, bool) or result != late:
            return Finding(
                "Return how many tasks you had to cancel, as a number.",
                f"Where {what}, {late} had to be, and it returned {shown(result)}.",
            )
    return None


@expectation("A task that fails stops nothing")
def _survives(evidence: Evidence) -> Found:
    """Explain a run that raised: the error of a task, or a wait for nothing at all."""
    error = evidence.exception
    if error is not None and any(leaf.message == "disk full" for leaf in error.leaves()):
        return Finding(
            "Let a failing task end like any other.",
            "One of the tasks raised an OSError, and it came out of your function.",
            "`gather` raises the first error that it meets, unless you say `return_exceptions=True`.",
        )
    for one in (evidence, *evidence.trials.values()):
        error = one.exception
        if error is not None and any(leaf.is_a("TimeoutError") for leaf in error.leaves()):
            return Finding(
                "Go on when the time is over: it is no error here.", "A TimeoutError came out of your function."
            )
        if error is not None and any("is empty" in leaf.message for leaf in error.leaves()):
            return Finding("Ask first whether there is a task: `tasks` may be empty.", f"{error.type}: {error.message}")
    return NOT_ASKED


@expectation("It ends")
def _ends(evidence: Evidence) -> Found:
    """Explain a run that never ended."""
    for trial, (*_, what) in WANTED.items():
        if trial and trial not in evidence.trials:
            break
        if _of(evidence, trial).outcome == "never ended":
            advice = {"late": "Wait for `grace_s` at the most."}.get(trial, "Return as soon as no task runs any more.")
            advice = "Stop waiting when `again` is set." if "again" in trial else advice
            return Finding(advice, f"Where {what}, it still waited at the deadline of the check.", section=STOP)
    return NOT_ASKED


EXERCISE = Exercise(
    number="7.4",
    title="A clean stop",
    reference=drain,
    run=_run(0.05, 0.15, fails_s=0.1, grace_s=2.0),
    trials={
        "late": _run(0.1, FOR_EVER_S, FOR_EVER_S, grace_s=0.3),
        "again": _run(FOR_EVER_S, FOR_EVER_S, FOR_EVER_S, grace_s=FOR_EVER_S, again_s=0.1),
        "again already": _run(FOR_EVER_S, grace_s=FOR_EVER_S, early=True),
        "no tasks": _run(grace_s=FOR_EVER_S),
    },
    expectations=(_waits, _cancels, _counts),
    hints=(
        "You wait for two things at once: that all tasks have ended, and that `again` is set. Make a task of each.",
        "`asyncio.wait({…, …}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)` returns, and raises nothing.",
        "`asyncio.gather(*tasks, return_exceptions=True)` ends when all have ended, however, and of no tasks at once.",
    ),
    why="One wait for whichever comes first, then a cancel for what is late, and a second wait for its clean-up.",
    section=STOP,
    explains=(_survives, _ends),
    own=frozenset({"tasks", "errors"}),
    deadline_s=5.0,
)
