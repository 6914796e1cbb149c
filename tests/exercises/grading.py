"""What the tests of each lesson's exercises have in common."""

from __future__ import annotations

from helpers.exercises import spare
from helpers.exercises.exercise import find
from helpers.exercises.grader import Verdict, grade
from tests.exercises.answers import Right, Wrong


def verdict_of(one: Right | Wrong) -> Verdict:
    """Check an answer as `check` does; meanwhile the process for the next one starts, for answers mostly wait."""
    spare.warm_up(2)
    return grade(find(one.number), one.answer)


def seen(verdict: Verdict) -> str:
    """Return the findings for a failing test to show."""
    return "\n".join(f"{finding.advice} {finding.seen}" for finding in verdict.findings) or "nothing is wrong"
