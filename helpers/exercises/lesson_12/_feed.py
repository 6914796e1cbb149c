"""The visits of 12.2: clients that follow, one that is slow, one that leaves."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.hosts import soon
from helpers.exercises.lesson_12._shared import LONG_S, served, within

if TYPE_CHECKING:
    from aiohttp import web

SLOW, LEAVES, LAST, NEXT = "one is slow", "one leaves", "the last word", "one text too many"
TEXTS, ROOM, ROUNDS = 30, 10, 100
Send = Callable[[str], Awaitable[None]]


class Text(str):
    """A text of which it can be told whether anybody still has it."""


class Feed:
    """What an answer made, and what its functions raised or returned."""

    def __init__(self, made: Any) -> None:
        self.raised = ""
        self.waits = self.plain = False
        self.sent: list[str] = []  # by the handlers of `_app`: what each was given to send
        self.error: Exception | None = None  # of `follow`; a handler's own would only break its client's connection
        self.usable = isinstance(made, tuple) and len(made) == 2 and all(map(callable, made))
        self.follow: Any = made[0] if self.usable else None
        self._tell: Any = made[1] if self.usable else None

    async def serve(self, send: Send) -> Any:
        """Let `follow` serve one follower, and return what it does; note what can't be awaited."""
        made = self.follow(send) if self.follow else None
        if inspect.isawaitable(made):
            return await made
        self.plain = self.usable
        return None

    def tell(self, text: str | None) -> None:
        if self._tell is None or self.waits:
            return
        try:
            made = self._tell(text)
        except Exception as error:
            self.raised = self.raised or type(error).__name__
            return
        if asyncio.iscoroutine(made):
            made.close()
            self.waits = True

    def note(self, bench: Bench) -> None:
        bench.note("usable", self.usable)
        bench.note("plain", self.plain)
        bench.note("waits", self.waits)
        bench.note("raised", self.raised)


