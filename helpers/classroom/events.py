"""What a learner's notebook tells the board: a guess, a measured number, a verdict.

Never code, output, paths or names.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["guess", "measured", "check", "ready"]

LONGEST = 200  # characters of a text
MOST = 1e15  # of a guess or a measured value; it also keeps out what is not a number
_PAGE = re.compile(r"\d\d")
_KEY = re.compile(r"[\w.:-]{1,60}")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened in a learner's notebook.

    Attributes:
        kind: a "guess", the number "measured" for it, a "check" of an exercise, or whether a machine is "ready".
        page: the two digits of the page; "00" for "ready".
        key: which guess ("01-tasks") or exercise ("1.2").
        value: of a guess, or measured.
        right: of a check, or of a machine.
        text: what a guess is asked for; of a check that was not right, the first advice; what a machine lacks.
        unit: of the value.
        section: the id of the cell that explains it.
        id: 16 hexadecimal digits. The same id again is the same event.
    """

    kind: Kind
    page: str
    key: str
    value: float | None = None
    right: bool | None = None
    text: str = ""
    unit: str = ""
    section: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        """Check every field: what comes over the network is anybody's.

        Raises:
            ValueError: naming the field, what it got and what it takes.
        """
        _expect("kind", self.kind, self.kind in get_args(Kind), f"one of {', '.join(get_args(Kind))}")
        for name, pattern, takes in _PATTERNS:
            value = getattr(self, name)
            _expect(name, value, isinstance(value, str) and pattern.fullmatch(value) is not None, takes)
        numeric = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        wanted = self.kind in ("guess", "measured")
        _expect("value", self.value, numeric if wanted else self.value is None, "a number" if wanted else "nothing")
        if wanted and self.value is not None:
            _expect("value", self.value, -MOST < self.value < MOST, "less than 1e15")
        judged = self.kind in ("check", "ready")
        _expect("right", self.right, isinstance(self.right, bool) if judged else self.right is None, "yes or no")
        for name in ("text", "unit", "section"):
            value = getattr(self, name)
            fits = isinstance(value, str) and len(value) <= LONGEST and value.isprintable()
            _expect(name, value, fits, f"up to {LONGEST} printable characters")

    def to_wire(self) -> dict[str, Any]:
        """Return what goes over the network: the fields that say something."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def from_wire(cls, sent: object) -> Event:
        """Return the event that came over the network.

        Raises:
            ValueError: when it is none; the text says why.
        """
        if not isinstance(sent, Mapping):
            raise ValueError(f"an event is an object, got {sent!r:.80}")  # noqa: TRY004 - it came over the network
        if unknown := sorted(map(str, sent.keys() - _FIELDS)):
            raise ValueError(f"an event has no {unknown[0]!r:.60}; it has {', '.join(sorted(_FIELDS))}")
        if missing := sorted({"kind", "page", "key", "id"} - sent.keys()):
            raise ValueError(f"an event needs {missing[0]}")
        return cls(**sent)


_FIELDS = frozenset(Event.__dataclass_fields__)
_PATTERNS = (
    ("page", _PAGE, "two digits"),
    ("key", _KEY, "up to 60 letters, digits, dots, colons and hyphens"),
    ("id", _ID, "16 hexadecimal digits"),
)


def _expect(name: str, value: object, holds: bool, takes: str) -> None:
    if not holds:
        raise ValueError(f"{name} takes {takes}, got {value!r:.80}")


def printable(text: str) -> str:
    """Return a text as an event may carry it: one line, cut, without what can't be printed."""
    line = " ".join(text.split())
    shown = "".join(letter if letter.isprintable() else "�" for letter in line)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
