"""Checks of arguments whose messages name the parameter, what it got and what it takes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable


def number(name: str, value: object, *, least: float, most: float) -> None:
    """Check that the value is a finite number from `least` to `most`.

    Raises:
        TypeError: when it is no number; True and False are none.
        ValueError: when it is out of range, or not a number at all (nan).
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number from {least:g} to {most:g}, got {value!r}")
    if not math.isfinite(value) or not least <= value <= most:
        raise ValueError(f"{name} must be from {least:g} to {most:g}, got {value!r}")


def whole_number(name: str, value: object, *, least: int, most: int, or_none: bool = False) -> None:
    """Check that the value is a whole number from `least` to `most`.

    Raises:
        TypeError: when it is no whole number; True and False are none.
        ValueError: when it is out of range.
    """
    if value is None and or_none:
        return
    expected = f"a whole number from {least} to {most}" + (", or None for no limit" if or_none else "")
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{name} must be {expected}, got {value!r}")


def one_of(name: str, value: object, choices: Iterable[str]) -> None:
    """Check that the value is one of these strings.

    Raises:
        TypeError: when it is no string.
        ValueError: when it is another one.
    """
    choices = tuple(choices)
    if value in choices:
        return
    problem = f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}"
    raise ValueError(problem) if isinstance(value, str) else TypeError(problem)


def no_unknown(unknown: Iterable[str], known: Iterable[str], *, of: str) -> None:
    """Refuse keywords that nobody knows, and suggest the nearest that somebody does.

    Raises:
        TypeError: when there is any.
    """
    known = sorted(known)
    for name in unknown:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise TypeError(f"{of} has no parameter {name!r}.{hint} It takes: {', '.join(known)}.")


def is_encodable(text: str) -> bool:
    """Return whether a string can be sent: half of a surrogate pair can't be written as UTF-8.

    >>> is_encodable("Ünï ☂"), is_encodable("\\ud83d")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
