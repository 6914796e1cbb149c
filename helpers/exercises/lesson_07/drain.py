"""7.4: a clean stop. Wait for what is in flight, for a limited time, and for a shorter one at a second signal."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_07._shared import LATE, STOP

CLEAN_UP_S = (0.04, 0.16)  # of the last task of a run, and of the others: to wait until one has ended is not enough
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


async def _works(
    seconds: float, log: list[str], clean_up_s: float, error: Exception | None = None, *, then: str = ""
) -> None:
    """Work, or fail with this error; at a cancel clean up, and end as tasks do then, or as `then` says."""
    try:
        await asyncio.sleep(seconds)
        if error is not None:
            raise error
        log.append("done")
    except asyncio.CancelledError:
        log.append("cancelled")
        await asyncio.sleep(clean_up_s)
        log.append("cleaned up")
        if then == "fails":
            raise OSError("disk full") from None
        if then != "returns":
            raise


def _run(
    *seconds: float,
    fails_s: float | None = None,
    grace_s: float,
    again_s: float | None = None,
    early: bool = False,
    clean_up_s: tuple[float, float] = CLEAN_UP_S,
    then: Sequence[str] = (),
) -> Run:
    """Make a run with tasks of these lengths, one that fails, and a second signal (or one that has come already).

    Args:
        seconds: that each task works.
        fails_s: when one more fails.
        grace_s: that the answer is given.
        again_s: when the second signal comes.
        early: whether it has come before.
        clean_up_s: how long the last task, and each other, needs after a cancel.
        then: how the first tasks end after that: "returns", "fails", or as usual.
    """

    async def run(answer: Answer, bench: Bench) -> Any:
        log: list[str] = []
        again = asyncio.Event()
        last = len(seconds) - 1
        ends = itertools.chain(then, itertools.repeat(""))
        tasks = {
            asyncio.create_task(_works(one, log, clean_up_s[place < last], then=end), name=f"works for {one:g} s")
            for place, (one, end) in enumerate(zip(seconds, ends, strict=False))
        }
        if fails_s is not None:
            tasks.add(asyncio.create_task(_works(fails_s, log, clean_up_s[0], OSError("disk full")), name="fails"))
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


# One ends every quarter of a second: who begins the grace anew at each waits for all but the last.
ONE_BY_ONE = (*(0.25 * number for number in range(1, 8)), FOR_EVER_S)

# How many have to be cancelled (None: as many as were, for that depends on the machine), and the shortest and longest
# time that it may take, in s. The longest are far away from what a wrong answer needs: the whole grace, or for ever.
WANTED: dict[str, tuple[int | None, float, float, str]] = {
    "": (0, 0.15, 1.5, "two tasks need 0.05 s and 0.15 s, a third fails after 0.1 s, and there are 2 s"),
    "late": (None, 0.4, 1.5, "one task after another ends, every 0.25 s, the last needs 60 s, and there are 0.4 s"),
    "again": (3, 0.1, 1.5, "three tasks need 60 s, there are 60 s, and after 0.1 s comes the second signal"),
    "again already": (1, 0.0, 1.5, "the second signal had come already"),
    "no tasks": (0, 0.0, 1.0, "there are no tasks, and there are 60 s"),
    "long clean-up": (1, 0.04, 1.5, "one task needs 60 s and cleans up for 0.12 s, and there are 0.04 s"),
}


def _of(evidence: Evidence, trial: str) -> Evidence:
    return evidence.trials.get(trial, evidence)


@expectation("It waits for what ends in time, and no longer")
def _waits(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for trial, (late, least_s, most_s, what) in WANTED.items():
        notes = _of(evidence, trial).notes
        if late is not None and (cancelled := notes["log"].count("cancelled")) > late:
            seen = f"Where {what}, you cancelled {cancelled}; {late} had to be."
            return Finding("Give the tasks their time before you cancel them.", seen, section=STOP)
        seen = f"Where {what}, it took {notes['seconds']:.2f} s."
        if notes["seconds"] < least_s * 0.95:
            return Finding("Give the tasks their time before you cancel them.", seen, section=STOP)
        if notes["seconds"] < most_s:
            continue
        if "again" in trial:
            return Finding("Stop waiting when `again` is set.", seen, section=STOP)
        if trial == "late":
            return Finding(
                "Wait for `grace_s` at the most, for all tasks together.",
                seen,
                "A `timeout=` in a loop begins anew each time round.",
                STOP,
            )
        return Finding("Return as soon as no task runs any more.", seen, section=STOP)
    return None


@expectation("What still runs is cancelled, and has cleaned up when it returns")
def _cancels(evidence: Evidence) -> Found:
    if isinstance(_waits.find(evidence), Finding):
        return NOT_ASKED
    for trial, (*_, what) in WANTED.items():
        notes = _of(evidence, trial).notes
        cancelled = notes["log"].count("cancelled")
        if notes["running"]:
            return Finding(
                "After the cancel, wait until the tasks have ended.",
                f"Where {what}, {notes['running']} still ran when your function had returned.",
                "`task.cancel()` only asks. The task cleans up after that, and it may take its time.",
                LATE,
            )
        if (cut := cancelled - notes["log"].count("cleaned up")) > 0:
            return Finding(
                "Cancel each task once, and let it clean up.",
                f"Where {what}, {cut} of {cancelled} tasks could not: something was raised into the clean-up.",
                "A second cancel lands in the `await` at which the task is by then: in its clean-up.",
                LATE,
            )
    return None


@expectation("It returns how many it had to cancel")
def _counts(evidence: Evidence) -> Found:
    if isinstance(_waits.find(evidence), Finding):
        return NOT_ASKED
    for trial, (late, *_, what) in WANTED.items():
        run = _of(evidence, trial)
        had = len(ONE_BY_ONE) - run.notes["log"].count("done") if late is None else late
        if isinstance(run.result, bool) or run.result != had:
            return Finding(
                "Return how many tasks you had to cancel, as a number.",
                f"Where {what}, {had} had to be, and it returned {shown(run.result)}.",
                "How a task ends after its cancel is its own affair: it may return, or raise another error."
                if trial == "again"
                else "",
            )
    return None


@expectation("A task that fails stops nothing")
def _survives(evidence: Evidence) -> Found:
    """Explain a run that raised: the error of a task, or a wait for nothing at all."""
    errors = [run.exception for run in (evidence, *evidence.trials.values())]
    if any(leaf.message == "disk full" for error in errors if error is not None for leaf in error.leaves()):
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
            graced = trial in ("late", "long clean-up")
            advice = "Wait for `grace_s` at the most." if graced else "Return as soon as no task runs any more."
            advice = "Stop waiting when `again` is set." if "again" in trial else advice
            return Finding(advice, f"Where {what}, it still waited at the deadline of the check.", section=STOP)
    return NOT_ASKED


EXERCISE = Exercise(
    number="7.4",
    title="A clean stop",
    reference=drain,
    run=_run(0.05, 0.15, fails_s=0.1, grace_s=2.0),
    trials={
        "late": _run(*ONE_BY_ONE, grace_s=0.4),
        "again": _run(*[FOR_EVER_S] * 3, grace_s=FOR_EVER_S, again_s=0.1, then=("returns", "fails")),
        "again already": _run(FOR_EVER_S, grace_s=FOR_EVER_S, early=True),
        "no tasks": _run(grace_s=FOR_EVER_S),
        "long clean-up": _run(FOR_EVER_S, grace_s=0.04, clean_up_s=(0.12, 0.12)),
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
