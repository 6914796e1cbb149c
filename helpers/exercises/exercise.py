"""What one exercise is: how an answer is run, what is expected of the run, and what helps.

    from helpers.exercises.bench import Bench
    from helpers.exercises.evidence import Evidence
    from helpers.exercises.exercise import Answer, Exercise, expectation
    from helpers.exercises.findings import Finding

    CITIES = ("oslo", "lima", "cairo")

    async def fetch_all(session, cities):                       # the reference: shown by `solution("1.1")`
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, city)) for city in cities]
        return [task.result() for task in tasks]

    async def run(answer: Answer, bench: Bench) -> Any:         # in the grader's process, inside a Timeline
        async with bench.session("weather") as session:         # the grader's own session: never counted as left open
            return await answer(session, CITIES)

    @expectation("All three at once")                           # the ✓ line
    def overlaps(evidence: Evidence) -> Finding | None:         # in the kernel
        peak = evidence.journals["weather"].peak_in_flight
        if peak == len(CITIES):
            return None
        return Finding("Start all three before you await the first.", f"The service saw {peak} at once.")

    EXERCISES = (
        Exercise(
            number="1.1",
            title="Three at once",
            reference=fetch_all,
            run=run,
            services={"weather": {"latency_s": 0.1}},           # the arguments of services.http
            expectations=(in_order, overlaps),
            hints=("...", "..."),
            why="All three are started before the first is awaited.",
            section="Three-waits-at-the-price-of-one",
        ),
    )

A module `helpers/exercises/lesson_NN.py` has such an `EXERCISES`; `find("1.1")` looks there. The number is that of the
notebook (without its leading zero) and of the exercise.

What is wrong with *any* answer is the engine's business, and needs no expectation: exceptions, blocking, a wrong
signature, tasks, threads and sessions left behind and the like (see `verdicts` and `behaviour`). An exercise that
wants to say it in its own words, or to allow it, names it in `own`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import Any, Literal

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.findings import Finding

Answer = Callable[..., Awaitable[Any]]
Run = Callable[[Answer, Bench], Awaitable[Any]]
DEADLINE_S = 10.0


@dataclass(frozen=True)
class Expectation:
    """What a right answer does, and how to tell from the evidence that this one did not.

    `label` is what a ✓ says: "All 20 results, in the order of the cities".
    """

    label: str
    find: Callable[[Evidence], Finding | None]

    def __call__(self, evidence: Evidence) -> Finding | None:
        """Return what is wrong, or None."""
        return self.find(evidence)


def expectation(label: str) -> Callable[[Callable[[Evidence], Finding | None]], Expectation]:
    """Make an expectation of a function from evidence to a finding or None."""
    return lambda find: Expectation(label, find)


@dataclass(frozen=True)
class Exercise:
    """One exercise, declared beside its reference solution.

    Attributes:
        number: of the notebook and the exercise: "1.2".
        title: a few words.
        reference: a right answer, a top-level function; `solution` shows its source.
        run: calls the answer as the lesson says, in the grader's process, inside a `Timeline`; returns the result.
        expectations: what is looked for once `run` has returned, in this order.
        hints: shown one at a time, each saying more than the one before.
        why: one sentence on why the reference is right.
        section: the anchor of the lesson's heading to go back to ("Three-waits-at-the-price-of-one").
        services: the services that are opened for it, by name: arguments of `services.http`; or of another function,
            which "kind" names: `{"line": {"kind": "tcp", "framing": "length"}}`. Fresh for each check, and apart from
            the notebook's own of the same name.
        trials: further runs after the first, each on an event loop of its own: "cancelled", "one fails". They are not
            begun unless the first has returned. `evidence.trials[name]` tells how each went. A trial that needs other
            conditions takes a service of its own.
        explains: expectations that are asked first when `run` did *not* return, or a trial did not: the first finding
            takes the place of the engine's words. They must cope with `record=None` and missing trials.
        own: what the engine is not to judge, because the exercise does, or because it does not matter here:
            any of "tasks", "coroutines", "open", "threads", "processes", "blocking", "errors".
        deadline_s: for all runs together, from 1 to 10.
        takes: "coroutine function"; or "value", when the answer is plain data (a list of names, a number), which `run`
            gets as it is. `reference` is then the right value.
    """

    number: str
    title: str
    reference: Any
    run: Callable[[Any, Bench], Awaitable[Any]]
    expectations: tuple[Expectation, ...]
    hints: tuple[str, ...]
    why: str
    section: str = ""
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trials: Mapping[str, Run] = field(default_factory=dict)
    explains: tuple[Expectation, ...] = ()
    own: frozenset[str] = frozenset()
    deadline_s: float = DEADLINE_S
    takes: Literal["coroutine function", "value"] = "coroutine function"
    helpers: tuple[Callable[..., Any], ...] = ()
    """Further top-level functions that the reference calls; `solution` shows them before it."""


def lesson_numbers() -> list[str]:
    """Return the two digits of each lesson that has a module of exercises here."""
    return [f"{n:02}" for n in range(100) if util.find_spec(f"helpers.exercises.lesson_{n:02}") is not None]


def of_lesson(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercises of the lesson with these two digits; none where there is no module for it."""
    name = f"helpers.exercises.lesson_{lesson}"
    if util.find_spec(name) is None:
        return ()
    exercises: tuple[Exercise, ...] = import_module(name).EXERCISES
    return exercises


def find(number: str) -> Exercise:
    """Return the exercise with this number.

    Raises:
        TypeError: unless the number is a string such as "1.2".
        LookupError: when there is none, with those that there are.
    """
    if not isinstance(number, str):
        raise TypeError(f'an exercise is named by a string such as "1.2", got {number!r}')
    lesson = number.strip().partition(".")[0]
    if lesson.isdecimal() and lesson.isascii() and len(lesson) <= 2:
        for exercise in of_lesson(lesson.zfill(2)):
            if exercise.number == number.strip():
                return exercise
    there_are = ", ".join(exercise.number for each in lesson_numbers() for exercise in of_lesson(each))
    raise LookupError(f"there is no exercise {number!r}; there are {there_are or 'none'}")
