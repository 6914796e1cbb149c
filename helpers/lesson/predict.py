"""A guess before the run, and the measured number beside it after the run."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers import _told
from helpers.lesson import widgets

SETTLED_S = 1.0  # without a keystroke: then a guess is told to the class
CLOSE = 1.25  # a guess within this factor is close: two runs of the same cell can differ by as much
_SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6}
_NUMBER = re.compile(r"[-+]?\d[\d,_' ]*(?:\.\d+)?")


@dataclass
class Question:
    """What was asked, and the learner's guess, if there is one."""

    text: str
    unit: str
    guess: float | None = None
    key: str = ""
    timer: threading.Timer | None = None
    place: Any = None  # of its field in the page, as long as it is there

    def tell(self, kind: str, value: float | None) -> None:
        """Tell a class, if one was joined; a question that was not asked, or has no number, is not told."""
        if self.key and value is not None and math.isfinite(value):
            _told.tell(kind, page=self.key[:2], key=self.key, value=value, text=self.text, unit=self.unit)

    def tell_soon(self) -> None:
        """Tell a class the guess once nobody has typed for a while."""
        if self.timer is not None:
            self.timer.cancel()
        if _told.anybody():
            self.timer = threading.Timer(SETTLED_S, lambda: self.tell("guess", self.guess))
            self.timer.daemon = True
            self.timer.start()

    def shown(self, value: float) -> str:
        """Return a value with the unit of the question; a count is shown whole."""
        if not self.unit and math.isfinite(value) and value == round(value):
            return f"{value:.0f}"
        return f"{_rounded(value)}{'' if self.unit in ('', '×') else ' '}{self.unit}"

    def beside(self, measured: float) -> str:
        """Return the guess beside the measured value, in one sentence; without a guess, the measured value."""
        if self.guess is None:
            return f"Measured: {self.shown(measured)}."
        both = f"Your guess: {self.shown(self.guess)}. Measured: {self.shown(measured)}"
        return f"{both}, {self._compared(self.guess, measured)}."

    def _compared(self, guess: float, measured: float) -> str:
        if self.unit == "":  # a count
            return "as you said" if guess == measured else "another number"
        if self.shown(guess) == self.shown(measured):
            return "exact"
        if guess <= 0 or measured <= 0:
            return "another number"
        factor = measured / guess
        if max(factor, 1 / factor) <= CLOSE:
            return "close"
        return f"{factor:.1f}× your guess" if factor >= 1 else f"your guess was {1 / factor:.1f}× as much"


class Predict:
    """Ask for a guess before a run, and set it beside the measured value after.

        predict("01-overlap", "How many milliseconds will it take?", unit="ms")     # in a cell before the run
        predict.compare("01-overlap", timeline.makespan_s * 1000)                   # after the run, in the same unit

    A run never waits for a guess. Asked again, a question keeps the guess it has.
    """

    def __init__(self, show: Callable[[str, Callable[[], Any]], Any] = widgets.show) -> None:
        self._show = show
        self._questions: dict[str, Question] = {}

    def __call__(self, key: str, question: str, *, unit: str = "") -> None:
        """Show a field for a guess, or the question alone where there are no widgets.

        Args:
            key: names the question for `compare`; begins with the lesson, such as "01-overlap".
            question: what to guess, as a sentence. The answer is a number.
            unit: of the guess and of the measured value, such as "ms", "s", "%" or "×".

        Raises:
            TypeError: unless all are strings.
        """
        if not all(isinstance(given, str) for given in (key, question, unit)):
            raise TypeError(
                'predict takes a name, a question and a unit, such as predict("01-overlap", "How long?", unit="ms"), '
                f"got {key!r}, {question!r}, unit={unit!r}"
            )
        earlier = self._questions.get(key)
        asked = Question(question, unit, earlier.guess if earlier and earlier.unit == unit else None, key=key)
        self._questions[key] = asked
        print(f"🔮 {question}")  # noqa: T201 - an output of its own: it can be read where the widget can't be drawn
        asked.place = self._show(f"Your guess{f' ({unit})' if unit else ''}: ______", lambda: _field(asked))

    def compare(self, key: str, measured: float) -> None:
        """Print the guess beside the measured value, or the measured value alone where there is no guess.

        In a browser the same takes the place of the field: a widget is gone tomorrow, a sentence stays.

        Args:
            key: the question's name, as `predict` got it. A question that was never asked stops nothing.
            measured: in the unit of the question.
        """
        question = self._questions.get(key, Question("", ""))
        words = question.beside(float(measured))
        print(words)  # noqa: T201 - a line under the picture
        question.tell("guess", question.guess)
        question.tell("measured", float(measured))
        if question.place is not None:
            question.place.replace(words if question.guess is not None else f"No guess. {words}")
            question.place = None


def parsed(text: str, unit: str) -> float | None:
    """Return the number in what was typed, or None if there is none.

    "0.2 s" is 200 where milliseconds are asked for. A comma is a decimal point unless three digits follow it.
    """
    text = re.sub(r"(\d),(\d{1,2}|\d{4,})(?!\d)", r"\1.\2", text.strip())
    found = _NUMBER.search(text)
    if found is None:
        return None
    value = float(re.sub(r"[,_' ]", "", found.group()))
    typed = text[found.end() :].strip().rstrip(".")
    if typed in _SECONDS and unit in _SECONDS:
        value *= _SECONDS[typed] / _SECONDS[unit]
    return value


def _field(asked: Question) -> Any:
    import ipywidgets

    value = "" if asked.guess is None else _rounded(asked.guess)
    field = ipywidgets.Text(
        value=value,
        placeholder="your guess",
        description="Your guess",
        tooltip=asked.text,
    )
    note = ipywidgets.Label(asked.unit)

    def keep(change: Any) -> None:
        asked.guess = parsed(change["new"], asked.unit)
        asked.tell_soon()
        if asked.guess is not None:
            note.value = f"{asked.unit} · kept: press Enter, then run the next cell".lstrip(" ·")
        else:
            note.value = f"{asked.unit} · a number, such as 250".lstrip(" ·") if change["new"].strip() else asked.unit

    field.observe(keep, names="value")
    box = ipywidgets.HBox([field, note])
    box.add_class("course-guess")  # Enter in it goes on to the next cell: page/hands.js
    return box


def _rounded(value: float) -> str:
    """Return a number with three digits that count."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{round(value, 2 - math.floor(math.log10(abs(value)))):.10g}"


predict = Predict()
