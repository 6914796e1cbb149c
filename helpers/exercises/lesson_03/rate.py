"""3.5: at most r in every window of a second, and none later than it must be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from itertools import pairwise
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import not_a_list
from helpers.exercises.findings import NOT_ASKED, Finding, Found

RATE = 20
FIRST = 1  # jobs at the beginning: they start the clock of those who count by the second
REST = 30
PAUSE_S = 0.5
SEND_S = 0.1
WINDOW_S = 0.9  # of the second that counts: a busy machine starts the one a little late and the other not
LATE_S = 0.35
SECTION = "rate"

Job = str


async def send_all(jobs: AsyncIterable[Job], send: Callable[[Job], Coroutine[Any, Any, Any]], rate: int) -> list[Any]:
    free = asyncio.Semaphore(rate)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = []
        async for job in jobs:
            await free.acquire()
            loop.call_later(1.0, free.release)  # not when the answer comes: a second after the start
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


async def _send(answer: Answer, bench: Bench) -> Any:
    begin = time.perf_counter()
    due: list[float] = []
    started: list[float] = []
    flying = peak = 0

    async def jobs() -> AsyncIterator[Job]:
        for n in range(FIRST + REST):
            if n == FIRST:
                await asyncio.sleep(begin + PAUSE_S - time.perf_counter())
            due.append(PAUSE_S if n >= FIRST else 0.0)
            yield f"job {n}"

    async def send(job: Job) -> str:
        nonlocal flying, peak
        started.append(time.perf_counter() - begin)
        flying += 1
        peak = max(peak, flying)
        try:
            await asyncio.sleep(SEND_S)
        finally:
            flying -= 1
        return f"{job} done"

    try:
        return await answer(jobs(), send, RATE)
    finally:
        bench.note("started", list(started))
        bench.note("due", list(due))
        bench.note("peak", peak)


@expectation(f"Never more than {RATE} in a second, whichever second it is")
def _keeps_the_rate(evidence: Evidence) -> Found:
    started = evidence.notes["started"]
    spans = [(after - before, n) for n, (before, after) in enumerate(zip(started, started[RATE:], strict=False))]
    if not spans:
        return NOT_ASKED
    if min(spans)[0] >= WINDOW_S:
        return None
    most, within_s = _densest(started)
    seen = f"{most} jobs were started within {within_s * 1000:.0f} ms, and {RATE} may be in a second."
    if evidence.notes["peak"] >= REST:
        return Finding(
            f"Let only {RATE} start in a second.",
            seen,
            "Nothing here makes a job wait.",
            SECTION,
        )
    if _bounded_in_flight_only(evidence):
        return Finding(
            "Count starts, not answers: a place becomes free a second after its start.",
            seen,
            "A semaphore bounds how many are in flight. How many that is in a second depends on how quick the "
            "answers are.",
            SECTION,
        )
    if _refills_smoothly(started):
        return Finding(
            "Do not refill while the burst is still inside the second: keep the times of the last starts.",
            seen,
            "A bucket that holds r tokens and gains r in a second lets r through at once, and then those that it "
            "gains: nearly 2r in one second.",
            SECTION,
        )
    return Finding(
        "Let the second slide: look back from each start, not from the stroke of the clock.",
        seen,
        "Who counts from second to second lets r through at the end of one and r more at the beginning of the next.",
        SECTION,
    )


def _densest(started: list[float]) -> tuple[int, float]:
    """Return the most starts within a second, and within which time they were."""
    best, within_s = 0, 0.0
    for first, begin in enumerate(started):
        inside = [at for at in started[first:] if at - begin < 1.0]
        if len(inside) > best:
            best, within_s = len(inside), inside[-1] - begin
    return best, within_s


def _bounded_in_flight_only(evidence: Evidence) -> bool:
    """Tell whether nothing but the number in flight held it up: a few at a time, or all through within 0.28 s."""
    started, due = evidence.notes["started"], evidence.notes["due"]
    return bool(evidence.notes["peak"] < RATE - 5 or started[-1] - due[-1] < 0.28)


def _refills_smoothly(started: list[float]) -> bool:
    """Tell whether what came after the burst came bit by bit, and not together."""
    after = started[RATE + FIRST :]
    gaps = [later - before for before, later in pairwise(after)]
    return bool(gaps) and sorted(gaps)[len(gaps) // 2] > 0.25 / RATE


@expectation("A job that may start, starts")
def _starts_in_time(evidence: Evidence) -> Found:
    started, due = evidence.notes["started"], evidence.notes["due"]
    late = [at - _allowed_s(n, started, due) for n, at in enumerate(started)]
    if not late:
        return NOT_ASKED
    if max(late) <= LATE_S:
        return None
    if evidence.notes["peak"] == 1:
        return Finding(
            "Start each job as a task, and go on to the next.",
            "There was never more than 1 job in flight: each waited for the answer to the one before it.",
            "A rate is about starts. To wait for an answer before the next start is another limit.",
            SECTION,
        )
    if not started or started[0] > LATE_S:
        return Finding(
            "Start a job when it comes: do not collect them first.",
            f"The first job was there at once, and was started {started[0] * 1000:.0f} ms later.",
            section=SECTION,
        )
    burst = sum(at - PAUSE_S < 0.5 for at in started[FIRST:])
    return Finding(
        f"Let a job go at once while fewer than {RATE} have started within the last second.",
        f"Of {REST} jobs that came together, {burst} were started in the first half second; {RATE - FIRST} may.",
        "Even spacing keeps to the rate, too. But it makes a job wait that nobody is in the way of.",
        SECTION,
    )


def _allowed_s(n: int, started: list[float], due: list[float]) -> float:
    return due[n] if n < RATE else max(due[n], started[n - RATE] + 1.0)


@expectation("All answers, in the order of the jobs")
def _returns_all(evidence: Evidence) -> Found:
    result = evidence.result
    if evidence.tasks_left:
        return Finding(
            "Wait for the answers before you return: keep your tasks, in a TaskGroup or in a list.",
            f"{len(evidence.tasks_left)} tasks were still running when your function returned.",
            "Fire and forget is not safe: nobody waits for such a task, and nobody sees its error.",
            "mistakes",
        )
    if (wrong := not_a_list(result, of="answers")) is not None:
        return wrong
    wanted = [f"job {n} done" for n in range(FIRST + REST)]
    if list(result) == wanted:
        return None
    return Finding(
        "Return what `send` has returned, in the order of the jobs.",
        f"There are {len(result)} answers, and {len(wanted)} jobs."
        if len(result) != len(wanted)
        else "They are in another order, or are no answers.",
    )


EXERCISE = Exercise(
    number="3.5",
    title="At most r in every second",
    reference=send_all,
    run=_send,
    expectations=(_keeps_the_rate, _starts_in_time, _returns_all),
    hints=(
        "When does the place of a job become free again? Not when its answer comes.",
        "Keep the times of the last r starts. The next may start a second after the oldest of them.",
        "Or take a semaphore with r places, and let `loop.call_later(1.0, semaphore.release)` give each one back.",
    ),
    why="Each start takes one of r places for exactly a second. So no second, wherever it begins, holds more than r.",
    section=SECTION,
    own=frozenset({"tasks"}),
    deadline_s=8.0,
)
