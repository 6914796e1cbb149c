"""What a class hears of a check: which exercise, right or not, and which advice. Nothing of the answer itself."""

from __future__ import annotations

import re
from functools import lru_cache

from helpers import _told
from helpers.exercises.exercise import Exercise, of_lesson
from helpers.exercises.grader import Verdict
from helpers.exercises.helping import source

# What an advice quotes: code, or a text in quotes. It may come from the answer.
_QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|“[^”]*”")


def tell(verdict: Verdict) -> None:
    """Tell whoever listens what became of a check. Nobody does, unless a class was joined."""
    exercise = verdict.exercise
    finding = verdict.findings[0] if verdict.findings else None
    _told.tell(
        "check",
        page=exercise.number.partition(".")[0].zfill(2),
        key=exercise.number,
        right=verdict.right,
        text="" if finding is None else impersonal(finding.advice, exercise),
        section=exercise.section if finding is None else finding.section or exercise.section,
    )


def impersonal(advice: str, exercise: Exercise) -> str:
    """Return an advice in which whatever it quotes and the exercise does not know is left out.

    >>> from helpers.exercises.exercise import find
    >>> impersonal("Await `fetch(session, city)`, not `my_secret_name`.", find("1.1"))
    'Await `fetch(session, city)`, not `…`.'
    """
    known = _known(exercise.number)
    return _QUOTED.sub(
        lambda quoted: quoted[0] if _is_known(quoted[0][1:-1], known) else f"{quoted[0][0]}…{quoted[0][-1]}", advice
    )


def _is_known(text: str, known: frozenset[str]) -> bool:
    return set(re.findall(r"\w+", text)) <= known


@lru_cache(maxsize=64)
def _known(number: str) -> frozenset[str]:
    """Return every word that the exercise's own texts use, and those that everybody uses."""
    texts = [COMMON]
    for exercise in of_lesson(number.partition(".")[0].zfill(2)):
        if exercise.number == number:
            texts += [source(exercise), exercise.title, exercise.why, *exercise.hints]
    return frozenset(re.findall(r"\w+", " ".join(texts)))


COMMON = """
async await def return with for in if else try except finally raise None True False lambda yield self cls
asyncio run run_until_complete gather create_task ensure_future TaskGroup sleep wait wait_for timeout shield
as_completed Task Future Semaphore Lock Event Queue Condition to_thread run_in_executor get_running_loop result
exception cancel done time threading session get json response aiohttp ClientSession requests ThreadPoolExecutor
ProcessPoolExecutor isinstance list dict tuple set
"""
