"""What a check has to say about an answer: what to do about it first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an answer.

    Attributes:
        advice: what to do, as an order: "Let only 3 run at a time."
        seen: what was observed, in the learner's terms: "The service saw 12 requests at once."
        belief: the likely misconception, put right: "`gather` starts everything it is given."
        section: where the lesson explains it: the id of a cell on the exercise's page ("three"), or on another page
            after its number ("06:limit"); empty for the exercise's own section.
        trial: the name of the run whose timeline shows it; empty for the first run.
    """

    advice: str
    seen: str
    belief: str = ""
    section: str = ""
    trial: str = ""


class _Question(Enum):
    NOT_ASKED = "not asked"


NOT_ASKED: Final = _Question.NOT_ASKED
"""What an expectation returns when another fault makes its question meaningless: it gets neither ✓ nor ✗."""

Found: TypeAlias = Finding | Literal[_Question.NOT_ASKED] | None
"""What an expectation returns: a `Finding` when it does not hold, None when it holds (a ✓), or `NOT_ASKED`."""
