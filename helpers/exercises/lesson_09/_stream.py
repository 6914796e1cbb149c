"""The streams of 9.2: events that break off or end where a plan says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ends_when_cancelled
from helpers.exercises.exercise import Answer, Run
from helpers.exercises.hosts import site, soon

if TYPE_CHECKING:
    from aiohttp import web

ENOUGH = 12  # connections
COMMENTED = (6, 12, 30, 101)


@dataclass(frozen=True)
class Plan:
    """A stream of events, and what each connection brings: how many whole events, then which part of the next."""

    events: Sequence[tuple[int, str]]
    count: int
    connections: Sequence[tuple[int, str, bool]]
    """Whole events, how the part of the next ends (nothing: no part), whether the connection breaks. After these the
    next brings all that is left, and stays."""

    @property
    def wanted(self) -> list[str]:
        return [data for _, data in self.events[: self.count]]


BREAKS = Plan(
    (
        (10, "one"),
        (12, "time: 12:30"),
        (17, "one"),
        (20, "three\nof four lines\n  indented\nlast"),
        (21, "six"),
        (30, "id: 7"),
        (31, "six"),
        (32, "eight"),
        (33, "nine"),
        (40, "ten"),
    ),
    8,
    ((3, "data: of f", True), (3, "", False)),
)
ENDS = Plan(
    (
        (5, "https://example.org:8080/a"),
        (6, ": no comment"),
        (8, "left\nright"),
        (100, "left"),
        (101, "left"),
        (102, "over"),
    ),
    5,
    ((2, "data: left\n", False), (0, "", True)),
)
"""Its first connection ends well, in the middle of an event; its second breaks before anything has come."""


def as_bytes(id: int, data: str) -> bytes:
    """Return an event as it is sent, with a comment before some, but before none that begins a connection."""
    lines = [f"data: {line}" for line in data.split("\n")]
    comment = ": still here, no data: yet\n\n" if id in COMMENTED else ""
    return (comment + "\n".join([f"id: {id}", *lines, "", ""])).encode()


class Events:
    """A stream of events that breaks off or ends where its plan says."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.last_ids: list[str] = []
        self.whole: list[int] = []  # how many whole events each connection has brought
        self.staying = 0
        self.left = 0  # connections that stayed, and were closed by the client

    async def connect(self, request: web.Request) -> web.StreamResponse:

        plan, number = self._plan, len(self.last_ids)
        last = request.headers.get("Last-Event-ID", "")
        self.last_ids.append(last)
        after = int(last) if last.isdecimal() and last.isascii() else 0
        left = [one for one in plan.events if one[0] > after]
        whole, part, breaks = plan.connections[number] if number < len(plan.connections) else (len(left), "", False)
        stays = len(plan.connections) <= number < ENOUGH
        self.staying += stays
        try:
            return await self._bring(request, left, whole, part, breaks=breaks, stays=stays)
        finally:
            self.left += stays

    async def _bring(
        self, request: web.Request, left: list[tuple[int, str]], whole: int, part: str, *, breaks: bool, stays: bool
    ) -> web.StreamResponse:
        from aiohttp import web

        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream = b"".join(as_bytes(*one) for one in left[:whole])
        if part and whole < len(left):
            following = as_bytes(*left[whole])
            end = following.find(part.encode())
            stream += following[: end + len(part)] if end >= 0 else following[:-1]
        for start in range(0, len(stream), 7):  # however the bytes come
            await response.write(stream[start : start + 7])
            await asyncio.sleep(0)
        self.whole.append(min(whole, len(left)))
        await asyncio.sleep(0.05)  # so that all of it has been read
        if breaks and request.transport is not None:
            request.transport.abort()
        elif stays:
            await asyncio.sleep(60)  # no more news; the client goes, or the deadline comes
        return response


def listened(plan: Plan) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        events = Events(plan)
        async with site(bench, "/events", events.connect) as session:
            try:
                result = await answer(session, plan.count)
                bench.note("open", not await soon(lambda: events.left == events.staying))
                return result
            finally:
                bench.note("last ids", events.last_ids)
                bench.note("whole", events.whole)

    return run


async def cancelled(answer: Answer, bench: Bench) -> None:
    """Cancel the answer while it waits for an event, and note whether it ends."""
    events = Events(Plan(ENDS.events[:2], 3, ((0, "", True),)))
    async with site(bench, "/events", events.connect) as session:
        listening = asyncio.ensure_future(answer(session, 3))
        await soon(lambda: events.staying > 0 or listening.done())
        await asyncio.sleep(0.05)  # it waits
        bench.note("waited", not listening.done())
        bench.note("ended", await ends_when_cancelled(listening))
