"""8.2: a time limit for a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from helpers.exercises._words import a
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import ON_THE_LOOP, gives_the_function, never_blocked, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_08._job import Case, Job
from helpers.exercises.lesson_08._shared import BLOCKS, GOES_ON, TOO_EARLY
from helpers.exercises.pulse import BLOCKED, Pulse

LATE = 1.6  # times the limit: more than a busy machine adds, less than a mistake does


LONG = Case(steps=150, step_s=0.01, limit_s=0.4)
OTHERS = {
    "done in time": Case(steps=7, step_s=0.01, limit_s=2.0),
    "long steps": Case(steps=4, step_s=0.35, limit_s=0.15, wakes=False),
}


async def search(job: Callable[[threading.Event], Any], seconds: float) -> Any:
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:  # whoever cancels this ends the job, too, but does not wait for its end
        stop.set()
    return await task


def _search(case: Case) -> Callable[[Answer, Bench], Coroutine[Any, Any, Any]]:
    async def run(answer: Answer, bench: Bench) -> Any:
        with Pulse() as pulse:
            job, called = Job(case, pulse), time.monotonic()
            try:
                result = await answer(job, case.limit_s)
                bench.note("later_s", time.monotonic() - job.ended_at)
                return result
            finally:
                told_at = job.told_at or time.monotonic()
                bench.note("set", job.stop is not None and job.stop.is_set())
                bench.note("running", job.running)
                # A busy machine starts the thread late: the one is never too short, the other never too long.
                bench.note("told_s", (told_at - called, told_at - job.begin))
                bench.note(ON_THE_LOOP, job.on_the_loop)
                bench.note(BLOCKED, pulse.missed)
                bench.note("found", list(job.found))
                bench.note("calls", job.calls)
                bench.note("odd", job.odd)

    return run


def _unheard(evidence: Evidence) -> bool:
    """Tell whether the job never ran as it should, which another finding says."""
    notes = evidence.notes
    return bool(notes[ON_THE_LOOP] or notes["odd"] or not notes["calls"])


def _goes_on(seen: str) -> Finding:
    return Finding(
        "Tell the thread to stop: set the event that the job looks at.",
        seen,
        "Cancelling ends the *wait* for a thread, never the thread: asyncio can't interrupt one.",
        GOES_ON,
    )


def _wait(seen: str) -> Finding:
    return Finding(
        "Await the job's end after you have set the event, and do not cancel its task.",
        seen,
        "The event asks the job to stop. It stops when it looks, at the end of a step.",
        GOES_ON,
    )


@expectation("A cancelled wait is not a stopped thread")
def _times_out(evidence: Evidence) -> Found:
    for run in (evidence, *evidence.trials.values()):
        error = run.exception
        if error is None:
            continue
        if run.notes.get("odd"):
            return _event(run)
        cancelled = error.is_a("CancelledError")
        if not (error.is_a("TimeoutError") or cancelled):
            continue
        if not run.notes.get("set"):
            return _goes_on(f"It raised {error.type}, and the job was still at work in its thread.")
        if cancelled:
            return _wait(f"It raised {error.type}, and what the job had found was lost.")
        return Finding("Return what the job has found by then, instead of raising.", f"It raised {error.type}.")
    return None


@expectation("The job gets a `threading.Event`, and is called once")
def _event(evidence: Evidence) -> Found:
    for run in (evidence, *evidence.trials.values()):
        if odd := run.notes.get("odd"):
            return Finding(
                "Give the job the `threading.Event` itself.",
                f"It was given {a(odd)}.",
                "`asyncio.Event` belongs to the event loop. A thread needs an event that it can look at.",
                GOES_ON,
            )
        if not run.notes["calls"]:
            return Finding("Run the job: `job(stop)`, in a thread.", "It was never called.", section=GOES_ON)
        if run.notes["calls"] > 1:
            return Finding("Call the job once.", f"It was called {run.notes['calls']} times.", section=GOES_ON)
    return None


@expectation("After the time limit the job is told to stop")
def _stops(evidence: Evidence) -> Found:
    notes = evidence.notes
    if _unheard(evidence) or notes[BLOCKED]:
        return NOT_ASKED
    if notes["running"] and not notes["set"]:
        return _goes_on("Your function had returned, and the job was still at work.")
    if len(notes["found"]) == LONG.steps:
        return Finding(
            "Set the event when the seconds are over.",
            f"The job took all of its {LONG.steps} steps: it was never told to stop.",
            "Nobody but you can know that the time is up: the thread does not look at the clock.",
            GOES_ON,
        )
    at_most_s, at_least_s = notes["told_s"]
    seen = f"It was told after {at_most_s * 1000:.0f} ms; {LONG.limit_s * 1000:.0f} ms were allowed."
    if at_most_s < 0.9 * LONG.limit_s:
        return Finding("Set the event only when the seconds are over.", seen, section=GOES_ON)
    if at_least_s > LATE * LONG.limit_s:
        return Finding("Set the event as soon as the seconds are over.", seen, section=GOES_ON)
    return None


@expectation("The job has ended when you return")
def _ended(evidence: Evidence) -> Found:
    notes = evidence.trials["long steps"].notes
    if _unheard(evidence) or (evidence.notes["running"] and not evidence.notes["set"]):
        return NOT_ASKED
    if notes["running"]:
        return _wait("Your function had returned, and a job with longer steps was still in its last one.")
    return None


@expectation("It returns what the job has found by then")
def _found(evidence: Evidence) -> Found:
    if _unheard(evidence) or evidence.notes["calls"] > 1 or _stops(evidence) is not None:
        return NOT_ASKED
    for run in (evidence, evidence.trials["long steps"]):
        if run.notes["running"]:
            return NOT_ASKED
        if run.result != run.notes["found"]:
            return Finding(
                "Return what the job returns: it returns what it has found also when it is stopped.",
                f"The job returned {len(run.notes['found'])} finds; your function returned {shown(run.result)}.",
                "A task that was cancelled has no result. Stop the thread, then await the task.",
                GOES_ON,
            )
    return None


@expectation("A job that is done in time is not disturbed, and not waited for longer")
def _undisturbed(evidence: Evidence) -> Found:
    case, run = OTHERS["done in time"], evidence.trials["done in time"]
    if _unheard(evidence) or run.notes["calls"] > 1:
        return NOT_ASKED
    if len(run.notes["found"]) < case.steps:
        return Finding(
            "Set the event only when the seconds are over.",
            f"A job of {case.steps} steps of {case.step_s * 1000:.0f} ms, {case.limit_s:g} s allowed: "
            f"it was stopped after {len(run.notes['found'])}.",
            section=GOES_ON,
        )
    if run.result != run.notes["found"]:
        return Finding(
            "Return what the job returns.", f"It was done in time, and your function returned {shown(run.result)}."
        )
    if run.notes["later_s"] > case.limit_s / 2:
        return Finding(
            "Return as soon as the job is done.",
            f"It was done in time; your function returned {run.notes['later_s'] * 1000:.0f} ms later.",
            "The seconds are a limit, not a duration.",
            GOES_ON,
        )
    return None


EXERCISE = Exercise(
    number="8.2",
    title="A time limit for a thread",
    reference=search,
    run=_search(LONG),
    trials={name: _search(case) for name, case in OTHERS.items()},
    expectations=(never_blocked(section=BLOCKS), _event, _stops, _ended, _found, _undisturbed),
    hints=(
        "Make a `threading.Event`, and give it to the job. Who sets it, and when?",
        "`asyncio.wait([task], timeout=seconds)` waits so long at the most, and cancels nothing.",
        "`loop.call_later(seconds, stop.set)` is another way.",
    ),
    why="The wait has a limit, the thread is told to stop, and the task is awaited again, for what the job had found.",
    section="exercise-8-2",
    explains=(_times_out, gives_the_function(section=TOO_EARLY)),
    own=frozenset({"blocking", "threads"}),
    deadline_s=6.0,
)
