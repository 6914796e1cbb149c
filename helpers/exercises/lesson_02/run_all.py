"""2.3: `except*` that handles one kind of error and lets the others through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ended
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import ONE_OF_MANY, STAR

Job = Callable[[], Coroutine[Any, Any, None]]
LONG_S = 0.15


async def run_all(jobs: Sequence[Job]) -> int:
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError as errors:
        # One for each job: a job that raises a group of its own is in here as one group. A job that is
        # cancelled because another one failed is not counted: nobody has refused it.
        refused = len(errors.exceptions)
    return refused


class Unreachable(ConnectionResetError):
    """A kind of ConnectionError that no answer can have named."""


class Jobs:
    """Jobs that begin together: each waits until all have begun, and fails then, or goes on for `LONG_S`."""

    def __init__(self, *errors: BaseException | float | None) -> None:
        self._errors = errors
        self._begun = 0
        self._all_begun = asyncio.Event()
        self.running = 0

    @property
    def all_begun(self) -> bool:
        return self._all_begun.is_set()

    def all(self) -> list[Job]:
        return [self._job(error) for error in self._errors]

    def _job(self, error: BaseException | float | None) -> Job:
        async def job() -> None:
            self._begun += 1
            self.running += 1
            try:
                if self._begun == len(self._errors):
                    self._all_begun.set()
                await self._all_begun.wait()
                if isinstance(error, float):
                    await asyncio.sleep(error)
                elif error is not None:
                    raise error
            finally:
                self.running -= 1

        return job


async def _two_refused(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, None, ConnectionError("a"), ConnectionRefusedError("b"))


async def _three_of_five(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, Unreachable("a"), BrokenPipeError("b"), None, ConnectionAbortedError("c"), None)


async def _one_and_a_long_one(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, LONG_S, ConnectionError("a"))


async def _none_fails(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, None, None, None)


async def _mixed(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, ConnectionError("a"), ValueError("a bug"), None)


async def _a_bug_first(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, TimeoutError("too late"), ConnectionResetError("a"), ConnectionResetError("b"))


async def _of(answer: Answer, bench: Bench, *errors: BaseException | float | None) -> Any:
    result: Any = None
    jobs = Jobs(*errors)

    async def run() -> None:
        nonlocal result
        try:
            result = await answer(jobs.all())
        finally:
            bench.note("running", jobs.running)
            bench.note("all_begun", jobs.all_begun)
            await asyncio.sleep(LONG_S if jobs.running else 0)  # told of once, by the expectation

    bench.note("ended", await ended(run(), of=[error for error in errors if isinstance(error, BaseException)]))
    return result


COUNTS = {"": 2, "three of five": 3, "one, and a long one": 1, "none fails": 0}
KINDS = ("ConnectionError", "Refused", "Unreachable", "BrokenPipe", "Aborted", "Reset")


@expectation("Jobs that are refused are handled, and counted")
def _handles(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for trial, wanted in COUNTS.items():
        one = evidence.trials[trial] if trial else evidence
        if (finding := _counted(one, wanted)) is not None:
            return finding
    return None


def _counted(one: Evidence, wanted: int) -> Finding | None:
    ending, jobs = one.notes["ended"], f"{wanted} {'job was' if wanted == 1 else 'jobs were'} refused"
    if any(kind in ending for kind in KINDS):
        return Finding(
            "Handle every kind of ConnectionError, also in a group.",
            f"{jobs}, and out came: {ending}.",
            "A TaskGroup raises an ExceptionGroup, which is not a ConnectionError. And `except` of one class takes "
            "its subclasses, too.",
            STAR,
        )
    if ending != "returned":
        return Finding("Return the number where only ConnectionErrors are raised.", f"{jobs}, and out came: {ending}.")
    if one.result == wanted and not isinstance(one.result, bool):
        return None
    if one.result == 1 and wanted > 1:
        return Finding(
            "Count all that were refused.",
            f"{jobs}, and your function returned 1.",
            "`except*` runs once for all errors of its kind, and gets them as one group. `gather` raises the first "
            "error only.",
            STAR,
        )
    return Finding("Return the number of jobs that were refused.", f"{jobs}, and it returned {shown(one.result)}.")


@expectation("Any other error gets through")
def _lets_through(evidence: Evidence) -> Found:
    for trial, bug, connection in (
        ("mixed", "ValueError", "ConnectionError"),
        ("a bug first", "TimeoutError", "ConnectionResetError"),
    ):
        ending = evidence.trials[trial].notes["ended"]
        if ending == bug:
            continue
        if ending == "returned":
            return Finding(
                "Handle ConnectionError only: what you do not expect must get through.",
                f"One job raised {bug}, a bug, and your function returned as if nothing had happened.",
                "`except* Exception`, `except ExceptionGroup` and `return_exceptions=True` take every error.",
                STAR,
            )
        if connection in ending:
            return Finding(
                "Handle the ConnectionErrors, also where another error is raised with them.",
                f"{connection} and {bug} were raised together, and out came: {ending}.",
                "`except*` takes its kind out of the group and raises the rest.",
                STAR,
            )
        return Finding("Let the errors out that you do not handle.", f"One job raised {bug}, and out came: {ending}.")
    return None


@expectation("No job runs on when the function has returned")
def _ends_all(evidence: Evidence) -> Found:
    left = max(one.notes.get("running", 0) for one in (evidence, *evidence.trials.values()))
    if not left:
        return None
    return Finding(
        "Wait for the other jobs, or cancel them and wait, before your function ends.",
        f"A job had been refused, your function had ended, and {left} {'job' if left == 1 else 'jobs'} still ran.",
        "Neither `gather` nor the `await` of one task ends the other tasks when it raises an error.",
        ONE_OF_MANY,
    )


@expectation("All jobs are started before one is awaited")
def _starts_all(evidence: Evidence) -> Found:
    """Explain a run that never ended: each job waits until all have begun."""
    if evidence.outcome != "never ended" or evidence.notes.get("all_begun"):
        return NOT_ASKED
    return Finding(
        "Start all jobs before you await one.",
        "The first job waited for the others to begin, and they never did.",
        "An `await` in a loop is one after another.",
        ONE_OF_MANY,
    )


@expectation("The jobs are called")
def _calls_the_jobs(evidence: Evidence) -> Found:
    """Explain a task that was made of a function in place of a coroutine."""
    messages = [leaf.message for leaf in evidence.exception.leaves()] if evidence.exception is not None else []
    seen = next((one for one in messages if "a coroutine" in one and "Jobs._job" in one), None)
    if seen is None:
        return NOT_ASKED
    return Finding(
        "Call each job: a task is made of a coroutine, and the call makes one.",
        "A task was made of the function itself.",
    )


EXERCISE = Exercise(
    number="2.3",
    title="Handle one kind, let the others through",
    reference=run_all,
    run=_two_refused,
    trials={
        "three of five": _three_of_five,
        "one, and a long one": _one_and_a_long_one,
        "none fails": _none_fails,
        "mixed": _mixed,
        "a bug first": _a_bug_first,
    },
    expectations=(_handles, _lets_through, _ends_all),
    hints=(
        "The `try` stands around the whole `async with asyncio.TaskGroup()`.",
        "`except* ConnectionError as errors:` gets a group; its `exceptions` are a tuple.",
        "There can't be a `return` in an `except*`. Set a variable there, and return it below.",
    ),
    why="`except*` takes the ConnectionErrors out of the group. What is left is raised again by itself.",
    section=STAR,
    explains=(_calls_the_jobs, _starts_all),
    own=frozenset({"errors"}),
    deadline_s=2.0,
)
