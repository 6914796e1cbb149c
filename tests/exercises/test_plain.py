"""What travels back is plain data, whatever a run returned or raised."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, namedtuple
from enum import IntEnum
from typing import Any

import pytest

from helpers.exercises._failure import as_data
from helpers.exercises._plain import MOST_ITEMS, plain
from helpers.exercises.evidence import Other

HERE = frozenset({__file__})
Point = namedtuple("Point", "x y")


class Level(IntEnum):
    LOW = 1


class Fails(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError


class Silent:
    def __repr__(self) -> str:
        raise ValueError


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "oslo", b"raw", [1, [2]], (1, 2), {"a": [1]}, {1, 2}, 1j])
def test_plain_data_stays_what_it_is(value: Any) -> None:
    assert plain(value) == value
    assert type(plain(value)) is type(value)


@pytest.mark.parametrize(
    ("value", "becomes"), [(Point(1, 2), (1, 2)), (OrderedDict(a=1), {"a": 1}), (Level.LOW, 1), (frozenset({1}), {1})]
)
def test_kinds_of_plain_data_become_plain(value: Any, becomes: Any) -> None:
    assert plain(value) == becomes
    assert type(plain(value)) is type(becomes)


def test_the_rest_is_named_and_shown() -> None:
    assert plain([ValueError("no")]) == [Other("ValueError", "ValueError('no')")]


def test_what_can_not_be_shown_is_named() -> None:
    assert plain(Silent()) == Other("Silent", "<Silent>")


def test_a_list_that_holds_itself_comes_to_an_end() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert isinstance(plain(loop), list)


def test_what_is_far_too_long_is_cut() -> None:
    cut = plain(list(range(MOST_ITEMS + 10)))
    assert cut[:2] == [0, 1]
    assert cut[-1] == Other("more", "10 more")
    assert len(cut) == MOST_ITEMS + 1


def test_something_that_fails_within_a_list_leaves_the_rest() -> None:
    assert plain([1, Fails("x"), 2]) == [1, Other("Fails", "'x'"), 2]


def test_a_long_string_is_cut() -> None:
    assert plain("x" * 20_000_000) == Other("str", "…")


def test_an_exception_is_told_with_its_bases_and_the_learners_line() -> None:
    try:
        dict[str, int]()["oslo"]
    except KeyError as error:
        raised = as_data(error, HERE)
    assert raised.type == "KeyError"
    assert raised.is_a("LookupError")
    assert raised.line is not None
    assert raised.line[1] == 'dict[str, int]()["oslo"]'


@pytest.mark.parametrize(
    ("written", "meant"), [("fecth", "fetch"), ("FETCH", "fetch"), ("pritn", "print"), ("temperature", ""), ("x", "")]
)
def test_a_name_that_there_is_not_is_told_with_the_one_that_was_meant(written: str, meant: str) -> None:
    try:
        exec(written)
    except NameError as error:
        raised = as_data(error, HERE, names=["fetch"])
    assert raised.near == meant


def test_frames_of_others_are_left_out() -> None:
    try:
        asyncio.run(None)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raised = as_data(error, HERE)
    assert raised.line is not None
    assert raised.line[1].startswith("asyncio.run(None)")
    assert raised.within.startswith("asyncio.")


def test_groups_are_told_with_what_is_in_them() -> None:
    group = ExceptionGroup("two", [ValueError("a"), ExceptionGroup("one", [KeyError("b")])])
    assert [leaf.type for leaf in as_data(group, HERE).leaves()] == ["ValueError", "KeyError"]
