"""What a check has to say about an answer: what to do about it first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an answer.

    Attributes:
        advice: what to do, as an order: "Let only 3 run at a time."
        seen: what was observed, in the learner's terms: "The service saw 12 requests at once."
        belief: the likely misconception, put right: "`gather` starts everything it is given."
        section: where the lesson explains it, as the anchor of a heading ("Three-waits-at-the-price-of-one"); empty
            for the exercise's own section.
    """

    advice: str
    seen: str
    belief: str = ""
    section: str = ""
