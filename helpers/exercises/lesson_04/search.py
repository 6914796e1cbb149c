"""4.5: a time limit for a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import gives_the_function, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, GOES_ON, on_the_loop

STEP_S = 0.01
LONG, SHORT = 150, 5  # steps
LIMIT_S = 0.3


async def search(job: Callable[[threading.Event], Any], seconds: float) -> Any:
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


class Job:
    """A search in some steps, which looks at `stop` after each."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self.done = 0
        self.running = False
        self.stopped = False
        self.on_the_loop = False

    def __call__(self, stop: threading.Event) -> int:
        """Take the steps, and return how many were taken."""
        if on_the_loop():
            self.on_the_loop = True
            return 0
        self.running = True
        try:
            while self.done < self._steps and not self.stopped:
                self.done += 1
                self.stopped = stop.wait(STEP_S)
        finally:
            self.running = False
        return self.done


async def _long(answer: Answer, bench: Bench) -> Any:
    return await _search(answer, bench, LONG)


async def _short(answer: Answer, bench: Bench) -> Any:
    return await _search(answer, bench, SHORT)


async def _search(answer: Answer, bench: Bench, steps: int) -> Any:
    job = Job(steps)
    try:
        return await answer(job, LIMIT_S)
    finally:
        bench.note("running", job.running)
        bench.note("on_the_loop", job.on_the_loop)
        bench.note("stopped", job.stopped)
        bench.note("steps", job.done)


def _goes_on(seen: str) -> Finding:
    return Finding(
        "Tell the thread to stop: set the event that the job looks at.",
        seen,
        "Cancelling ends the *wait* for a thread, never the thread. Only its own code can end it.",
        GOES_ON,
    )


@expectation("A cancelled wait is not a stopped thread")
def _times_out(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not (error.is_a("TimeoutError") or error.is_a("CancelledError")):
        return None
    if evidence.notes.get("running"):
        return _goes_on(f"It raised {error.type}, and the job was still at work in its thread.")
    return Finding("Return what the job has found by then, instead of raising.", f"It raised {error.type}.")


@expectation("The job runs in a thread")
def _in_a_thread(evidence: Evidence) -> Found:
    if not evidence.notes["on_the_loop"]:
        return None
    return Finding(
        "Give the job to a thread: `asyncio.to_thread(job, stop)`.",
        "It ran on the loop's own thread, where no time limit can act.",
        "A timeout is run by the loop, and the loop was held by the job.",
        BLOCKS,
    )


@expectation("After the time limit the job is told to stop, and has ended when you return")
def _stops(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes["on_the_loop"]:
        return NOT_ASKED
    if notes["running"] and not notes["stopped"]:
        return _goes_on(f"Your function had returned, and the job was still at work, at step {notes['steps']}.")
    if notes["running"]:
        return Finding("Wait until the thread has ended: await it once more.", "The job was just about to stop.")
    if notes["steps"] == LONG:
        return Finding(
            "Set the event when the seconds are over.",
            f"The job took all of its {LONG} steps: it was never told to stop.",
            "Nobody but you can know that the time is up: the thread does not look at the clock.",
            GOES_ON,
        )
    return None


@expectation("It returns what the job has found by then")
def _found(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes["on_the_loop"] or notes["running"]:
        return NOT_ASKED
    if evidence.result == notes["steps"] > 0:
        return None
    return Finding(
        "Return what the job returns: it counts its steps also when it is stopped.",
        f"The job returned {notes['steps']}; your function returned {shown(evidence.result)}.",
        "A task that was cancelled has no result. Stop the thread, then await the task.",
        GOES_ON,
    )


@expectation("A job that is done in time is not disturbed")
def _undisturbed(evidence: Evidence) -> Found:
    short = evidence.trials["done in time"]
    if evidence.notes["on_the_loop"]:
        return NOT_ASKED
    if short.result == SHORT:
        return None
    return Finding(
        "Set the event only when the seconds are over.",
        f"A job of {SHORT} steps of {STEP_S * 1000:.0f} ms, {LIMIT_S * 1000:.0f} ms allowed: "
        f"your function returned {shown(short.result)}.",
        section=GOES_ON,
    )


EXERCISE = Exercise(
    number="4.5",
    title="A time limit for a thread",
    reference=search,
    run=_long,
    trials={"done in time": _short},
    expectations=(_in_a_thread, _stops, _found, _undisturbed),
    hints=(
        "Make a `threading.Event`, and give it to the job. Who sets it, and when?",
        "`asyncio.wait([task], timeout=seconds)` waits so long at the most, and cancels nothing.",
        "`loop.call_later(seconds, stop.set)` is a way, too.",
    ),
    why="The wait has a limit, the thread gets a word; and the task is awaited again, for what the job had found.",
    section="exercise-4-5",
    explains=(_times_out, gives_the_function(section=GOES_ON)),
    own=frozenset({"blocking", "threads", "coroutines"}),
    deadline_s=6.0,
)
