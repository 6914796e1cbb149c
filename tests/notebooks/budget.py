"""How long a page is, counted as TEACHING.md counts: a page is one sitting, and answers one question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

# What only asks holds no idea of its own: a guess, an answer to fill in, its check, the quiz.
ASKING = ("predict-", "answer-", "check-", "quiz")
GENERATED = ("navigation", "set-up")
_DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"(?<=\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_MINUTES = re.compile(r"\*\(.*\bmin\)\*|\((?:core|stretch|warm-up|\d+)[^()]*min[^()]*\)")  # of a heading: no aside
_EXERCISE = re.compile(
    r"^#{2,4} (?=[^\n]*\bExercises?\b).*?(?=^#{1,3} (?![^\n]*\bExercises?\b)|\Z)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Length:
    """What one page asks of its reader.

    Attributes:
        cells: that tell: not the navigation line, the set-up cell, guesses, stubs, checks, quiz.
        words: of Markdown, outside code, `<details>` and exercises.
        lines: of code that are not blank, outside stubs and the set-up cell.
        characters: of source, in all cells but the two that are generated.
        parentheses: that hold words, in all Markdown but code, links and the minutes of a heading.
        predictions: that are asked for, with a box or without.
    """

    cells: int
    words: int
    lines: int
    characters: int
    parentheses: int
    predictions: int


LIMITS = Length(cells=40, words=1800, lines=160, characters=18_000, parentheses=15, predictions=5)
CAPSTONE = Length(cells=40, words=2200, lines=160, characters=24_000, parentheses=15, predictions=5)


def length(cells: list[Any]) -> Length:
    """Count what a page's cells ask of a reader."""
    told = [cell for cell in cells if not _begins(cell, GENERATED)]
    code = [cell for cell in told if cell.cell_type == "code"]
    whole = "\n\n".join(_FENCE.sub("", cell.source) for cell in told if cell.cell_type == "markdown")
    read = _LINK.sub("", without_exercises(whole))
    asides = _PARENTHESIS.findall(_CODE.sub("code", _LINK.sub("", _MINUTES.sub("", whole))))
    return Length(
        cells=sum(not (cell.cell_type == "code" and _begins(cell, ASKING)) and not _only_asks(cell) for cell in told),
        words=len(re.findall(r"[\w`$]\S*", read)),
        lines=sum(_lines(cell.source) for cell in code if not _begins(cell, ("answer-",))),
        characters=sum(len(cell.source) for cell in told),
        parentheses=sum(re.search(r"[A-Za-z]{2}", inside) is not None for inside in asides),
        predictions=max(sum(_begins(cell, ("predict-",)) for cell in code), whole.count("🔮 **Predict")),
    )


def excesses(cells: list[Any], limits: Length = LIMITS) -> Iterator[str]:
    """Say what a page has too much of, and by how much."""
    found = length(cells)
    for field in fields(Length):
        has, allowed = getattr(found, field.name), getattr(limits, field.name)
        if has > allowed:
            yield f"{has} {field.name}, {has - allowed} more than {allowed} (tests/notebooks/budget.py)"


def without_exercises(markdown: str) -> str:
    """Return the Markdown of a page without code blocks, folded details and exercises."""
    return _EXERCISE.sub("", _DETAILS.sub("", _FENCE.sub("", markdown)))


def _begins(cell: Any, starts: tuple[str, ...]) -> bool:
    return str(cell.get("id", "")).startswith(starts)


def _only_asks(cell: Any) -> bool:
    """Whether a Markdown cell is nothing but the text of an exercise."""
    return cell.cell_type == "markdown" and not _EXERCISE.sub("", cell.source).strip()


def _lines(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())
