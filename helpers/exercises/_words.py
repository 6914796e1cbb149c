"""Small words: articles, plurals, lists, lines."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable


def clean(text: str) -> str:
    """Return a text that can be shown anywhere: what is no character, or controls a terminal, is written out."""
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\n\t\u200c\u200d" or not unicodedata.category(character).startswith("C"):
        return character
    return character.encode("unicode_escape").decode()


def at(line: tuple[int, str] | None) -> str:
    """Return where something happened: " in line 3, `x = y`"; nothing, when that is not known."""
    if line is None:
        return ""
    return f" in line {line[0]}, `{line[1]}`" if line[1] else f" in line {line[0]}"


def a(noun: str) -> str:
    """Return the noun with its article."""
    return f"{'an' if noun.lstrip('`')[:1].lower() in 'aeiou' else 'a'} {noun}"


def times(n: int) -> str:
    """Return "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def count(n: int, noun: str) -> str:
    """Return the number with the noun: "1 task", "3 processes"."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n} {noun if n == 1 else plural}"


def listed(items: Iterable[str]) -> str:
    """Return the first three different items, with how often each comes."""
    counts = Counter(items)
    shown = [f"`{name}`" + (f" (×{n})" if n > 1 else "") for name, n in list(counts.items())[:3]]
    return ", ".join(shown) + (" and others" if len(counts) > 3 else "")
