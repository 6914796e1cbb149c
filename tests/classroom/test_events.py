"""An event is plain data that was checked, wherever it comes from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.classroom.events import LONGEST, Event, printable

GUESS = {"kind": "guess", "page": "01", "key": "01-tasks", "value": 250, "id": "0123456789abcdef"}
CHECK = {"kind": "check", "page": "01", "key": "1.2", "right": False, "text": "Await it.", "id": "0123456789abcdef"}


@pytest.mark.parametrize("sent", [GUESS, CHECK, {**GUESS, "kind": "measured", "unit": "ms"}])
def test_an_event_comes_out_of_the_wire_as_it_went_in(sent: dict[str, Any]) -> None:
    assert Event.from_wire(json.loads(json.dumps(Event.from_wire(sent).to_wire()))).to_wire() == sent


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "code"}, "kind takes one of guess, measured, check, ready"),
        ({"page": "1"}, "page takes two digits"),
        ({"page": 1}, "page takes two digits, got 1"),
        ({"key": "a b"}, "key takes"),
        ({"key": "x" * 61}, "key takes"),
        ({"value": "250"}, "value takes a number"),
        ({"value": True}, "value takes a number"),
        ({"value": float("nan")}, "value takes less than 1e15"),
        ({"value": 10**400}, "value takes less than 1e15"),
        ({"value": None}, "value takes a number, got None"),
        ({"right": True}, "right takes yes or no, got True"),
        ({"text": "x" * (LONGEST + 1)}, "text takes up to 200 printable characters"),
        ({"text": "two\nlines"}, "text takes up to 200 printable characters"),
        ({"section": ["a"]}, "section takes"),
        ({"id": "ABCDEF0123456789"}, "id takes 16 hexadecimal digits"),
        ({"code": "print()"}, "an event has no 'code'; it has id, key, kind"),
    ],
)
def test_what_is_no_event_is_refused_by_its_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Event.from_wire(GUESS | change)


@pytest.mark.parametrize("missing", ["kind", "page", "key", "id"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=f"an event needs {missing}"):
        Event.from_wire({name: value for name, value in GUESS.items() if name != missing})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_anything_else_is_refused_in_words(sent: object) -> None:
    with pytest.raises(ValueError, match="an event is an object"):
        Event.from_wire(sent)


@given(st.text(max_size=500))
def test_any_text_can_be_made_to_fit(text: str) -> None:
    Event(kind="check", page="01", key="1.1", right=False, text=printable(text)).to_wire()


def test_each_event_has_an_id_of_its_own() -> None:
    assert len({Event(kind="guess", page="01", key="k", value=1).id for _ in range(1000)}) == 1000
