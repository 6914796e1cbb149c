"""A class hears which exercise, right or not, and which advice; nothing of the answer itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers import _told
from helpers.exercises.exercise import find
from helpers.exercises.findings import Finding
from helpers.exercises.grader import Verdict
from helpers.exercises.telling import impersonal, tell

HEARD: list[tuple[str, dict[str, Any]]] = []


def hear(kind: str, **what: Any) -> None:
    HEARD.append((kind, what))


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    HEARD.clear()
    _told.listen(hear)
    yield
    _told.forget(hear)


@pytest.mark.parametrize(
    ("advice", "heard"),
    [
        ("Await `fetch(session, city)`.", "Await `fetch(session, city)`."),
        ("Take `my_token` from the arguments.", "Take `…` from the arguments."),
        ("Ask for 'oslo', not for 'my diary'.", "Ask for 'oslo', not for '…'."),
        ("Write `asyncio.gather(*tasks)`.", "Write `…`."),
    ],
)
def test_what_an_advice_quotes_of_the_answer_is_left_out(advice: str, heard: str) -> None:
    assert impersonal(advice, find("1.1")) == heard


def test_a_wrong_answer_is_told_with_its_first_advice_and_where_it_is_explained() -> None:
    exercise = find("1.1")
    findings = (Finding("Start all 3 at once.", "At most 1."), Finding("And more.", "Seen."))
    tell(Verdict(exercise, (), findings, None))
    assert [
        (
            "check",
            {"page": "01", "key": "1.1", "right": False, "text": "Start all 3 at once.", "section": exercise.section},
        )
    ] == HEARD


def test_a_right_answer_is_told_without_words() -> None:
    tell(Verdict(find("1.1"), ("Together",), (), None))
    assert (HEARD[0][1]["right"], HEARD[0][1]["text"]) == (True, "")


def test_a_listener_that_fails_is_not_asked_again_and_harms_nobody() -> None:
    def broken(kind: str, **what: Any) -> None:
        raise ZeroDivisionError

    _told.listen(broken)
    tell(Verdict(find("1.1"), (), (), None))
    assert broken not in _told._listeners
    assert len(HEARD) == 1
