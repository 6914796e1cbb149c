"""2.3: `except*` that handles one kind of error and lets the others through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_02._shared import ONE_OF_MANY, ended

Job = Callable[[], Awaitable[None]]


async def run_all(jobs: Sequence[Job]) -> int:
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())  # type: ignore[arg-type]
    except* ConnectionError as errors:
        refused = len(errors.exceptions)
    return refused


class Jobs:
    """Jobs that begin together and end together: each waits until all have begun."""

    def __init__(self, *errors: BaseException | None) -> None:
        self._errors = errors
        self._begun = 0
        self._all_begun = asyncio.Event()
        self.most = 0

    def all(self) -> list[Job]:
        return [self._job(error) for error in self._errors]

    def _job(self, error: BaseException | None) -> Job:
        async def job() -> None:
            self._begun += 1
            if self._begun == len(self._errors):
                self._all_begun.set()
            await self._all_begun.wait()
            if error is not None:
                raise error

        return job


async def _two_refused(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, None, ConnectionError("a"), ConnectionRefusedError("b"))


async def _none_fails(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, None, None, None)


async def _mixed(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, ConnectionError("a"), ValueError("a bug"), None)


async def _of(answer: Answer, bench: Bench, *errors: BaseException | None) -> Any:
    result: Any = None

    async def run() -> None:
        nonlocal result
        result = await answer(Jobs(*errors).all())

    bench.note("ended", await ended(run()))
    return result


@expectation("Two that are refused are handled, and counted")
def _handles(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    ending = evidence.notes["ended"]
    if "ConnectionError" in ending:
        return Finding(
            "Write `except* ConnectionError`: with the star it looks into the group.",
            f"Two jobs raised ConnectionErrors, and they came out unhandled: {ending}.",
            "A TaskGroup raises an ExceptionGroup, also for one error, and `except ConnectionError` does not match it.",
            ONE_OF_MANY,
        )
    if ending != "returned":
        return Finding("Find out why it raises.", f"Two jobs were refused, and out came: {ending}.")
    if evidence.result == 2:
        return None
    if evidence.result == 1:
        return Finding(
            "Count all that were refused: a group has them in its `exceptions`.",
            "Two jobs were refused, and your function returned 1.",
            "`except*` runs once for all of its kind, and gets them as one group. `gather` hands over the first only.",
            ONE_OF_MANY,
        )
    return Finding(
        "Return the number of jobs that were refused.",
        f"Two were refused, and your function returned {shown(evidence.result)}.",
    )


@expectation("Any other error gets through")
def _lets_through(evidence: Evidence) -> Found:
    ending = evidence.trials["mixed"].notes["ended"]
    if ending == "ValueError":
        return None
    if ending == "returned":
        return Finding(
            "Handle ConnectionError only: what you do not expect must get through.",
            "One job raised a ValueError, a bug, and your function returned as if nothing had happened.",
            "`except* Exception`, `except ExceptionGroup` and `return_exceptions=True` keep every error to themselves.",
            ONE_OF_MANY,
        )
    if "ValueError" in ending:
        return Finding(
            "Handle the ConnectionErrors in the group, also where there is another error beside them.",
            f"A ConnectionError and a ValueError were raised together, and out came: {ending}.",
            "`except*` takes its kind out of the group and raises the rest.",
            ONE_OF_MANY,
        )
    return Finding(
        "Let the errors out that you do not handle.",
        f"One job raised a ValueError, and out came: {ending}.",
        section=ONE_OF_MANY,
    )


@expectation("0 where nothing fails")
def _counts_none(evidence: Evidence) -> Found:
    none = evidence.trials["none fails"]
    if none.notes["ended"] == "returned" and none.result == 0:
        return None
    seen = shown(none.result) if none.notes["ended"] == "returned" else none.notes["ended"]
    return Finding("Return 0 where nothing fails.", f"No job failed, and out came: {seen}.")


@expectation("All jobs are started before one is awaited")
def _starts_all(evidence: Evidence) -> Found:
    """Explain a run that never ended: each job waits until all have begun."""
    if evidence.outcome != "never ended":
        return None
    return Finding(
        "Start all jobs before you await one: `group.create_task(job())`.",
        "The first job waited for the others to begin, and they never did.",
        "An `await` in a loop is one after another.",
        ONE_OF_MANY,
    )


EXERCISE = Exercise(
    number="2.3",
    title="Handle one kind, let the others through",
    reference=run_all,
    run=_two_refused,
    trials={"none fails": _none_fails, "mixed": _mixed},
    expectations=(_handles, _lets_through, _counts_none),
    hints=(
        "The `try` stands round the whole `async with asyncio.TaskGroup()`.",
        "`except* ConnectionError as errors:` gets a group; its `exceptions` are a tuple.",
        "An `except*` must not hold a `return`. Set a variable there, and return it below.",
    ),
    why="`except*` takes the ConnectionErrors out of the group. What is left is raised again by itself.",
    section=ONE_OF_MANY,
    explains=(_starts_all,),
    own=frozenset({"errors"}),
    deadline_s=2.0,
)
