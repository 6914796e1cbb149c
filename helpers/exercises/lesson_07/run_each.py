"""7.3: one failure must not stop the rest, and a cancel must."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ended
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_07._shared import LATE, REST

Job = Callable[[], Coroutine[Any, Any, Any]]
SHORT_S, LONG_S, STEPS = 0.03, 0.12, 20
MANY: dict[str, Any] = {f"city {number}": number for number in range(40)}


class Odd(Exception):
    """What no answer can have thought of."""


async def run_each(jobs: Mapping[str, Job]) -> tuple[dict[str, Any], dict[str, Exception]]:
    results: dict[str, Any] = {}
    errors: dict[str, Exception] = {}

    async def run(name: str, job: Job) -> None:
        try:
            results[name] = await job()
        except Exception as error:  # a CancelledError is not one: a cancel ends the job, and comes out
            errors[name] = error

    # The group waits for all of them, also when this function is cancelled: then it cancels them first.
    # What it does not survive: a job that swallows the cancel keeps it waiting, and one that raises CancelledError
    # itself is in neither dictionary.
    async with asyncio.TaskGroup() as group:
        for name, job in jobs.items():
            group.create_task(run(name, job))
    return results, errors


class Work:
    """Jobs that note when they begin and end: what each returns or raises, and after how many seconds."""

    def __init__(self, plan: Mapping[str, tuple[float, Any]]) -> None:
        self._plan = plan
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.begun_when_the_first_ended = 0

    def jobs(self) -> dict[str, Job]:
        return {name: self._job(name, seconds, outcome) for name, (seconds, outcome) in self._plan.items()}

    def _job(self, name: str, seconds: float, outcome: Any) -> Job:
        async def job() -> Any:
            self.begun.append(name)
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                await self._clean_up(longer=name != self.begun[0])
                raise
            else:
                if isinstance(outcome, BaseException):
                    raise outcome
                return outcome
            finally:
                if not self.ended:
                    self.begun_when_the_first_ended = len(self.begun)
                self.ended.append(name)

        return job

    async def _clean_up(self, *, longer: bool) -> None:
        await asyncio.sleep(LONG_S if longer else SHORT_S)
        # Where a busy machine stops everything for a while, both times are over at once: then steps tell them apart.
        for _ in range(STEPS if longer else 0):
            await asyncio.sleep(0)


async def _some_fail(answer: Answer, bench: Bench) -> Any:
    plan = {  # they end one after another, in another order, and no two together
        "oslo": (5 * SHORT_S, 6.0),
        "atlantis": (SHORT_S, KeyError("atlantis")),
        "lima": (3 * SHORT_S, 0),  # neither true nor nothing
        "cairo": (4 * SHORT_S, ValueError("out of range")),
        "quito": (2 * SHORT_S, None),
    }
    return await _of(answer, bench, plan)


async def _last_fails(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, {"delhi": (SHORT_S, "31"), "tokyo": (LONG_S, ConnectionResetError("gone"))})


async def _all_fail(answer: Answer, bench: Bench) -> Any:
    return await _of(
        answer, bench, {"x": (SHORT_S, OSError("a")), "y": (SHORT_S, TimeoutError("b")), "z": (SHORT_S, Odd("c"))}
    )


async def _all_well(answer: Answer, bench: Bench) -> Any:
    """Let many jobs run: more than a bound that nobody asked for lets in."""
    return await _of(answer, bench, {name: (SHORT_S, result) for name, result in MANY.items()})


async def _none(answer: Answer, bench: Bench) -> Any:
    return await _of(answer, bench, {})


async def _of(answer: Answer, bench: Bench, plan: Mapping[str, tuple[float, Any]]) -> Any:
    work = Work(plan)
    try:
        return await answer(work.jobs())
    finally:
        bench.note("begun", len(work.begun))
        bench.note("different", len(set(work.begun)))
        bench.note("ended", len(work.ended))
        bench.note("at_once", work.begun_when_the_first_ended)


async def _cancelled(answer: Answer, bench: Bench) -> None:
    work = Work({"oslo": (60.0, None), "lima": (60.0, None), "cairo": (SHORT_S, KeyError("cairo"))})
    task = asyncio.ensure_future(answer(work.jobs()))
    await asyncio.sleep(LONG_S)
    bench.note("too late", task.done())
    task.cancel()
    bench.note("how", await ended(task))
    bench.note("begun", len(work.begun))
    bench.note("ended", len(work.ended))


WANTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "": ({"oslo": 6.0, "lima": 0, "quito": None}, {"atlantis": "KeyError", "cairo": "ValueError"}),
    "last fails": ({"delhi": "31"}, {"tokyo": "ConnectionResetError"}),
    "all fail": ({}, {"x": "OSError", "y": "TimeoutError", "z": "Odd"}),
    "all well": (MANY, {}),
    "no jobs": ({}, {}),
}


def _run(evidence: Evidence, trial: str) -> Evidence:
    return evidence.trials.get(trial, evidence)


@expectation("All jobs are started together")
def _together(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for trial, (results, errors) in WANTED.items():
        notes, jobs = _run(evidence, trial).notes, len(results) + len(errors)
        if notes["begun"] != jobs:
            return Finding("Start every job once.", f"There were {jobs} jobs, and {notes['begun']} began.")
        if notes["different"] != jobs:
            return Finding(
                "Start every job once.",
                f"There were {jobs} jobs, and {jobs} began, but only {notes['different']} of them.",
                "A function made in a loop sees the loop's variables as they are when it runs, not as they were.",
            )
        if notes["at_once"] < jobs:
            return Finding(
                "Start all jobs before you await one.",
                f"When the first of {jobs} jobs ended, {notes['at_once']} had begun.",
                "An `await` in a loop is one after another.",
            )
    return None


@expectation("What each job returned, and what each raised, by its name")
def _tells(evidence: Evidence) -> Found:
    if not evidence.notes["begun"]:
        return NOT_ASKED
    for trial, (results, errors) in WANTED.items():
        result = _run(evidence, trial).result
        if not (isinstance(result, (tuple, list)) and len(result) == 2 and all(isinstance(d, dict) for d in result)):
            return Finding("Return two dictionaries: results, errors.", f"It returned {shown(result)}.")
        got, raised = result
        if mixed := [name for name, one in got.items() if name in errors]:
            return Finding(
                "Put what a job raised into the second dictionary, not into the first.",
                f"{mixed[0]!r} raised {errors[mixed[0]]}, and stands in the first.",
            )
        if missing := [name for name in (*results, *errors) if name not in got and name not in raised]:
            return Finding(
                "Report every job, whatever it returned or raised.",
                f"{missing[0]!r} is in neither dictionary; it "
                + (f"returned {results[missing[0]]!r}." if missing[0] in results else f"raised {errors[missing[0]]}."),
            )
        if wrong := [name for name, one in results.items() if name not in got or got[name] != one]:
            seen = f"{wrong[0]!r} returned {results[wrong[0]]!r}, and you have {shown(got.get(wrong[0]))}."
            return Finding("Keep what each job returned, under its own name.", seen)
        kinds = {name: one.type if isinstance(one, Other) else type(one).__name__ for name, one in raised.items()}
        if kinds != errors:
            return Finding(
                "Keep the exception itself, under the name of its job, and nothing else.",
                f"Raised were {errors}, and you have {kinds}.",
            )
    return None


@expectation("A cancel ends every job, and comes out")
def _cancels(evidence: Evidence) -> Found:
    notes = evidence.trials["cancelled"].notes
    if notes["begun"] < 3 or notes["too late"]:
        return NOT_ASKED
    if notes["ended"] < 3:
        return Finding(
            "When your function is cancelled, cancel the jobs and wait until they have ended.",
            f"It had ended, and {3 - notes['ended']} of its 3 jobs had not.",
            "`asyncio.wait` hands no cancel on. A plain `gather` does, but ends as soon as one job has ended. "
            "A TaskGroup hands it on, and waits for all.",
            REST,
        )
    if notes["how"] != "CancelledError":
        return Finding(
            "Let the cancel out: catch `Exception`, which a cancel is not.",
            f"Your function was cancelled, and what came out was {notes['how']}.",
            "Whoever cancels is waiting for the CancelledError.",
            LATE,
        )
    return None


@expectation("One failure does not stop the rest")
def _goes_on(evidence: Evidence) -> Found:
    """Explain a run that raised what a job raised on purpose."""
    for trial in WANTED:
        error = _run(evidence, trial).exception
        own = {"'atlantis'", "out of range", "gone", "a", "b", "c"}
        if error is not None and all(leaf.message in own for leaf in error.leaves()):
            return Finding(
                "Catch what a job raises where the job is awaited, so that it stops no other.",
                f"A job raised {error.leaves()[0].type}, and it came out of your function.",
                "A TaskGroup cancels the others at the first failure, and `gather` raises it.",
                REST,
            )
        if error is not None and any("is empty" in leaf.message for leaf in error.leaves()):
            return Finding("Ask first whether there is a job: `jobs` may be empty.", f"{error.type}: {error.message}")
    return NOT_ASKED


EXERCISE = Exercise(
    number="7.3",
    title="One failure must not stop the rest",
    reference=run_each,
    run=_some_fail,
    trials={
        "last fails": _last_fails,
        "all fail": _all_fail,
        "all well": _all_well,
        "no jobs": _none,
        "cancelled": _cancelled,
    },
    expectations=(_together, _tells, _cancels),
    hints=(
        "Write an inner coroutine that runs *one* job and notes how it ended. Then start it for each.",
        "`except Exception` in that inner coroutine: a cancel is not an Exception, and should come out.",
        "A TaskGroup waits for all, and when your function is cancelled it cancels them first.",
    ),
    why="Each task handles the failure of its own job. The group sees to the rest: it waits, and hands a cancel on.",
    section=REST,
    explains=(_goes_on,),
    own=frozenset({"tasks", "errors"}),
    deadline_s=4.0,
)
