"""Asyncio, Measured: what the lessons import.

    from helpers import Timeline, chart, services, side_by_side

`services` is the mock internet, `Timeline` shows what the event loop did, `side_by_side` compares several, `chart` sets
measurements against limits, `explore` puts sliders on an experiment. `legacy` is a blocking client library as one meets
it at work; `lesson` is what a notebook page needs.

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
    from .lesson.charts import chart
    from .lesson.explore import explore
    from .timeline import Timeline, side_by_side

__all__ = ["Timeline", "chart", "explore", "services", "side_by_side"]

_HOMES = {
    "Timeline": "helpers.timeline",
    "side_by_side": "helpers.timeline",
    "chart": "helpers.lesson.charts",
    "explore": "helpers.lesson.explore",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "services":
        return import_module("helpers.services")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
