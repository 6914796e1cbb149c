"""12.2: a feed with a bounded queue for each follower, so that one that is slow costs nobody but itself."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from itertools import chain
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.hosts import soon
from helpers.exercises.lesson_12._shared import LONG_S, TELL, served, within

if TYPE_CHECKING:
    from aiohttp import web

SLOW, LEAVES, LAST = "one is slow", "one leaves", "the last word"
TEXTS, ROOM, ROUNDS = 30, 10, 100
Send = Callable[[str], Awaitable[None]]


def feed(room: int) -> tuple[Callable[[Send], Awaitable[str]], Callable[[str | None], None]]:
    followers: set[asyncio.Queue[tuple[str, str]]] = set()

    async def follow(send: Send) -> str:
        waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()  # `tell` bounds it, with room for a last word
        followers.add(waiting)
        try:
            while True:
                text, reason = await waiting.get()
                if reason:
                    return reason
                # What this does not survive: a client that takes nothing at all keeps its handler in here for ever.
                # In the service, `asyncio.timeout` around each send ends that.
                await send(text)
        finally:
            followers.discard(waiting)

    def drop(waiting: asyncio.Queue[tuple[str, str]], reason: str) -> None:
        followers.discard(waiting)
        waiting.put_nowait(("", reason))

    def tell(text: str | None) -> None:
        for waiting in tuple(followers):  # a copy: `drop` changes the set
            if text is None:
                drop(waiting, "the end")
            elif waiting.qsize() >= room:
                drop(waiting, "too slow")
            else:
                waiting.put_nowait((text, ""))

    return follow, tell


class Text(str):
    """A text of which it can be told whether anybody still has it."""


class Feed:
    """What an answer made, and what its functions raised or returned."""

    def __init__(self, made: Any) -> None:
        self.raised = ""
        self.waits = False
        self.usable = isinstance(made, tuple) and len(made) == 2 and all(map(callable, made))
        self.follow, self._tell = made if self.usable else (None, None)

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
        bench.note("waits", self.waits)
        bench.note("raised", self.raised)


def _app(feed: Feed, reasons: list[str], began: list[str]) -> web.Application:
    """Make a server that tells its clients, by events and by WebSocket."""
    from aiohttp import web

    async def follow(send: Send) -> None:
        began.append("")
        if feed.follow is not None:
            reasons.append(str(await feed.follow(send)))

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


async def _all_hear(answer: Answer, bench: Bench) -> None:
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
    feed.note(bench)


async def _slow(answer: Answer, bench: Bench) -> None:
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
        slow = asyncio.ensure_future(feed.follow(send)) if feed.follow else asyncio.ensure_future(asyncio.sleep(0))
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
        await _ended(slow)
    feed.note(bench)


async def _ended(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


async def _leaves(answer: Answer, bench: Bench) -> None:
    """One follower is cancelled, another's connection breaks: nothing may be kept for them after that."""
    made: Any = answer(ROOM)
    feed = Feed(made)
    if feed.follow is not None:

        async def sends(text: str) -> None:
            await asyncio.sleep(0)

        async def breaks(text: str) -> None:
            raise ConnectionResetError("it has left")

        cancelled, broken = (asyncio.ensure_future(feed.follow(send)) for send in (sends, breaks))
        await asyncio.sleep(0.02)
        feed.tell("hello")
        await asyncio.sleep(0.02)
        await _ended(cancelled)
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


async def _last_word(answer: Answer, bench: Bench) -> None:
    """End the feed while as many texts wait as there may: they come first."""
    made: Any = answer(ROOM)
    feed, got = Feed(made), list[str]()

    async def send(text: str) -> None:
        await asyncio.sleep(0.001)
        got.append(text)

    if feed.follow is not None:
        following = asyncio.ensure_future(feed.follow(send))
        await asyncio.sleep(0.02)
        for number in range(ROOM):
            feed.tell(f"text {number}")
        feed.tell(None)
        bench.note("reason", await within(LONG_S, asyncio.shield(following)))
        bench.note("got", got)
        await _ended(following)
    feed.note(bench)


