"""What one exercise is: how an answer is run, what is expected of the run, and what helps.

    from helpers.exercises.bench import Bench
    from helpers.exercises.evidence import Evidence
    from helpers.exercises.exercise import Answer, Exercise, expectation
    from helpers.exercises.findings import NOT_ASKED, Finding, Found

    CITIES = ("oslo", "lima", "cairo")

    async def fetch_all(session, cities):                       # the reference: shown by `solution("1.1")`
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, city)) for city in cities]
        return [task.result() for task in tasks]

    async def run(answer: Answer, bench: Bench) -> Any:         # in the grader's process, inside a Timeline
        async with bench.session("weather") as session:         # the grader's own session: never counted as left open
            return await answer(session, CITIES)

    @expectation("All three at once")                           # the ✓ line
    def overlaps(evidence: Evidence) -> Found:                  # in the kernel
        peak = evidence.journals["weather"].peak_in_flight
        if peak == len(CITIES):
            return None                                         # holds: ✓
        if not evidence.journals["weather"]:
            return NOT_ASKED                                    # `in_order` has said what is wrong: neither ✓ nor ✗
        return Finding("Start all three before you await the first.", f"The service saw {peak} at once.")

    EXERCISE = Exercise(
        number="1.1",
        title="Three at once",
        reference=fetch_all,
        run=run,
        services={"weather": {"latency_s": 0.1}},               # the arguments of services.http
        expectations=(in_order, overlaps),
        hints=("...", "..."),
        why="All three are started before the first is awaited.",
        section="three",                                        # the id of a cell on the page
    )

The exercises of a lesson are a package `helpers/exercises/lesson_NN/`: a module for each, named after what the learner
writes, which ends in its EXERCISE; `_shared.py` for what they share; `__init__.py` with EXERCISES, all of them in
order. `find("1.1")` looks there. The number is that of the notebook (without its leading zero) and of the exercise.

What is wrong with *any* answer is the engine's business, and needs no expectation: exceptions, blocking, a wrong
signature, tasks, threads and sessions left behind and the like (see `verdicts` and `behaviour`). An exercise that
wants to say it in its own words, or to allow it, names it in `own`. An `Exercise` says only what differs from the
defaults, and is looked at when it is made: what is not possible raises at import, with what is.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import Any, Literal, get_args

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.findings import Found

Answer = Callable[..., Awaitable[Any]]
Run = Callable[[Any, Bench], Awaitable[Any]]
Takes = Literal["coroutine function", "function", "context manager", "value"]
Own = Literal["blocking", "coroutines", "tasks", "errors", "callbacks", "open", "threads", "processes"]
"""What the engine looks at in every answer, and an exercise may judge itself."""
LEAST_DEADLINE_S, DEADLINE_S = 1.0, 10.0
FIRST = ""
"""The name of an exercise's first run; the others have the names of its trials."""
SECTION = re.compile(r"(?:(?:\d\d:)?[A-Za-z0-9_-]+)?")


@dataclass(frozen=True)
class Expectation:
    """What a right answer does, and how to tell from the evidence that this one did not.

    `label` is what a ✓ says: "All 20 results, in the order of the cities".
    """

    label: str
    find: Callable[[Evidence], Found]

    def __call__(self, evidence: Evidence) -> Found:
        """Return what is wrong; None when nothing is; NOT_ASKED when that can't be told."""
        return self.find(evidence)


def expectation(label: str) -> Callable[[Callable[[Evidence], Found]], Expectation]:
    """Make an expectation of a function from evidence to a finding, None or NOT_ASKED."""
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
        section: where to go back to: the id of a cell on the exercise's page, or of another page: "06:limit".
        services: the services that are opened for it, by name: arguments of `services.http`; or of another function,
            which "kind" names: `{"line": {"kind": "tcp", "framing": "length"}}`. Fresh for each check, and apart from
            the notebook's own of the same name.
        trials: further runs after the first, each on an event loop of its own: "cancelled", "one fails". They are not
            begun unless the first has returned. `evidence.trials[name]` tells how each went. The learner is told the
            name of one that raised or never ended. A trial that needs other conditions takes a service of its own.
        explains: expectations that are asked first when `run` did *not* return, or a trial did not: the first finding
            takes the place of the engine's words. They must cope with `record=None` and missing trials. What explains
            an exception that beginners meet is asked after them in every exercise.
        own: what the engine is not to judge, because the exercise does, or because it does not matter here. What an
            expectation has said in the engine's words ("Await each call of fetch, …") is not said twice anyway.
        deadline_s: for all runs together, from 1 to 10.
        takes: "coroutine function"; "function", when the answer is an ordinary one, whose call `run` does not await;
            "context manager", when calling the answer gives what `async with` enters; or "value", when it is plain data
            (a list of names, a number), which `run` gets as it is. `reference` is then the right value.
        helpers: further top-level functions that the reference calls; `solution` shows them before it.

    Raises:
        ValueError: naming the attribute, what it got and what is possible.
    """

    number: str
    title: str
    reference: Any
    run: Run
    expectations: tuple[Expectation, ...]
    hints: tuple[str, ...]
    why: str
    section: str = ""
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trials: Mapping[str, Run] = field(default_factory=dict)
    explains: tuple[Expectation, ...] = ()
    own: frozenset[Own] = frozenset()
    deadline_s: float = DEADLINE_S
    takes: Takes = "coroutine function"
    helpers: tuple[Callable[..., Any], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no check could keep."""
        if not re.fullmatch(r"\d{1,2}\.\d{1,2}", self.number):
            raise ValueError(f'number must be that of the page and of the exercise, such as "1.2", got {self.number!r}')
        self._one_of("takes", (self.takes,), get_args(Takes))
        self._one_of("own", self.own, get_args(Own))
        if not LEAST_DEADLINE_S <= self.deadline_s <= DEADLINE_S:
            raise ValueError(
                f"deadline_s of {self.number} must be from {LEAST_DEADLINE_S:g} to {DEADLINE_S:g}, "
                f"got {self.deadline_s!r}"
            )
        if not self.expectations:
            raise ValueError(f"expectations of {self.number} must hold one at least, got none")
        labels = [one.label for one in self.expectations]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f"expectations of {self.number} must have labels of their own, got {min(twice)!r} twice")
        if FIRST in self.trials:
            raise ValueError(f"trials of {self.number} must have names, got {FIRST!r}")
        if not SECTION.fullmatch(self.section):
            raise ValueError(
                f'section of {self.number} must be the id of a cell, such as "three" or "06:limit", '
                f"got {self.section!r}"
            )

    def _one_of(self, name: str, given: Iterable[object], possible: tuple[str, ...]) -> None:
        unknown = sorted(map(repr, set(given) - set(possible)))
        if unknown:
            raise ValueError(
                f"{name} of {self.number} must be {'any' if name == 'own' else 'one'} of "
                f"{', '.join(map(repr, possible))}, got {', '.join(unknown)}"
            )


def lesson_numbers() -> list[str]:
    """Return the two digits of each lesson that has a package of exercises here."""
    return [f"{n:02}" for n in range(100) if util.find_spec(f"helpers.exercises.lesson_{n:02}") is not None]


def of_lesson(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercises of the lesson with these two digits; none where there is no package for it."""
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
