"""8.1: many blocking jobs, and names that are found all the same."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ended
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import (
    ON_THE_LOOP,
    gives_the_function,
    never_blocked,
    not_a_list,
    on_the_loop,
    shown,
    waits_for_threads,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_08._shared import BLOCKS, OWN_POOL, STARVED, TOO_EARLY
from helpers.exercises.pulse import BLOCKED, Pulse

JOBS = 40  # more than the default pool has threads on any machine: 32 at the most
AT_ONCE = 4
FAILS = 2  # the job that raises: one of the first
PATIENCE_S = 1.0  # how long a job waits for the look-up, and so the longest that a wrong answer takes
LENGTHS, RAISES = "jobs of different lengths", "a job raises"
GOES_ON_S = 0.2  # how long the jobs in flight go on after another has raised: the loop notices within it


async def run_all(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])
    finally:
        # A job has raised, or this was cancelled: jobs that have not begun are dropped, the others are waited for, in
        # a thread. The end of a `with` block would wait for them, too, but block the event loop meanwhile.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


class Gate:
    """Keeps every job busy until a name has been looked up: whoever finds the name did not have to wait for a job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = threading.Event()
        self.calls = Counter[int]()
        self.in_flight = 0
        self.most_at_once = 0
        self.on_the_loop = 0
        self.gave_up = False

    def job(self, number: int) -> int:
        """Wait until the gate is open, then return the number."""
        if on_the_loop():
            self.on_the_loop += 1
            return number
        with self._lock:
            self.calls[number] += 1
            self.in_flight += 1
            self.most_at_once = max(self.most_at_once, self.in_flight)
        if not self._open.wait(PATIENCE_S):
            self.gave_up = True
            self._open.set()
        with self._lock:
            self.in_flight -= 1
        return number

    def open(self) -> None:
        """Let all jobs go on."""
        self._open.set()

    async def settled(self, task: asyncio.Task[Any]) -> None:
        """Wait until some jobs have begun and no more begin, or the answer has ended."""
        before = 0
        while not task.done() and not self.gave_up:
            await asyncio.sleep(0.03)
            if before == (begun := self.calls.total()) > 0:
                return
            before = begun


async def _jobs(answer: Answer, bench: Bench) -> Any:
    gate = Gate()
    task = asyncio.ensure_future(answer([partial(gate.job, number) for number in range(JOBS)]))
    await gate.settled(task)
    held = gate.gave_up  # before anything was looked up: the loop was blocked
    found = asyncio.ensure_future(asyncio.get_running_loop().getaddrinfo("localhost", None))
    await asyncio.wait([found], timeout=PATIENCE_S)
    bench.note("found", found.done() and not gate.gave_up)
    gate.open()
    try:
        await found
        return await task
    finally:
        bench.note("held", held)
        bench.note(ON_THE_LOOP, gate.on_the_loop)
        bench.note("most_at_once", gate.most_at_once)
        bench.note("calls", [gate.calls[number] for number in range(JOBS)])


async def _of_lengths(answer: Answer, bench: Bench) -> Any:
    """Let the first jobs take longest, and all of them feel for the loop's pulse."""
    with Pulse() as pulse:

        def job(number: int) -> str:
            if not on_the_loop():
                time.sleep((JOBS - number) * 0.0005)
                pulse.felt()
            return f"result {number}"

        try:
            return await answer([partial(job, number) for number in range(JOBS)])
        finally:
            bench.note(BLOCKED, pulse.missed)


async def _one_raises(answer: Answer, bench: Bench) -> None:
    """Let a job raise while others are in flight, which feel for the loop's pulse for a while after it."""
    own, raised, lock = OSError("disk full"), threading.Event(), threading.Lock()
    busy = begun = 0

    with Pulse() as pulse:

        def job(number: int) -> int:
            nonlocal busy, begun
            if on_the_loop():
                return number
            with lock:
                busy, begun = busy + 1, begun + 1
            try:
                if number == FAILS:
                    until = time.monotonic() + PATIENCE_S / 2
                    while begun < AT_ONCE and time.monotonic() < until:
                        time.sleep(0.002)
                    raised.set()
                    raise own
                if not raised.is_set() and raised.wait(PATIENCE_S):
                    until = time.monotonic() + GOES_ON_S
                    while pulse.felt() and time.monotonic() < until:
                        time.sleep(0.002)
                return number
            finally:
                with lock:
                    busy -= 1

        try:
            bench.note("ended", await ended(answer([partial(job, number) for number in range(JOBS)]), of=[own]))
        finally:
            bench.note(BLOCKED, pulse.missed)
            while busy and not pulse.missed:  # noqa: ASYNC110 - threads end
                await asyncio.sleep(0.005)


