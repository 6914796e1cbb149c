"""The questions of each lesson, as data. A module `lesson_NN` has a tuple `QUESTIONS`."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Option:
    """One possible answer, and why it is right or what speaks against it. Both may hold `code` and **bold**."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One question with three options or so, one of them right.

    Attributes:
        key: names the question in the tests.
        text: the question; may hold `code`.
        options: in the order in which they are shown.
        code: what is asked about, in a cell of a notebook that has imported what it needs. A test runs it and holds
            the right option to what happens.
    """

    key: str
    text: str
    options: tuple[Option, ...]
    code: str = ""

    def __post_init__(self) -> None:
        if sum(option.right for option in self.options) != 1:
            raise ValueError(f"one option of the question {self.key!r} is right, not more, not fewer")

    @property
    def right(self) -> Option:
        """The option that is right."""
        return next(option for option in self.options if option.right)


def lessons() -> list[str]:
    """Return the numbers of the lessons that have a quiz, such as "00"."""
    return sorted(path.stem.removeprefix("lesson_") for path in Path(__file__).parent.glob("lesson_[0-9][0-9].py"))


def questions(lesson: str) -> tuple[Question, ...]:
    """Return the questions of a lesson.

    Raises:
        ValueError: if it has none; the message lists those that have.
    """
    if lesson not in lessons():
        raise ValueError(f'there is no quiz {lesson!r}. There is one for {", ".join(lessons())}: quiz("00")')
    found: tuple[Question, ...] = importlib.import_module(f"{__name__}.lesson_{lesson}").QUESTIONS
    return found
