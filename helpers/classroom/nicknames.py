"""Names for people who give none."""

from __future__ import annotations

import random
from collections.abc import Container

LONGEST = 30
_MOODS = [
    "brave",
    "bright",
    "calm",
    "clever",
    "curious",
    "early",
    "eager",
    "gentle",
    "happy",
    "keen",
    "kind",
    "lucky",
    "merry",
    "mild",
    "patient",
    "quick",
    "quiet",
    "sunny",
]
_ANIMALS = [
    "badger",
    "beaver",
    "crane",
    "dolphin",
    "falcon",
    "ferret",
    "finch",
    "fox",
    "heron",
    "ibis",
    "lynx",
    "marten",
    "otter",
    "owl",
    "raven",
    "robin",
    "seal",
    "swift",
]


def chosen(wanted: str, taken: Container[str]) -> str:
    """Return the nickname that was asked for, or one made up where none was; with a number where it is taken.

    Raises:
        ValueError: when it is longer than 30 characters, or holds what can't be printed.
    """
    name = " ".join(wanted.split())
    if len(name) > LONGEST or not name.isprintable():
        raise ValueError(f"a nickname has up to {LONGEST} printable characters")
    name = name or f"{random.choice(_MOODS)} {random.choice(_ANIMALS)}"
    one, number = name, 2
    while one in taken:
        one, number = f"{name} {number}", number + 1
    return one
