"""The visits of 12.5: a server with a request in flight and one that follows, when the stop comes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.hosts import HOST, soon
from helpers.exercises.lesson_12._shared import LONG_S, within

if TYPE_CHECKING:
    from aiohttp import web

WORK_S, GRACE_S, SHORT_S = 0.4, 30.0, 0.2
OVERLONG_S = 0.8  # aiohttp waits for up to twice `grace_s`, and whoever waits a second whatever it is must be seen to
TOO_LONG, CANCELLED, IN_GRACE = "it takes too long", "cancelled", "cancelled while it waits"
FAILS = "the app doesn't start"


class Store:
    """A store that takes its time; what happened to it, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.held: asyncio.Event | None = None  # what is in flight ends when this is set, whatever has become of it
        self._open = False

    async def open(self) -> None:
        await asyncio.sleep(0.01)
        self._open = True
        self.log.append("open")

    async def add(self, seconds: float) -> None:
        self._check()
        self.log.append("begin")
        if self.held is not None:
            await self.held.wait()
            self.log.append("let go")
            return
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.log.append("cut short")
            raise
        self._check()
        self.log.append("kept")

    async def close(self) -> None:
        await asyncio.sleep(0.01)
        self._open = False
        self.log.append("close")

    def _check(self) -> None:
        if not self._open:
            self.log.append("not open")
            raise RuntimeError("the store is not open")


class Followers:
    """Those who follow: each stays until `end` is called."""

    def __init__(self) -> None:
        self.there = 0
        self._end = asyncio.Event()

    @property
    def ended(self) -> bool:
        return self._end.is_set()

    def end(self) -> None:
        self._end.set()

    async def follow(self) -> None:
        self.there += 1
        try:
            await self._end.wait()
        finally:
            self.there -= 1


def _app(store: Store, followers: Followers, work_s: float) -> web.Application:
    from aiohttp import web

    async def take(request: web.Request) -> web.Response:
        await store.add(work_s)
        return web.Response(status=201)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await followers.follow()
        await response.write(b"event: end\n\n")
        return response

    app = web.Application()
    app.router.add_post("/measurements", take)
    app.router.add_get("/events", events)
    return app


