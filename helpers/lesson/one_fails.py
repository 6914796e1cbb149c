"""Several requests together, one of which fails: what becomes of the others, as the service saw it (page 02)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.services import HttpService, Journal
from helpers.timeline import Timeline

if TYPE_CHECKING:
    import aiohttp

Together = Callable[["aiohttp.ClientSession"], Awaitable[None]]


@dataclass(frozen=True)
class OneFails:
    """How a run ended in which one request failed.

    Attributes:
        timeline: of the run, and of `after_s` more.
        raised: the name of what came out.
        journal: what the service saw.
    """

    timeline: Timeline
    raised: str
    journal: Journal

    @property
    def answered(self) -> int:
        """How many of the other requests were answered in full."""
        return sum(entry.outcome == "ok" for entry in self.journal)

    @property
    def for_nobody_s(self) -> float:
        """For how many seconds the service worked on the others after it had refused the one, all of them added up.

        Raises:
            ValueError: when it has refused none.
        """
        failed_ns = min(entry.last_byte_ns or 0 for entry in self.journal if entry.outcome in ("refused", "failed"))
        return sum(max(0, (entry.last_byte_ns or failed_ns) - failed_ns) for entry in self.journal) / 1e9

    def __str__(self) -> str:
        return f"{self.timeline.title}: raised {self.raised}; of the others {self.answered} were answered in full"


async def one_fails(
    together: Together,
    api: HttpService,
    title: str,
    *,
    after_s: float = 0.4,
    show: bool = True,
) -> OneFails:
    """Run requests of which one fails, then wait as a program does that goes on with something else.

    Args:
        together: starts the requests with the session it gets, and raises what comes out.
        api: what they ask.
        title: of the picture.
        after_s: how long the program goes on.
        show: whether to show the picture.
    """
    import aiohttp

    raised, began_ns = "nothing", time.perf_counter_ns()
    async with (
        aiohttp.ClientSession(api.url) as session,
        Timeline(title, watch=[api], show=show) as timeline,
    ):
        try:
            await together(session)
        except Exception as error:
            raised = type(error).__name__
        await asyncio.sleep(after_s)
    return OneFails(timeline, raised, api.journal(since_ns=began_ns))