def _app(feed: Feed, reasons: list[str], began: list[str]) -> web.Application:
    """Make a server that tells its clients, by events and by WebSocket."""
    from aiohttp import web

    async def follow(send: Send) -> None:
        began.append("")

        async def noted(text: str) -> None:
            feed.sent.append(str(text))
            await send(text)

        try:
            reasons.append(str(await feed.serve(noted)))
        except Exception as error:
            feed.error = feed.error or error

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def send(text: str) -> None:
            await response.write(f"data: {text}\n\n".encode())

        await follow(send)
        return response

    async def socket(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await follow(response.send_str)
        await response.close()
        return response

    app = web.Application()
    app.router.add_get("/events", events)
    app.router.add_get("/socket", socket)
    return app


async def _hears(session: Any) -> list[str]:
    async with session.get("/events") as response:
        return [line.decode().strip()[6:] async for line in response.content if line.startswith(b"data: ")]


async def _hears_by_websocket(session: Any) -> list[str]:
    async with session.ws_connect("/socket") as socket:
        return [str(message.data) async for message in socket]


async def all_hear(answer: Answer, bench: Bench) -> None:
    made: Any = answer(ROOM)
    feed, reasons, began = Feed(made), list[str](), list[str]()
    async with served(bench, _app(feed, reasons, began)) as session:
        hearing = [asyncio.ensure_future(_hears(session)) for _ in range(3)]
        hearing.append(asyncio.ensure_future(_hears_by_websocket(session)))
        await soon(lambda: len(began) == len(hearing))
        await asyncio.sleep(0.02)
        for number in range(TEXTS):
            feed.tell(f"text {number}")
            await asyncio.sleep(0.002)
        feed.tell(None)
        done, late = await asyncio.wait(hearing, timeout=LONG_S)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        bench.note("heard", [one.result() if one in done else None for one in hearing])
    bench.note("reasons", reasons)
    bench.note("sent", sorted(feed.sent))
    feed.note(bench)
    if feed.error is not None:
        raise feed.error


async def slow(answer: Answer, bench: Bench) -> None:
    """One client over HTTP that reads, and a follower whose send takes its time."""
    made: Any = answer(ROOM)
    feed, reasons, began = Feed(made), list[str](), list[str]()
    released, got = asyncio.Event(), list[str]()

    async def send(text: str) -> None:
        await released.wait()
        got.append(text)

    async with served(bench, _app(feed, reasons, began)) as session:
        hearing = asyncio.ensure_future(_hears(session))
        await soon(lambda: bool(began))
        slow = asyncio.ensure_future(feed.serve(send))
        await asyncio.sleep(0.02)
        for number in range(ROUNDS):
            feed.tell(f"text {number}")
            for _ in range(4):
                await asyncio.sleep(0)
        released.set()
        bench.note("slow ended", await within(LONG_S / 3, asyncio.shield(slow)))
        feed.tell(f"text {ROUNDS}")
        await asyncio.sleep(0.02)
        bench.note("slow got", got)
        feed.tell(None)
        bench.note("heard", await within(LONG_S, hearing))
        bench.note("reasons", reasons)
        await _ended(slow)
    feed.note(bench)


async def _ended(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


async def leaves(answer: Answer, bench: Bench) -> None:
    """One follower is cancelled, another's connection breaks: nothing may be kept for them after that."""
    made: Any = answer(ROOM)
    feed = Feed(made)
    if feed.follow is not None:

        async def sends(text: str) -> None:
            await asyncio.sleep(0)

        async def breaks(text: str) -> None:
            raise ConnectionResetError("it has left")

        cancelled, broken = (asyncio.ensure_future(feed.serve(send)) for send in (sends, breaks))
        await asyncio.sleep(0.02)
        feed.tell("hello")
        await asyncio.sleep(0.02)
        await _ended(cancelled)
        bench.note("swallowed", not cancelled.cancelled() and cancelled.exception() is None)
        broken_ended = broken.done()
        if not broken_ended:
            bench.note("goes on", True)
        await _ended(broken)
        texts = [Text(f"text {number}") for number in range(ROOM // 2)]
        kept = [weakref.ref(text) for text in texts]
        for text in texts:
            feed.tell(text)
        del text
        texts.clear()
        await asyncio.sleep(0)
        gc.collect()
        bench.note("kept", sum(one() is not None for one in kept))
    feed.note(bench)


async def last_word(answer: Answer, bench: Bench) -> None:
    """End the feed while as many texts wait as there may: they come first."""
    made: Any = answer(ROOM)
    feed, got = Feed(made), list[str]()

    async def send(text: str) -> None:
        await asyncio.sleep(0.001)
        got.append(text)

    if feed.follow is not None:
        following = asyncio.ensure_future(feed.serve(send))
        await asyncio.sleep(0.02)
        for number in range(ROOM):
            feed.tell(f"text {number}")
        feed.tell(None)
        bench.note("reason", await within(LONG_S, asyncio.shield(following)))
        bench.note("got", got)
        await _ended(following)
    feed.note(bench)


async def one_too_many(answer: Answer, bench: Bench) -> None:
    """One follower hangs in its first send. One more text than it has room for comes: it is dropped, and nobody else.

    Another, which came later, hears everything, an empty text as well.
    """
    made: Any = answer(ROOM)
    feed, sending, released, got = Feed(made), asyncio.Event(), asyncio.Event(), list[str]()

    async def hangs(text: str) -> None:
        sending.set()
        await released.wait()

    async def send(text: str) -> None:
        got.append(str(text))

    if feed.follow is not None:
        first = asyncio.ensure_future(feed.serve(hangs))
        await asyncio.sleep(0.02)
        second = asyncio.ensure_future(feed.serve(send))
        await asyncio.sleep(0.02)
        texts = [Text(f"text {number}" if number else "") for number in range(ROOM + 2)]
        kept = [weakref.ref(text) for text in texts[1:-1]]  # a follower may hold the last that it has sent
        for number, text in enumerate(texts):
            feed.tell(text)
            for _ in range(20):
                await asyncio.sleep(0)
            if not await soon(lambda: len(got) > number and sending.is_set()):  # noqa: B023 - it is called at once
                break
        del text
        texts.clear()
        released.set()
        bench.note("dropped", await within(LONG_S / 3, asyncio.shield(first)))
        gc.collect()
        bench.note("kept", sum(one() is not None for one in kept) if first.done() else 0)
        feed.tell(None)
        await within(LONG_S / 3, asyncio.shield(second))
        bench.note("got", got)
        await _ended(first)
        await _ended(second)
    feed.note(bench)
