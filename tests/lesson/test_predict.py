"""A guess is kept, and set beside the measured value; a run never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers import _told
from helpers.lesson.predict import Predict, Question, parsed


class Shown:
    """Where a prediction is shown in the tests: the last text, and the parts of the last widget."""

    text = ""
    field: Any = None
    note: Any = None
    in_its_place: str | None = None

    def __call__(self, text: str, make: Callable[[], Any]) -> Shown:
        self.text = text
        self.field, self.note = make().children
        return self

    def replace(self, words: str) -> None:
        self.in_its_place = words


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def predict(shown: Shown) -> Predict:
    return Predict(shown)


def test_the_question_is_a_text_of_its_own_and_the_field_names_the_unit(
    predict: Predict, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    predict("00-x", "How long will it take?", unit="ms")
    assert capsys.readouterr().out == "🔮 How long will it take?\n"
    assert shown.text == "Your guess (ms): ______"
    assert shown.field.tooltip == "How long will it take?"


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """What was printed so far, without the questions."""
    return lambda: [line for line in capsys.readouterr().out.splitlines() if not line.startswith("🔮")]


def test_without_a_guess_the_measured_value_stands_alone(predict: Predict, printed: Callable[[], list[str]]) -> None:
    predict("00-x", "How long?", unit="ms")
    predict.compare("00-x", 203.4)
    assert printed() == ["Measured: 203 ms."]


@pytest.mark.parametrize(
    ("guess", "measured", "words"),
    [
        ("200", 203, "Your guess: 200 ms. Measured: 203 ms, close."),
        ("500", 2043, "Your guess: 500 ms. Measured: 2040 ms, 4.1× your guess."),
        ("1 s", 131, "Your guess: 1000 ms. Measured: 131 ms, your guess was 7.6× as much."),
        ("0", 5, "Your guess: 0 ms. Measured: 5 ms, another number."),
        ("0", 0, "Your guess: 0 ms. Measured: 0 ms, exact."),
        ("203", 203.4, "Your guess: 203 ms. Measured: 203 ms, exact."),
    ],
)
def test_a_guess_is_set_beside_the_measured_value(
    guess: str, measured: float, words: str, predict: Predict, shown: Shown, printed: Callable[[], list[str]]
) -> None:
    predict("00-x", "How long?", unit="ms")
    shown.field.value = guess
    predict.compare("00-x", measured)
    assert printed() == [words]


@pytest.mark.parametrize(("guess", "words"), [("6", "as you said"), ("7", "another number")])
def test_a_count_is_right_or_it_is_not(
    guess: str, words: str, predict: Predict, shown: Shown, printed: Callable[[], list[str]]
) -> None:
    predict("05-protocols", "How many?")
    shown.field.value = guess
    predict.compare("05-protocols", 6)
    assert printed() == [f"Your guess: {guess}. Measured: 6, {words}."]


@pytest.mark.parametrize(("guess", "start"), [("6", "Your guess: 6. Measured: 5"), ("", "No guess. Measured: 5.")])
def test_what_is_compared_takes_the_place_of_the_field(guess: str, start: str, predict: Predict, shown: Shown) -> None:
    predict("00-x", "How many?")
    shown.field.value = guess
    predict.compare("00-x", 5)
    assert str(shown.in_its_place).startswith(start)


def test_the_learner_sees_that_a_guess_is_kept_or_that_it_is_no_number(predict: Predict, shown: Shown) -> None:
    predict("00-x", "How many?")
    shown.field.value = "many"
    assert shown.note.value == "a number, such as 250"
    shown.field.value = "20"
    assert shown.note.value == "kept: press Enter, then run the next cell"
    shown.field.value = ""
    assert shown.note.value == ""


def test_asked_again_a_question_keeps_its_guess(predict: Predict, shown: Shown) -> None:
    predict("00-x", "How long?", unit="ms")
    shown.field.value = "250"
    predict("00-x", "How long?", unit="ms")
    assert shown.field.value == "250"


def test_a_guess_does_not_move_to_another_unit_or_another_question(predict: Predict, shown: Shown) -> None:
    predict("00-x", "How long?", unit="ms")
    shown.field.value = "250"
    predict("00-x", "How long?", unit="s")
    assert shown.field.value == ""
    predict("00-y", "How long?", unit="ms")
    assert shown.field.value == ""


def test_a_question_that_was_never_asked_stops_nothing(predict: Predict, capsys: pytest.CaptureFixture[str]) -> None:
    predict.compare("00-x", 12.34)
    assert capsys.readouterr().out == "Measured: 12.3.\n"


def test_factors_and_percentages_carry_their_sign(predict: Predict, printed: Callable[[], list[str]]) -> None:
    predict("00-x", "How much?", unit="%")
    predict.compare("00-x", 2)
    predict("00-y", "How many times as fast?", unit="×")
    predict.compare("00-y", 15.52)
    assert printed() == ["Measured: 2 %.", "Measured: 15.5×."]


def test_a_question_that_is_no_string_is_refused_with_an_example(predict: Predict) -> None:
    with pytest.raises(TypeError, match="such as predict"):
        predict("00-x", 200)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("200", 200),
        (" 200 ms ", 200),
        ("250ms.", 250),
        ("0.2 s", 200),
        ("0,2 s", 200),
        ("1,200", 1200),
        ("1 000", 1000),
        ("about 30", 30),
        ("-3", -3),
        ("soon", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str, value: float | None) -> None:
    assert parsed(typed, "ms") == (None if value is None else pytest.approx(value))


def test_a_count_is_shown_whole() -> None:
    assert Question("How many?", "").shown(8251.0) == "8251"


def test_a_class_hears_of_the_guess_and_of_the_measured_number() -> None:
    heard: list[tuple[str, float]] = []

    def hear(kind: str, **what: Any) -> None:
        heard.append((kind, what["value"]))

    _told.listen(hear)
    try:
        predict = Predict(lambda words, field: None)
        predict("01-tasks", "How many?", unit="ms")
        predict._questions["01-tasks"].guess = 250.0
        predict.compare("01-tasks", 110)
        predict.compare("never-asked", 7)
    finally:
        _told.forget(hear)
    assert heard == [("guess", 250.0), ("measured", 110.0)]
