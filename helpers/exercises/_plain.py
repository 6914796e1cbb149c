"""What travels back from the grader's process: plain data."""

from __future__ import annotations

from itertools import islice
from typing import Any

from helpers.exercises._words import clean
from helpers.exercises.evidence import Other

MOST_ITEMS = 100_000
_CHARACTERS_AN_ITEM = 100
DEEPEST = 30
LONGEST_TEXT = 500
_ATOMS = (bool, int, float, complex, str, bytes)


def plain(value: Any) -> Any:
    """Return the value as builtins alone: what is anything else becomes an `Other`. Never raises.

    Of a collection that is too large the beginning remains, and one `Other` in place of the rest.
    """
    return _Plainer().plain(value, DEEPEST)


class _Plainer:
    def __init__(self) -> None:
        self._left = MOST_ITEMS

    def plain(self, value: Any, depth: int) -> Any:
        try:
            return self._plain(value, depth)
        except Exception:  # a string of the learner's own whose `__str__` fails, say
            return Other(type(value).__name__, shown(value))

    def _plain(self, value: Any, depth: int) -> Any:
        self._left -= 1 + len(value) // _CHARACTERS_AN_ITEM if type(value) in (str, bytes) else 1
        if depth <= 0 or self._left < 0:
            return Other(type(value).__name__, "…")
        if value is None or type(value) in _ATOMS:
            return value
        if isinstance(value, dict):
            pairs = islice(dict.items(value), self._left + 1)
            whole: dict[Any, Any] = {self._key(k, depth): self.plain(v, depth - 1) for k, v in pairs}
            return whole | self._rest(dict.__len__(value) - len(whole), as_key=True)
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                own: Any = kind  # a list of the learner's own may lie about itself
                items = [self.plain(item, depth - 1) for item in islice(own.__iter__(value), self._left + 1)]
                items += self._rest(own.__len__(value) - len(items))
                return items if kind is list else tuple(items) if kind is tuple else set(map(_hashable, items))
        for atom in _ATOMS:
            if isinstance(value, atom):
                convert: Any = atom  # an IntEnum, a str of the learner's own
                return convert(value)
        return Other(type(value).__name__, shown(value))

    def _key(self, key: Any, depth: int) -> Any:
        return _hashable(self.plain(key, depth - 1))

    def _rest(self, more: int, *, as_key: bool = False) -> Any:
        """Return what stands for so many items that were left out."""
        rest = [Other("more", f"{more:,} more")] if more > 0 else []
        return dict.fromkeys(rest) if as_key else rest


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return Other(type(value).__name__, shown(value))
    return value


def shown(value: object) -> str:
    """Return the value's `repr`, cut short and fit to be shown; of one whose `repr` fails the name of its type."""
    try:
        text = repr(value)
        return clean(cut(text))
    except Exception:
        return f"<{type(value).__name__}>"


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return the text, or its beginning with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
