"""Odd things: what an answer could return, though no exercise asks for it."""

from __future__ import annotations

import asyncio
import collections
import decimal
import enum
import fractions
import io
import itertools
import math
import types
from pathlib import Path
from typing import Any, NoReturn


class Refuses:
    """Raises whatever is done with it."""

    def __eq__(self, other: object) -> NoReturn:
        raise RuntimeError("no")

    def __bool__(self) -> NoReturn:
        raise RuntimeError("no")

    def __repr__(self) -> NoReturn:
        raise RuntimeError("no")

    def __len__(self) -> NoReturn:
        raise RuntimeError("no")

    def __iter__(self) -> NoReturn:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


class Lies(list[Any]):
    """A list that is not as long as it says."""

    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> NoReturn:
        raise RuntimeError("no")


class Colour(enum.IntEnum):
    RED = 1


class Word(str):
    __slots__ = ()

    def __str__(self) -> NoReturn:
        raise RuntimeError("no")

    __repr__ = __str__


def _endless() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


def _deep() -> list[Any]:
    held: list[Any] = []
    for _ in range(500):
        held = [held]
    return held


def _task() -> Any:
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    loop.close()
    return future


async def _coroutine_function() -> None: ...


async def _generator() -> Any:
    yield 1


def values() -> list[Any]:
    """Return about forty odd values."""
    return [
        *(None, ..., NotImplemented, True, 0, -1, 10**5000, math.nan, math.inf, 1j),
        *("", "\ud83d", "\x1b[31m", "oslo", Word("oslo"), b"", b"\x00\xff", bytearray(b"x"), memoryview(b"x")),
        *([], [[]], [None], [..., ...], _endless(), _deep(), Lies("abc"), ["oslo", 3, None], list(range(300_000))),
        *((), set(), {1, "x"}, frozenset({1}), {}, {"slug": []}, {"city": {}}, {1: 2}, [{"slug": ["x"]}] * 20),
        *(Refuses(), [Refuses()] * 20, Colour.RED, Exception("\ud83d"), ValueError, object(), type, print),
        *(
            decimal.Decimal("1.5"),
            fractions.Fraction(1, 3),
            Path("x"),
            io.StringIO("x"),
            range(3),
            iter([1]),
            (n for n in "a"),
        ),
        *(collections.OrderedDict(a=1), collections.deque([1]), collections.Counter("aab"), types.SimpleNamespace(a=1)),
        *(
            itertools.count(),
            _task(),
            _coroutine_function,
            _generator,
            lambda: 1,
            math,
            types.MappingProxyType({"a": 1}),
        ),
    ]
