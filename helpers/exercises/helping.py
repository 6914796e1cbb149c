"""`hint` and `solution`: help with an exercise, at any time."""

from __future__ import annotations

import inspect
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.exercises.exercise import Exercise, find
from helpers.exercises.untyped import without_annotations

_shown: dict[str, int] = {}


def hint(number: str) -> None:
    """Show the next hint to an exercise; each says more than the one before.

    Raises:
        LookupError: when there is no exercise with this number, with those that there are.
    """
    exercise = find(number)
    count = len(exercise.hints)
    if not count:
        print(f'{exercise.number} has no hints; solution("{exercise.number}") shows how it can be done.')  # noqa: T201
        return
    at = min(_shown.get(exercise.number, 0) + 1, count)
    _shown[exercise.number] = at
    end = f'\nThat was the last; solution("{exercise.number}") shows how it can be done.' if at == count else ""
    print(f"{exercise.number}, hint {at} of {count}: {exercise.hints[at - 1]}{end}")  # noqa: T201


def solution(number: str) -> None:
    """Show a right answer to an exercise, and why it is right. There are others.

    Raises:
        LookupError: when there is no exercise with this number, with those that there are.
    """
    exercise = find(number)
    code = source(exercise)
    if get_ipython() is None:
        print(f"{code}\n\n{exercise.why}")  # noqa: T201 - a script has no other place
        return
    marked = f"```python\n{code}\n```\n\n{exercise.why}"
    display({"text/plain": f"{code}\n\n{exercise.why}", "text/markdown": marked}, raw=True)


def source(exercise: Exercise) -> str:
    """Return the source of the reference and of the functions that it calls, as a learner would type it."""
    if exercise.takes == "value":
        return repr(exercise.reference)
    parts: list[Any] = [*exercise.helpers, exercise.reference]
    return "\n\n\n".join(without_annotations(inspect.getsource(part)).rstrip() for part in parts)