@expectation("The event loop is never blocked")
def _free(evidence: Evidence) -> Found:
    if count := evidence.notes[ON_THE_LOOP]:
        return Finding(
            "Give each job to a thread.",
            f"{count} of {JOBS} jobs ran on the loop's own thread.",
            "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
            BLOCKS,
        )
    if evidence.notes["held"]:
        return waits_for_threads("until the jobs gave up", STARVED)
    if evidence.trials[RAISES].notes[BLOCKED] and not any(run.notes.get(BLOCKED) for run in _well(evidence)):
        return Finding(
            "End the pool without blocking, when a job has raised, too: shut it down in a thread.",
            "A job had raised while others were in flight, and the event loop stood still until these were done.",
            "The end of `with ThreadPoolExecutor()`, like `pool.shutdown()`, waits for the threads without an `await`.",
            OWN_POOL,
        )
    return never_blocked(section=BLOCKS)(evidence)


def _well(evidence: Evidence) -> tuple[Evidence, Evidence]:
    """Return the runs in which no job raises."""
    return evidence, evidence.trials[LENGTHS]


@expectation("What a job raises comes out")
def _comes_out(evidence: Evidence) -> Found:
    if evidence.notes[ON_THE_LOOP] or not sum(evidence.notes["calls"]):
        return NOT_ASKED
    if evidence.trials[RAISES].notes["ended"] != "returned":
        return None
    return Finding(
        "Let out what a job raises.",
        "A job raised an OSError, and your function returned as if nothing were wrong.",
        "With `return_exceptions=True` a bug stands in the list, next to the results.",
        "07:rest-seen",
    )


@expectation("A name is found while all jobs are busy")
def _found(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes["held"] or notes[ON_THE_LOOP] or not sum(notes["calls"]):
        return NOT_ASKED
    if notes["found"]:
        return None
    return Finding(
        "Keep a thread of the default pool free for names.",
        f"With {notes['most_at_once']} jobs in flight, a name was not found within {PATIENCE_S:g} s.",
        "Looking up a name is a blocking call, too. asyncio runs it in the default pool, behind everything there.",
        STARVED,
    )


@expectation(f"At least {AT_ONCE} jobs in flight at once")
def _together(evidence: Evidence) -> Found:
    most = evidence.notes["most_at_once"]
    if evidence.notes[ON_THE_LOOP] or not most:
        return NOT_ASKED
    if most >= AT_ONCE:
        return None
    return Finding(
        f"Let at least {AT_ONCE} jobs run at once.",
        f"At most {most} {'was' if most == 1 else 'were'} in flight at once.",
        "A pool with fewer threads leaves the names alone, too, and makes the jobs queue.",
        STARVED,
    )


@expectation("Each job is called once")
def _each_once(evidence: Evidence) -> Found:
    calls = evidence.notes["calls"]
    if evidence.notes[ON_THE_LOOP]:
        return NOT_ASKED
    if all(times == 1 for times in calls):
        return None
    again = sum(times > 1 for times in calls)
    never = sum(times == 0 for times in calls)
    seen = f"{again} of {JOBS} were called more than once" if again else "Not all of them were called"
    return Finding(
        "Call each job once.",
        f"{seen}, {never} never.",
        "A function that is made in a loop sees the loop's variable as it is when it *runs*."
        if again and never
        else "",
    )


@expectation(f"All {JOBS} results, in the order of the jobs")
def _in_order(evidence: Evidence) -> Found:
    runs = (
        (evidence, list(range(JOBS))),
        (evidence.trials[LENGTHS], [f"result {number}" for number in range(JOBS)]),
    )
    if not evidence.notes[ON_THE_LOOP] and (len(set(evidence.notes["calls"])) > 1 or not evidence.notes["calls"][0]):
        return NOT_ASKED  # no wonder
    for run, wanted in runs:
        result: Any = run.result
        if (wrong := not_a_list(result, of="results")) is not None:
            return wrong
        if list(result) == wanted:
            continue
        if sorted(result, key=repr) == sorted(wanted, key=repr):
            return Finding(
                "Put the results in the order of the jobs.", f"They came in another order, {shown(result[0])} first."
            )
        return Finding(f"Return the {JOBS} results.", f"Your function returned {shown(result)}.")
    return None


EXERCISE = Exercise(
    number="8.1",
    title="Forty jobs, and names are still found",
    reference=run_all,
    run=_jobs,
    trials={LENGTHS: _of_lengths, RAISES: _one_raises},
    expectations=(_free, _each_once, _found, _together, _in_order, _comes_out),
    hints=(
        "`asyncio.to_thread` has one pool, the default one. Who else needs it?",
        "`loop.run_in_executor(pool, job)` takes a pool of yours: `ThreadPoolExecutor(max_workers=8)`.",
        "What `run_in_executor` returns can be awaited. Await all of it before you shut the pool down.",
    ),
    why="The jobs have a pool of their own, so the default pool has a thread left for the name.",
    section=OWN_POOL,
    explains=(gives_the_function(section=TOO_EARLY),),
    own=frozenset({"blocking", "threads"}),
    deadline_s=6.0,
)
