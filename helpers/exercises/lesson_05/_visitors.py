"""The visitors of 5.3: they come, hear what is published, and leave one after another."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence

import aiohttp
from aiohttp import web

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer, Run
from helpers.exercises.hosts import PATIENCE_S, site, soon


def texts_of(stream: bytes) -> list[str]:
    """Return the data of each whole event in a stream; comments and other fields are passed over."""
    found: list[str] = []
    data: list[str] = []
    for line in re.split("\r\n|\r|\n", stream.decode(errors="replace"))[:-1]:  # the last is not a line yet
        name, _, value = line.partition(":")
        if not line and data:
            found.append("\n".join(data))
            data = []
        elif name == "data":
            data.append(value.removeprefix(" "))
    return found


class Visitor:
    """One client of the stream: what it has been sent, and how it leaves."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.got = b""

    async def hears(self, text: str) -> bool:
        """Tell whether the next event comes within a moment, and is this text; `got` is what came."""
        self.got = b""
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(PATIENCE_S):
                while not (self.got.endswith((b"\n\n", b"\r\r", b"\n\r\n")) and texts_of(self.got)):
                    piece = await self._response.content.readany()
                    if not piece:
                        break
                    self.got += piece
        return texts_of(self.got) == [text]

    def leaves(self) -> None:
        """Close the connection, in the middle of the answer."""
        self._response.close()


class Visit:
    """What the check does: some visitors come, hear each text, and leave one after another."""

    def __init__(self, bench: Bench, texts: Sequence[str], visitors: int) -> None:
        self._bench = bench
        self._texts = texts
        self._visitors = visitors
        self._queues: set[asyncio.Queue[str]] = set()
        self._raised: list[BaseException] = []

    async def __call__(self, answer: Answer) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                response = await answer(request, self._queues)
            except Exception as error:  # a server would write it to its log
                self._raised.append(error)
                raise
            self._bench.note("returned", type(response).__name__)
            return response  # type: ignore[no-any-return]

        async with site(self._bench, "/events", handle) as session:
            await self._visit(session)
        if self._raised:
            raise self._raised[0]

    async def _visit(self, session: aiohttp.ClientSession) -> None:
        note = self._bench.note
        async with contextlib.AsyncExitStack() as stack:
            visitors = []
            for number in range(self._visitors):
                visitor = await self._comes(session, stack)
                note("joined", await soon(lambda number=number: len(self._queues) == number + 1))  # type: ignore[misc]
                note("queues", len(self._queues))
                if visitor is None or not self._bench.notes["joined"]:
                    return
                visitors.append(visitor)
            for text in self._texts:
                self._publish(text)
                for visitor in visitors:
                    if not await visitor.hears(text):
                        note("unheard", (text, visitor.got))
                        return
            note("unheard", None)
            for left in range(len(visitors) - 1, -1, -1):
                visitors.pop().leaves()
                note("noticed", await soon(lambda left=left: len(self._queues) == left))  # type: ignore[misc]
                if not self._bench.notes["noticed"]:
                    note("too few", len(self._queues) < left)
                    return
                self._publish(f"{left} left")
                for visitor in visitors:
                    if not await visitor.hears(f"{left} left"):
                        note("unheard", (f"{left} left", visitor.got))
                        return

    async def _comes(self, session: aiohttp.ClientSession, stack: contextlib.AsyncExitStack) -> Visitor | None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                response = await session.get("/events")
        except TimeoutError:
            self._bench.note("type", None)
            return None
        stack.callback(response.close)
        self._bench.note("type", response.content_type if response.status == 200 else str(response.status))
        return Visitor(response)

    def _publish(self, text: str) -> None:
        for queue in list(self._queues):
            queue.put_nowait(text)


def visited(texts: Sequence[str], visitors: int) -> Run:
    async def run(answer: Answer, bench: Bench) -> None:
        await Visit(bench, texts, visitors)(answer)

    return run
