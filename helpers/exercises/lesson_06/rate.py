"""6.5: at most r in every window of a second, and none later than it must be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Callable, Coroutine
from itertools import pairwise
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import not_a_list
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_06._jobs import Sent

RATE = 20
FIRST = 1  # jobs at the beginning: they start the clock of those who count by the second
REST = 30
SEND_S = 0.1
OTHER_RATE, OTHER_JOBS = 6, 8
PATIENCE_S = 2.0  # for the start of the last of the other jobs: it may start after one second
OTHERS = "the first jobs are not answered until the last has started"
WINDOW_S = 0.9  # of the second that counts: a busy machine starts the one a little late and the other not
LATE_S = 0.35
SECTION = "knee-seen"

Job = str


async def send_all(jobs: AsyncIterable[Job], send: Callable[[Job], Coroutine[Any, Any, Any]], rate: int) -> list[Any]:
    free, loop = asyncio.Semaphore(rate), asyncio.get_running_loop()
    a_second = 1.0 + 2 * time.get_clock_info("monotonic").resolution  # a timer may fire one tick of the clock early

    async def send_one(job: Job) -> Any:
        loop.call_later(a_second, free.release)  # here, at the start itself; and not when the answer comes
        return await send(job)

    # The first job that raises ends it, and comes out in an ExceptionGroup; nothing is tried again. It keeps every
    # answer, as it has to return them, so it is not for jobs without end. And another process has a rate of its own.
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = []
        async for job in jobs:
            await free.acquire()
            tasks.append(group.create_task(send_one(job)))
    return [task.result() for task in tasks]


async def _send(answer: Answer, bench: Bench) -> Any:
    await_a_burst = Sent(FIRST + REST, pause_after=FIRST, send_s=SEND_S)
    return await _run(answer, bench, await_a_burst, RATE)


async def _send_others(answer: Answer, bench: Bench) -> Any:
    others = Sent(OTHER_JOBS, pause_after=OTHER_JOBS, send_s=0.02, until_last_s=PATIENCE_S)
    return await _run(answer, bench, others, OTHER_RATE)


async def _run(answer: Answer, bench: Bench, sent: Sent, rate: int) -> Any:
    try:
        return await answer(sent.jobs(), sent.send, rate)
    finally:
        bench.note("started", list(sent.started))
        bench.note("due", list(sent.due))
        bench.note("peak", sent.peak)
        bench.note("in vain", sent.in_vain)


def _crowded(started: list[float], rate: int) -> bool:
    spans = [after - before for before, after in zip(started, started[rate:], strict=False)]
    return bool(spans) and min(spans) < WINDOW_S


@expectation("Never more than `rate` in a second, whichever second it is")
def _keeps_the_rate(evidence: Evidence) -> Found:
    started = evidence.notes["started"]
    if not _crowded(started, RATE):
        if evidence.notes["peak"] == 1:
            return NOT_ASKED
        others = evidence.trials[OTHERS].notes["started"]
        if not _crowded(others, OTHER_RATE):
            return None
        most, within_s = _densest(others)
        return Finding(
            "Keep to the `rate` that your function gets, also where answers are quick.",
            f"With a rate of {RATE} it did. With {OTHER_RATE}, {most} jobs started within {within_s * 1000:.0f} ms.",
            section=SECTION,
        )
    most, within_s = _densest(started)
    seen = f"{most} jobs were started within {max(1.0, within_s * 1000):.0f} ms, and {RATE} may be in a second."
    if evidence.notes["peak"] >= REST or most == RATE + 1:
        return Finding(
            f"Let only {RATE} start in a second.",
            seen,
            "Nothing here makes a job wait." if evidence.notes["peak"] >= REST else "",
            SECTION,
        )
    if _bounded_in_flight_only(evidence):
        return Finding(
            "Count starts, not answers.",
            seen,
            "A semaphore bounds how many are in flight. How many that is in a second depends on how quick the "
            "answers are.",
            SECTION,
        )
    if _refills_smoothly(started):
        return Finding(
            "Do not refill while the burst is still inside the second.",
            seen,
            "A bucket that holds r tokens and gains r in a second lets r through at once, and then those that it "
            "gains: nearly 2r in one second.",
            SECTION,
        )
    return Finding(
        "Let the second slide: look back from each start, not from the stroke of the clock.",
        seen,
        "Counting from second to second lets r through at the end of one and r more at the beginning of the next.",
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
    if not late or max(late) <= LATE_S:
        return _waits_for_answers(evidence)
    if evidence.notes["peak"] == 1:
        return Finding(
            "Start each job as a task, and go on to the next.",
            "There was never more than 1 job in flight: each waited for the answer to the one before it.",
            "A rate is about starts. To wait for an answer before the next start is another limit.",
            SECTION,
        )
    if started[0] > LATE_S:
        return Finding(
            "Start a job when it comes: do not collect them first.",
            f"The first job was there at once, and was started {started[0] * 1000:.0f} ms later.",
            section=SECTION,
        )
    n = next(n for n, each in enumerate(late) if each > LATE_S)
    before = sum(started[n] - 1.0 < at < started[n] for at in started)
    return Finding(
        f"Let a job go at once while fewer than {RATE} have started within the last second.",
        f"Job {n} was there after {due[n] * 1000:.0f} ms and was started after {started[n] * 1000:.0f} ms, "
        f"when {before} had started within the last second.",
        "Even spacing keeps to the rate, too, and so does a pause after every r. But they make jobs wait that nothing "
        "is in the way of.",
        SECTION,
    )


def _waits_for_answers(evidence: Evidence) -> Found:
    n = evidence.trials[OTHERS].notes.get("in vain", 0) if OTHERS in evidence.trials else 0
    if not n or _crowded(evidence.notes["started"], RATE):
        return None
    return Finding(
        "Give the place back one second after the start, whether the answer has come or not.",
        f"With a rate of {OTHER_RATE}, {n} jobs had started, and no answer came for {PATIENCE_S:g} s. The next was not "
        "started meanwhile.",
        "A place that is kept until the answer has come bounds how many are in flight. That is another limit.",
        SECTION,
    )


@expectation("It keeps up with the jobs")
def _keeps_up(evidence: Evidence) -> Found:
    """Explain a run that was too slow for the deadline."""
    never = any(run.outcome == "never ended" for run in (evidence, *evidence.trials.values()))
    return _starts_in_time(evidence) if never else None


def _allowed_s(n: int, started: list[float], due: list[float]) -> float:
    return due[n] if n < RATE else max(due[n], started[n - RATE] + 1.0)


@expectation("All answers, in the order of the jobs")
def _returns_all(evidence: Evidence) -> Found:
    return _wrong(evidence, FIRST + REST) or _wrong(evidence.trials[OTHERS], OTHER_JOBS)


def _wrong(evidence: Evidence, n: int) -> Finding | None:
    result = evidence.result
    if evidence.tasks_left:
        return Finding(
            "Wait for the answers before you return: keep your tasks, in a TaskGroup or in a list.",
            f"{len(evidence.tasks_left)} tasks were still running when your function returned.",
            "Fire and forget is not safe: nobody waits for such a task, and its error reaches only the log.",
            SECTION,
        )
    if (wrong := not_a_list(result, of="answers")) is not None:
        return wrong
    wanted = [f"job {each} done" for each in range(n)]
    if list(result) == wanted:
        return None
    return Finding(
        "Return what `send` has returned, in the order of the jobs.",
        f"There are {len(result)} answers, and {len(wanted)} jobs."
        if len(result) != len(wanted)
        else "They are in another order, or are no answers.",
    )


EXERCISE = Exercise(
    number="6.5",
    title="At most r in every second",
    reference=send_all,
    run=_send,
    trials={OTHERS: _send_others},
    expectations=(_keeps_the_rate, _starts_in_time, _returns_all),
    hints=(
        "When does the place of a job become free again? Not when its answer comes.",
        "Keep the times of the last r starts. The next may start a second after the oldest of them.",
        "Or take a semaphore with r places, and let `loop.call_later` give each one back, a second after the start.",
    ),
    why="Each start takes one of r places, for a second at least. So no second, wherever it begins, holds more than r.",
    section=SECTION,
    explains=(_keeps_up,),
    own=frozenset({"tasks"}),
)
