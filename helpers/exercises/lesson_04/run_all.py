"""4.3: many blocking jobs, and names that are found all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import gives_the_function, not_a_list, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, STARVED, on_the_loop

JOBS = 40  # more than the default pool has threads on any machine: 32 at the most
AT_ONCE = 4
PATIENCE_S = 1.0  # how long a job waits for the look-up, and so the longest that a wrong answer takes


async def run_all(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=8) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


class Gate:
    """Keeps every job busy until a name has been looked up: whoever finds the name did not have to wait for a job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = threading.Event()
        self.begun = 0
        self.under_way = 0
        self.most_at_once = 0
        self.on_the_loop = 0
        self.gave_up = False

    def job(self, number: int) -> int:
        """Wait until the gate is open, then return the number."""
        if on_the_loop():
            self.on_the_loop += 1
            return number
        with self._lock:
            self.begun += 1
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        if not self._open.wait(PATIENCE_S):
            self.gave_up = True
            self._open.set()
        with self._lock:
            self.under_way -= 1
        return number

    def open(self) -> None:
        """Let all jobs go on."""
        self._open.set()

    async def settled(self, task: asyncio.Task[Any]) -> None:
        """Wait until some jobs have begun and no more begin, or the answer has ended."""
        before = 0
        while not task.done() and not self.gave_up:
            await asyncio.sleep(0.03)
            if before == self.begun > 0:
                return
            before = self.begun


async def _jobs(answer: Answer, bench: Bench) -> Any:
    gate = Gate()
    task = asyncio.ensure_future(answer([partial(gate.job, number) for number in range(JOBS)]))
    await gate.settled(task)
    held = gate.gave_up  # before anything was looked up: the loop had no turn
    found = asyncio.ensure_future(asyncio.get_running_loop().getaddrinfo("localhost", None))
    await asyncio.wait([found], timeout=PATIENCE_S)
    bench.note("found", found.done() and not gate.gave_up)
    gate.open()
    try:
        await found
        return await task
    finally:
        bench.note("held", held)
        bench.note("on_the_loop", gate.on_the_loop)
        bench.note("most_at_once", gate.most_at_once)


@expectation("The loop stays free")
def _free(evidence: Evidence) -> Found:
    if count := evidence.notes["on_the_loop"]:
        return Finding(
            "Give each job to a thread.",
            f"{count} of {JOBS} jobs ran on the loop's own thread.",
            "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
            BLOCKS,
        )
    if evidence.notes["held"]:
        return Finding(
            "Await the jobs inside the `with` block of the pool; `pool.map` and `result()` block.",
            "The loop had no turn until the jobs gave up.",
            "The end of a `with ThreadPoolExecutor()` block waits for its threads, and it does not await.",
            STARVED,
        )
    return None


@expectation("A name is found while all jobs are busy")
def _found(evidence: Evidence) -> Found:
    if evidence.notes["held"] or evidence.notes["on_the_loop"]:
        return NOT_ASKED
    if evidence.notes["found"]:
        return None
    return Finding(
        "Give the jobs a pool of their own, or let fewer of them into the default pool.",
        f"With {evidence.notes['most_at_once']} jobs under way, a name was not found within {PATIENCE_S:g} s.",
        "Looking up a name is a blocking call, too. asyncio runs it in the default pool, behind everything there.",
        STARVED,
    )


@expectation(f"At least {AT_ONCE} jobs under way at once")
def _together(evidence: Evidence) -> Found:
    most = evidence.notes["most_at_once"]
    if evidence.notes["on_the_loop"]:
        return NOT_ASKED
    if most >= AT_ONCE:
        return None
    return Finding(
        f"Let at least {AT_ONCE} jobs run at once.",
        f"At most {most} {'was' if most == 1 else 'were'} under way at once.",
        "One thread leaves the names alone, and makes the jobs queue.",
        STARVED,
    )


@expectation(f"All {JOBS} results, in the order of the jobs")
def _in_order(evidence: Evidence) -> Found:
    result = evidence.result
    if (wrong := not_a_list(result, of="results")) is not None:
        return wrong
    if list(result) == list(range(JOBS)):
        return None
    if sorted(result, key=repr) == sorted(range(JOBS), key=repr):
        return Finding(
            "Put the results in the order of the jobs.", f"They came in another order, {shown(result[0])} first."
        )
    return Finding(f"Return the {JOBS} results.", f"Your function returned {shown(result)}.")


EXERCISE = Exercise(
    number="4.3",
    title="Forty jobs, and names are still found",
    reference=run_all,
    run=_jobs,
    expectations=(_free, _found, _together, _in_order),
    hints=(
        "`asyncio.to_thread` has one pool, the default one. Who else needs it?",
        "`loop.run_in_executor(pool, job)` takes a pool of yours: `with ThreadPoolExecutor(max_workers=8) as pool:`.",
        "What `run_in_executor` returns can be awaited. Await all of it before the `with` block ends.",
    ),
    why="The jobs have a pool of their own, so the default pool has a thread left for the name.",
    section="exercise-4-3",
    explains=(gives_the_function(section=STARVED),),
    own=frozenset({"blocking", "coroutines"}),
    deadline_s=6.0,
)
