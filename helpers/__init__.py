"""Asyncio, Measured: what the lessons import.

    from helpers import Timeline, chart, check, hint, predict, quiz, services, side_by_side, solution

`services` is the mock internet, `Timeline` shows what the event loop did, `side_by_side` compares several, `chart` sets
measurements against limits, `explore` puts sliders on an experiment. `predict` keeps a guess for after the run, `quiz`
asks at the end. `check` runs an answer to an exercise, `hint` and `solution` help with it. `legacy` is a blocking
client library as one meets it at work; `lesson` is what a notebook page needs. `join` and `leave` are
for a class with an instructor.

Each is imported when it is first asked for: every worker process that a lesson spawns imports this package too, and
most of them ask for nothing (0.1 s of processor time saved in each).
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here, before an import below fails in words that help nobody
    raise ImportError(
        f"The course needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}). "
        "Make the virtual environment with a newer Python, or choose another kernel."
    )

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import services
    from .exercises import check, hint, solution
    from .lesson.charts import chart
    from .lesson.explore import explore
    from .lesson.joining import join, leave
    from .lesson.predict import predict
    from .lesson.quiz import quiz
    from .timeline import Timeline, side_by_side

__all__ = [
    "Timeline",
    "chart",
    "check",
    "explore",
    "hint",
    "join",
    "leave",
    "predict",
    "quiz",
    "services",
    "side_by_side",
    "solution",
]

_HOMES = {
    "Timeline": "helpers.timeline",
    "side_by_side": "helpers.timeline",
    "chart": "helpers.lesson.charts",
    "check": "helpers.exercises",
    "explore": "helpers.lesson.explore",
    "hint": "helpers.exercises",
    "join": "helpers.lesson.joining",
    "leave": "helpers.lesson.joining",
    "predict": "helpers.lesson.predict",
    "quiz": "helpers.lesson.quiz",
    "solution": "helpers.exercises",
}


def __dir__() -> list[str]:
    return [*globals(), *__all__]  # what `helpers.<Tab>` shows in a notebook


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "services":
        return import_module("helpers.services")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
