"""The channel of 5.2: a WebSocket that cuts its clients off and refuses them, as its plan says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ends_when_cancelled
from helpers.exercises.exercise import Answer, Run
from helpers.exercises.hosts import site, soon

if TYPE_CHECKING:
    from aiohttp import web

MEANWHILE = 3  # messages that are published while a client is cut off
ENOUGH = 10  # connections


@dataclass(frozen=True)
class Plan:
    """How a feed treats its clients: what a connection carries, when how many of them are refused, when one stays."""

    a_connection: int
    refused_after: int  # connections
    refusals: int
    last: int | None = None  # the highest id that there is; the connection that has it is not cut


class Feed:
    """A feed of numbered messages that cuts every connection after a few, and refuses some."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.sent = 0  # the highest id that any connection was sent
        self.accepted = 0
        self.closed = 0  # connections that the client has closed
        self.refused_at: list[float] = []
        self.asked_after: list[str] = []

    async def connect(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        plan = self._plan
        if self.accepted == plan.refused_after and len(self.refused_at) < plan.refusals:
            self.refused_at.append(time.perf_counter())
            return web.Response(status=503, text="back in a moment")
        after = request.query.get("after", "")
        self.asked_after.append(after)
        begin = int(after) if after.isdecimal() else self.sent + (MEANWHILE if self.accepted else 0)
        self.accepted += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        last = begin + plan.a_connection
        if plan.last is not None:
            last = min(last, plan.last)
        if self.accepted <= ENOUGH:
            for number in range(begin + 1, last + 1):
                await socket.send_json({"id": number, "data": f"message {number}"})
            self.sent = max(self.sent, last)
        if self.accepted > ENOUGH or last == plan.last:  # it gets nowhere, or has all there is: nothing more comes
            async for _ in socket:
                pass
            self.closed += 1
        elif request.transport is not None:
            request.transport.abort()  # cut off, without a word
        return socket


def collected(plan: Plan, count: int) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        feed = Feed(plan)
        async with site(bench, "/channel", feed.connect) as session:
            try:
                result = await answer(session, count)
                if plan.last is not None:
                    bench.note("closed", await soon(lambda: feed.closed > 0))
                return result
            finally:
                bench.note("connections", feed.accepted)
                bench.note("refused", feed.refused_at)
                bench.note("after", feed.asked_after)
                bench.note("sent", feed.sent)

    return run


async def cancelled(answer: Answer, bench: Bench) -> None:
    """Cancel the answer while it waits for a message, and note whether it ends."""
    feed = Feed(Plan(a_connection=3, refused_after=0, refusals=1, last=3))
    async with site(bench, "/channel", feed.connect) as session:
        collecting = asyncio.ensure_future(answer(session, 20))
        await soon(lambda: feed.sent == 3 or collecting.done())
        await asyncio.sleep(0.05)  # it has read them
        bench.note("waited", not collecting.done())
        bench.note("ended", await ends_when_cancelled(collecting))
