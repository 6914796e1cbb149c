"""Stored answers to exercises, each with what is to be said of it where it is written.

    @right("1.2")
    async def gathers(session, cities):
        ...

    @wrong("1.2", "Start all 20 before you await the first.", passes=("The service was asked for each city once",))
    async def awaits_in_a_loop(session, cities):
        ...

    right("0.2")(["A", "D", "B", "C"])          # where the answer is a value, or made by a function

They stand in `answers_NN.py`, a file for each page, as learners would write them. `stored()` collects them, and
`test_answers.py` judges each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Right:
    """An answer that is right: it gets a tick for every expectation."""

    number: str
    answer: Any

    def __str__(self) -> str:
        return f"{self.number} {named(self.answer)}"


@dataclass(frozen=True)
class Wrong:
    """An answer that is wrong, with the advice that comes first, and the ticks that it gets."""

    number: str
    answer: Any
    advice: str
    passes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.number} {named(self.answer)}"


Stored = Right | Wrong
_stored: list[Stored] = []


def right(number: str) -> Callable[[_T], _T]:
    """Store what is decorated as a right answer to this exercise."""

    def store(answer: _T) -> _T:
        _stored.append(Right(number, answer))
        return answer

    return store


def wrong(number: str, advice: str, *, passes: tuple[str, ...] = ()) -> Callable[[_T], _T]:
    """Store what is decorated as a wrong answer to this exercise.

    Args:
        number: of the exercise.
        advice: what it is told first, word for word.
        passes: the labels of the expectations that it meets all the same, in their order: its ticks.
    """

    def store(answer: _T) -> _T:
        _stored.append(Wrong(number, answer, advice, passes))
        return answer

    return store


def stored(*numbers: str) -> list[Stored]:
    """Return the answers to these exercises, or to all, by exercise, the right ones of each first."""
    for path in sorted(Path(__file__).parent.glob("answers_[0-9][0-9].py")):
        import_module(f"tests.exercises.{path.stem}")
    found = [one for one in _stored if not numbers or one.number in numbers]
    return sorted(found, key=lambda one: (one.number, isinstance(one, Wrong)))


def named(answer: Any) -> str:
    """Return what to call an answer in the name of a test."""
    return str(getattr(answer, "__name__", answer))
