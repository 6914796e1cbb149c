"""Asyncio, Measured: what the lessons import.

    from helpers import Timeline, chart, services, side_by_side

`services` is the mock internet, `Timeline` shows what the event loop did, `side_by_side` compares several, `chart` sets
measurements against limits. `legacy` is a blocking client library as one meets it at work; `lesson` is what a notebook
page needs.

Kept light on purpose: every worker process that a lesson spawns imports this package too.
"""

from . import services
from .lesson.charts import chart
from .timeline import Timeline, side_by_side

__all__ = ["Timeline", "chart", "services", "side_by_side"]