@expectation("Three clients by events and one by WebSocket hear all texts, in order, and the end")
def _hear(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not notes["usable"]:
        return Finding("Return two functions: `return follow, tell`.", "That is not what your function returned.")
    if notes["waits"]:
        return Finding(
            "Make `tell` an ordinary function, with `put_nowait`.",
            "`tell` returned a coroutine.",
            "Who tells must not wait for who hears: a single slow follower would stop all.",
            TELL,
        )
    wanted = [f"text {number}" for number in range(TEXTS)]
    heard = notes["heard"]
    if all(one is not None and len(one) < TEXTS for one in heard) and sorted(chain.from_iterable(heard)) == sorted(
        wanted
    ):
        return Finding(
            "Give each follower a queue of its own.",
            f"Of {TEXTS} texts each was heard by one follower, and by no other.",
            "What one takes out of a queue the others do not get.",
        )
    if None in heard:
        return Finding(
            "Let `follow` return when `tell(None)` has come.",
            f"{heard.count(None)} of {len(heard)} followers waited on after the end.",
        )
    for one in heard:
        if one != wanted:
            return Finding(
                "Send each follower every text, in order.",
                f"A follower that was always there heard {len(one)} of {TEXTS} texts, and then {_cut(one)}.",
            )
    if notes["reasons"] != ["the end"] * len(heard):
        return Finding('Return "the end" when the feed has ended.', f"`follow` returned {notes['reasons'][:1]}.")
    return None


def _cut(texts: list[str]) -> str:
    return f"the last was {texts[-1]!r}" if texts else "nothing"


@expectation("One that is slow is dropped, and keeps nobody from hearing")
def _drops(evidence: Evidence) -> Found:
    if isinstance(_hear(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[SLOW].notes
    wanted = [f"text {number}" for number in range(ROUNDS + 1)]
    if notes["raised"] == "QueueFull":
        return Finding(
            "When a follower's queue is full, drop that follower, and tell the others.",
            "One follower was slow, and `tell` raised QueueFull. Those after it were not told.",
            section=TELL,
        )
    if notes["raised"] == "RuntimeError":
        return Finding(
            "Go through a copy of the followers: `for … in tuple(followers)`.",
            "One follower was dropped, and `tell` raised RuntimeError.",
            "A set must not change while a `for` goes through it.",
        )
    if notes["raised"]:
        return Finding("Let `tell` raise nothing.", f"One follower was slow, and `tell` raised {notes['raised']}.")
    if notes["heard"] != wanted:
        heard = len(notes["heard"] or [])
        return Finding(
            "Drop only the follower whose queue is full.",
            f"One follower was slow, and another heard {heard} of {ROUNDS + 1}.",
        )
    got = notes["slow got"]
    if got != wanted[: len(got)]:
        return _gap(got)
    if len(got) > ROOM + 2:
        return _unbounded(notes)
    if notes["slow ended"] != "too slow":
        return Finding(
            'When a follower has been dropped, let its `follow` return "too slow".',
            f"{ROUNDS} texts were told while a follower took one. Its `follow` "
            + ("went on waiting." if notes["slow ended"] is None else f"returned {notes['slow ended']!r}."),
            "Taken out of the set it hears no more, and does not know why. Tell it, in its queue or by an event.",
        )
    return None


def _unbounded(notes: Any) -> Finding:
    return Finding(
        "Bound what waits for one follower: when `room` texts wait, drop it.",
        f"A follower was slow, and {len(notes['slow got'])} of {ROUNDS + 1} texts waited for it.",
        "Without a bound, the memory of the service belongs to its slowest client.",
        TELL,
    )


def _gap(got: list[str]) -> Finding:
    return Finding(
        "Drop the follower, not the text.",
        f"A slow follower got {len(got)} texts, with a gap between them.",
        "Who has been dropped knows where it stopped, and can ask for what came after. Who has a gap does not know.",
        TELL,
    )


@expectation("What waits comes before the end")
def _last(evidence: Evidence) -> Found:
    if isinstance(_hear(evidence), Finding) or isinstance(_drops(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[LAST].notes
    if notes["raised"]:
        return Finding(
            "Keep room for the last word: the end, or the reason.",
            f"{ROOM} texts waited, as many as may, and `tell(None)` raised {notes['raised']}.",
            "A queue with `maxsize=room` is full when `room` texts wait in it.",
        )
    if notes["got"] != [f"text {number}" for number in range(ROOM)] or notes["reason"] != "the end":
        return Finding(
            "Send what waits before you end.",
            f"{ROOM} texts waited when the end came, and the follower got {len(notes['got'])}.",
        )
    return None


@expectation("A follower that has left is forgotten")
def _forgets(evidence: Evidence) -> Found:
    if not evidence.notes["usable"] or evidence.notes["waits"]:
        return NOT_ASKED
    notes = evidence.trials[LEAVES].notes
    if notes.get("goes on"):
        return Finding(
            "End `follow` when `send` raises.",
            "The connection of a follower broke, and `follow` went on.",
            "`send` raises ConnectionResetError when the client has gone.",
        )
    if not notes["kept"] and not notes["raised"]:
        return None
    return Finding(
        "Forget a follower however its `follow` ends: in a `finally`.",
        f"A client had left, and {notes['kept']} texts were kept for it.",
        "When its client leaves, a handler is cancelled or its `send` raises. The lines after the loop never run.",
    )


EXERCISE = Exercise(
    number="12.2",
    title="Tell those who follow",
    reference=feed,
    run=_all_hear,
    trials={SLOW: _slow, LEAVES: _leaves, LAST: _last_word},
    expectations=(_hear, _drops, _last, _forgets),
    hints=(
        "`followers` is a set of queues. `follow` makes one, adds it, and takes from it; `tell` puts into each.",
        "`tell` looks at `waiting.qsize()`. If `room` texts wait, it discards the queue and puts a last word into it.",
        "In `follow`: `try` around the loop, `finally: followers.discard(waiting)`. In `tell`: `in tuple(followers)`.",
    ),
    why="Who tells never waits, and what waits for one follower is bounded: so nobody pays for the slowest.",
    section="exercise-12-2",
    takes="function",
)
