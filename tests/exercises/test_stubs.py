"""Blanks are told from attempts by what they would do."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from helpers.exercises.stubs import is_stub


async def dots(session: Any) -> Any: ...


async def dots_below_a_docstring(session: Any, *, k: int = 3) -> Any:
    """Return something."""
    ...


async def passes(session: Any) -> None:
    pass


async def returns_none(session: Any) -> Any:
    return None


def synchronous(session: Any) -> Any: ...


async def commented(session: Any) -> Any:
    # your code here
    ...


async def one_blank(session: Any) -> Any:
    tasks = [asyncio.ensure_future(session.get(city)) for city in "abc"]
    return tasks, await ...  # type: ignore[misc]


async def blank_argument(session: Any) -> Any:
    return await asyncio.gather(...)  # type: ignore[call-overload]


async def blank_assigned(session: Any) -> Any:
    result = ...
    print(result)  # noqa: T201
    return result


async def blank_returned(session: Any) -> Any:
    await session.get("a")
    return ...


async def blank_in_an_inner_function(session: Any) -> Any:
    async def one(city: str) -> Any:
        return await session.get(...)

    return await asyncio.gather(*map(one, "abc"))


@pytest.mark.parametrize(
    "answer",
    [
        dots,
        dots_below_a_docstring,
        passes,
        returns_none,
        synchronous,
        commented,
        one_blank,
        blank_argument,
        blank_assigned,
        blank_returned,
        blank_in_an_inner_function,
        pytest.param(functools.partial(dots, None), id="partial"),
        None,
        ...,
        "",
        ["a", ..., "c"],
        [None, None],
        {"first": ...},
    ],
    ids=lambda answer: getattr(answer, "__name__", repr(answer)),
)
def test_a_blank_is_a_stub(answer: Any) -> None:
    assert is_stub(answer)


async def returns_a_constant(session: Any) -> Any:
    return 7


async def awaits(session: Any) -> Any:
    return await session.get("/")


async def calls_without_await(session: Any) -> Any:
    session.get("/")


async def loops(session: Any) -> Any:
    while True:
        pass


async def mentions_dots_in_a_type(session: Any) -> Any:
    async def one(cities: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(map(len, cities))

    return await one(("a",))


async def slices(session: Any) -> Any:
    return session[..., 0]


async def returns_its_argument(session: Any) -> Any:
    return session


async def raises(session: Any) -> Any:
    raise ValueError


def yields(session: Any) -> Any:
    yield


@pytest.mark.parametrize(
    "answer",
    [
        returns_a_constant,
        awaits,
        calls_without_await,
        loops,
        mentions_dots_in_a_type,
        slices,
        returns_its_argument,
        raises,
        yields,
        len,
        0,
        [],
        ["a", "b"],
        "two",
        {"first": 0},
    ],
    ids=lambda answer: getattr(answer, "__name__", repr(answer)),
)
def test_an_attempt_is_none(answer: Any) -> None:
    assert not is_stub(answer)
