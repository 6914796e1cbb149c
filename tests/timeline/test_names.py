"""A lane is called what the learner wrote."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from helpers.timeline.names import MAX_NAME, call_of


async def fetch(session: Any, url: str = "/", *, tries: int = 3, fast: bool = False) -> None: ...


async def nothing() -> None: ...


@contextmanager
def closed(coro: Any) -> Iterator[Any]:
    yield coro
    coro.close()


def name_of(coro: Any) -> str:
    with closed(coro):
        return str(call_of(coro))


def test_strings_and_numbers_are_shown() -> None:
    assert name_of(fetch(7, "/cities/oslo")) == 'fetch(7, "/cities/oslo")'


def test_other_objects_are_left_out() -> None:
    assert name_of(fetch(object(), "/cities/oslo")) == 'fetch("/cities/oslo")'


def test_an_argument_that_is_keyword_only_is_shown_with_its_name() -> None:
    assert name_of(fetch(None, "/a", tries=5)) == 'fetch("/a", tries=5)'


async def call(function: Any, *args: Any, times: int = 1) -> None: ...


def test_one_argument_of_several_is_shown_in_its_place() -> None:
    assert name_of(asyncio.to_thread(print, "oslo", 3, object())) == 'to_thread("oslo", 3)'
    assert name_of(call(print, "oslo", times=2)) == 'call("oslo", times=2)'


def test_a_value_that_is_the_default_is_not_shown() -> None:
    assert name_of(fetch(None, "/", tries=3, fast=False)) == "fetch()"


def test_a_call_without_arguments_keeps_its_brackets() -> None:
    assert name_of(nothing()) == "nothing()"


def test_a_url_is_shown_as_its_path_and_query() -> None:
    assert name_of(fetch(None, "http://127.0.0.1:8080/cities/oslo?tries=2")) == 'fetch("/cities/oslo?tries=2")'


def test_a_url_without_a_path_is_shown_as_a_slash() -> None:
    assert name_of(fetch(None, "http://127.0.0.1:8080")) == 'fetch("/")'


def test_a_long_value_is_cut() -> None:
    assert name_of(fetch(None, "x" * 500)).endswith('x…")')


def test_a_long_name_is_cut() -> None:
    async def several(one: str, two: str, three: str) -> None: ...

    assert len(name_of(several("a" * 25, "b" * 25, "c" * 25))) <= MAX_NAME


def test_names_in_other_scripts_are_kept() -> None:
    assert name_of(fetch(None, "/東京/naïve/🎉")) == 'fetch("/東京/naïve/🎉")'


def test_a_url_that_cannot_be_parsed_is_shown_as_it_is() -> None:
    assert name_of(fetch(None, "http://[broken")) == 'fetch("http://[broken")'


def test_a_value_of_several_lines_takes_one() -> None:
    assert name_of(fetch(None, "a\nb")) == 'fetch("a·b")'


def test_a_number_too_long_to_print_does_no_harm() -> None:
    assert name_of(fetch(10**5000)) == "fetch(…)"


def test_the_call_is_shown_by_its_function_where_its_arguments_cannot_be_seen() -> None:
    class Awaiting:
        __name__ = "awaiting"

    assert str(call_of(Awaiting())) == "awaiting()"


def test_reading_a_call_keeps_no_argument_alive() -> None:
    class Session: ...

    session = Session()
    alive = weakref.ref(session)
    coro = fetch(session, "/")
    call = call_of(coro)
    coro.close()
    del coro, session
    gc.collect()
    assert (alive(), str(call)) == (None, "fetch()")


def test_reading_a_call_makes_no_frame_that_the_coroutine_would_keep() -> None:
    name_of(fetch(7))  # the first of its function is looked at from both sides
    with closed(fetch(7)) as coro:
        call_of(coro)
        assert not [one for one in gc.get_referents(coro) if isinstance(one, FrameType)]


def test_an_argument_that_an_inner_function_uses_is_shown() -> None:
    async def search(city: str, limit: int = 0) -> Any:
        return lambda: city

    assert [name_of(search("oslo", 2)), name_of(search("lima"))] == ['search("oslo", 2)', 'search("lima", 0)']


def test_arguments_beside_variables_of_an_outer_function_are_shown() -> None:
    outer = "not an argument"

    async def search(city: str, *more: int) -> str:
        return outer

    assert [name_of(search("oslo", 2)), name_of(search("lima"))] == ['search("oslo", 2)', 'search("lima")']


def test_a_coroutine_whose_frame_somebody_has_looked_at_is_shown_with_its_arguments() -> None:
    name_of(fetch(7))
    with closed(fetch(8)) as coro:
        assert coro.cr_frame is not None
        assert str(call_of(coro)) == "fetch(8)"


def test_a_coroutine_that_knows_where_it_was_made_is_shown_with_its_arguments() -> None:
    name_of(fetch(7))
    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(3)  # as asyncio's debug mode does
    try:
        assert name_of(fetch(8)) == "fetch(8)"
    finally:
        sys.set_coroutine_origin_tracking_depth(before)


def test_a_function_whose_argument_is_its_own_code_is_shown() -> None:
    async def run(code: Any, times: int) -> None: ...

    assert [name_of(run(run.__code__, 3)), name_of(run(None, 4))] == ["run(3)", "run(4)"]


@pytest.mark.parametrize("value", [1, 2.5, True, "text"])
def test_a_running_coroutine_keeps_its_arguments(value: object) -> None:
    async def give(what: object) -> object:
        return what

    coro = give(value)
    call_of(coro)
    with pytest.raises(StopIteration) as stopped:
        coro.send(None)
    assert stopped.value.value is value
