"""What travels back from the grader's process: plain data, and exceptions as data."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Iterator
from typing import Any

from helpers.exercises.evidence import Other, Raised

MOST_ITEMS = 100_000
_CHARACTERS_AN_ITEM = 100
DEEPEST = 30
LONGEST_TEXT = 500
_ATOMS = (bool, int, float, complex, str, bytes)


def plain(value: Any) -> Any:
    """Return the value as builtins alone: what is anything else becomes an `Other`."""
    return _Plainer().plain(value, DEEPEST)


class _Plainer:
    def __init__(self) -> None:
        self._left = MOST_ITEMS

    def plain(self, value: Any, depth: int) -> Any:
        self._left -= 1 + len(value) // _CHARACTERS_AN_ITEM if isinstance(value, (str, bytes)) else 1
        if depth <= 0 or self._left < 0:
            return Other(type(value).__name__, "…")
        if value is None or type(value) in _ATOMS:
            return value
        if isinstance(value, dict):
            return {self._key(k, depth): self.plain(v, depth - 1) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            items = [self.plain(item, depth - 1) for item in value]
            if isinstance(value, list):
                return items
            return tuple(items) if isinstance(value, tuple) else set(map(_hashable, items))
        for atom in _ATOMS:
            if isinstance(value, atom):
                convert: Any = atom  # an IntEnum, a str of the learner's own
                return convert(value)
        return Other(type(value).__name__, shown(value))

    def _key(self, key: Any, depth: int) -> Any:
        return _hashable(self.plain(key, depth - 1))


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return Other(type(value).__name__, shown(value))
    return value


def shown(value: object) -> str:
    """Return the value's `repr`, cut short; of one whose `repr` fails the name of its type."""
    try:
        text = repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
    return cut(text)


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return the text, or its beginning with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def as_data(error: BaseException, files: frozenset[str], *, depth: int = 4) -> Raised:
    """Return an exception as data; only the frames in these files (the learner's) are told."""
    inside = error.exceptions[:20] if isinstance(error, BaseExceptionGroup) and depth else ()
    frames = list(_frames(error, files))
    try:
        message = str(error)
    except Exception:
        message = ""
    return Raised(
        type=type(error).__name__,
        bases=tuple(base.__name__ for base in type(error).__mro__),
        message=cut(message),
        inside=tuple(as_data(one, files, depth=depth - 1) for one in inside),
        trace="".join(traceback.format_list(frames[-20:])),
        line=_line(frames[-1].filename, frames[-1].lineno or 0) if frames else None,
    )


def _frames(error: BaseException, files: frozenset[str]) -> Iterator[traceback.FrameSummary]:
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            yield traceback.FrameSummary(frame.f_code.co_filename, number, frame.f_code.co_name)


def _line(filename: str, number: int) -> tuple[int, str]:
    return number, linecache.getline(filename, number).strip()


def line_of(frame: Any, files: frozenset[str]) -> tuple[int, str] | None:
    """Return the innermost line of the learner's on a stack, as its number and its text."""
    while frame is not None:
        if frame.f_code.co_filename in files:
            return _line(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None
