"""Has this exercise been attempted? Told from what the code would do, never from its text."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import CodeType
from typing import Any

# What a function does before and around its body; the rest is the body.
_FRAME = frozenset(
    {
        "CACHE",
        "CALL_INTRINSIC_1",
        "COPY_FREE_VARS",
        "GEN_START",
        "MAKE_CELL",
        "NOP",
        "NOT_TAKEN",
        "POP_TOP",
        "RERAISE",
        "RESUME",
        "RETURN_GENERATOR",
    }
)


def is_stub(answer: Any) -> bool:
    """Tell whether an answer is still the blank that the lesson gave.

    A function is, when its body does nothing, or uses a bare `...` as a value. A value is, when it is None, `...`, an
    empty string, or holds such a one.
    """
    if answer is None or answer is ... or answer == "":
        return True
    if isinstance(answer, (list, tuple)):
        return any(one is ... or one is None for one in answer)
    if isinstance(answer, dict):
        return any(one is ... or one is None for one in answer.values())
    if callable(answer):
        code = _code(answer)
        return code is not None and (_does_nothing(code) or any(map(_has_blank, _codes(code))))
    return False


def _code(answer: Callable[..., Any]) -> CodeType | None:
    while isinstance(answer, functools.partial):
        answer = answer.func
    code = getattr(answer, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _does_nothing(code: CodeType) -> bool:
    body = [one for one in dis.get_instructions(code) if one.opname not in _FRAME]
    if len(body) == 1 and body[0].opname == "RETURN_CONST":
        return body[0].argval is None
    return [one.opname for one in body] == ["LOAD_CONST", "RETURN_VALUE"] and body[0].argval is None


def _has_blank(code: CodeType) -> bool:
    """Tell whether `...` is used as a value; not as in `tuple[int, ...]` or `array[..., 0]`."""
    steps = [one for one in dis.get_instructions(code) if one.opname not in ("CACHE", "NOP")]
    if any(one.opname == "RETURN_CONST" and one.argval is ... for one in steps):  # `return ...` on 3.12 and 3.13
        return True
    for one, after in pairwise(steps):
        if (
            one.opname.startswith("LOAD_")
            and one.argval is ...
            and not after.opname.startswith(("BUILD_", "BINARY_", "LOAD_"))
        ):
            return True
    return False