class Visit:
    """One run: a server, a client with a request in flight, one that follows, and the stop."""

    def __init__(
        self, answer: Answer, bench: Bench, *, work_s: float = WORK_S, grace_s: float = GRACE_S, starts: bool = True
    ) -> None:
        self.note = bench.note
        self.store, self.followers, self.stop = Store(), Followers(), asyncio.Event()
        self._bench, self._ports, self._announced = bench, list[Any](), asyncio.Event()
        app = _app(self.store, self.followers, work_s)
        if not starts:
            app.on_startup.append(_raises)
        serving = answer(app, self.store, self.followers, self.stop, self._announce, grace_s)
        self.task: asyncio.Future[Any] = asyncio.ensure_future(serving)

    def _announce(self, port: Any) -> None:
        self._ports.append(port)
        self._announced.set()

    async def session(self) -> Any:
        """Return a client's session; None when there is no server to visit."""
        import aiohttp

        waiting = asyncio.ensure_future(self._announced.wait())
        await asyncio.wait([waiting, self.task], timeout=LONG_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.note("announced", self._ports)
        if not self._ports or not isinstance(self._ports[0], int) or self.task.done():
            return None
        session = aiohttp.ClientSession(f"http://{HOST}:{self._ports[0]}")
        self._bench.sessions.append(session)
        return session

    async def elsewhere(self) -> bool:
        """Tell whether it answers on an address that nobody has asked for: every 127.x.y.z is this machine's own."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.2", self._ports[0])
        except OSError:  # so it is on macOS in any case, which has 127.0.0.1 alone
            return False
        writer.close()
        return True

    async def refuses(self) -> bool:
        """Tell whether a new client is turned away, now or in a moment."""
        for _ in range(15):
            try:
                _, writer = await asyncio.open_connection(HOST, self._ports[0])
            except OSError:
                return True
            writer.close()
            await asyncio.sleep(0.02)
        return False

    async def end(self) -> None:
        """Note how it ended, and end it where it has not."""
        self.followers.end()
        done, _ = await asyncio.wait([self.task], timeout=LONG_S)
        self.note("returned", bool(done))
        self.task.cancel()
        await asyncio.wait([self.task])
        self.note("log", list(self.store.log))
        if not self.task.cancelled() and (error := self.task.exception()) is not None:
            self.note("raised", f"{type(error).__name__}: {error}".rstrip(": "))


async def _raises(app: web.Application) -> None:
    raise OSError("no such file: templates")


async def _posted(session: Any) -> Any:
    import aiohttp

    try:
        async with session.post("/measurements", data="21.5") as response:
            return int(response.status)
    except aiohttp.ClientError as error:
        return type(error).__name__


async def _followed(session: Any) -> str:
    import aiohttp

    try:
        async with session.get("/events") as response:
            return str((await response.read()).decode())
    except aiohttp.ClientError as error:
        return type(error).__name__


async def stops(answer: Answer, bench: Bench) -> None:
    visit = Visit(answer, bench)
    try:
        if (session := await visit.session()) is None:
            return
        bench.note("first", await within(LONG_S, _posted(session)))
        bench.note("elsewhere", await visit.elsewhere())
        await asyncio.wait([visit.task], timeout=0.05)
        bench.note("early", visit.task.done())
        following = asyncio.ensure_future(_followed(session))
        working = asyncio.ensure_future(_posted(session))
        await soon(lambda: visit.store.log.count("begin") == 2 and visit.followers.there == 1)
        bench.note("gone", visit.task.done())
        visit.stop.set()
        bench.note("refuses", await visit.refuses())
        bench.note("answer", await within(LONG_S, working))
        bench.note("told", visit.followers.ended)
        bench.note("followed", await within(LONG_S, following))
    finally:
        await visit.end()


async def too_long(answer: Answer, bench: Bench) -> None:
    """What is in flight takes four times as long as there is."""
    visit = Visit(answer, bench, work_s=OVERLONG_S, grace_s=SHORT_S)
    try:
        if (session := await visit.session()) is None:
            return
        working = asyncio.ensure_future(_posted(session))
        await soon(lambda: "begin" in visit.store.log)
        visit.stop.set()
        done, _ = await asyncio.wait([visit.task], timeout=LONG_S * 2)
        bench.note("in time", bool(done))
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    finally:
        await visit.end()


async def cancelled(answer: Answer, bench: Bench) -> None:
    """Cancel it, as Ctrl-C does where there are no signal handlers."""
    visit = Visit(answer, bench)
    try:
        if await visit.session() is None:
            return
        visit.task.cancel()
        await asyncio.wait([visit.task], timeout=LONG_S)
        if visit.task.done():
            bench.note("swallowed", not visit.task.cancelled())
            bench.note("listens", not await visit.refuses())
    finally:
        await visit.end()


async def in_grace(answer: Answer, bench: Bench) -> None:
    """Cancel it while it waits for a request in flight: somebody presses Ctrl-C again."""
    visit = Visit(answer, bench)
    visit.store.held = asyncio.Event()
    try:
        if (session := await visit.session()) is None:
            return
        working = asyncio.ensure_future(_posted(session))
        await soon(lambda: "begin" in visit.store.log)
        visit.stop.set()
        await soon(lambda: visit.followers.ended)
        await asyncio.wait([visit.task], timeout=0.05)
        visit.task.cancel()
        await asyncio.wait([visit.task], timeout=LONG_S)
        bench.note("ended", visit.task.done())
        bench.note("closed", "close" in visit.store.log)
        visit.store.held.set()
        await soon(lambda: "let go" in visit.store.log)
        working.cancel()
        await asyncio.wait([working])
    finally:
        await visit.end()


async def fails(answer: Answer, bench: Bench) -> None:
    """Something raises while the app starts, after the store has been opened."""
    visit = Visit(answer, bench, starts=False)
    try:
        await asyncio.wait([visit.task], timeout=LONG_S)
    finally:
        await visit.end()
