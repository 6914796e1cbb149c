"""An answer to an exercise, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Right:
    """An answer that is right."""

    number: str
    answer: Any

    def __str__(self) -> str:
        return f"{self.number} {named(self.answer)}"


@dataclass(frozen=True)
class Wrong:
    """An answer that is wrong, with the advice that comes first."""

    number: str
    answer: Any
    advice: str

    def __str__(self) -> str:
        return f"{self.number} {named(self.answer)}"


def named(answer: Any) -> str:
    """Return what to call an answer in the name of a test."""
    return str(getattr(answer, "__name__", answer))
