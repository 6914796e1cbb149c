"""The service itself: what it answers, how it shows its health, and how it stops."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web
from followers import Follower, Followers
from rate import Rate
from settings import Settings
from store import Kept, Measurement, Store
from upstream import Upstream

EVENT_STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
STOPS, DEAF, CODES = "the service stops", "does not read", {"the service stops": 1001, "too slow": 1013}


class Service:
    """Takes measurements, keeps them, and tells those who follow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._followers = Followers(settings.behind)
        self._store = Store(settings, self._followers.tell)
        self._rate = Rate(settings.per_s, settings.burst)
        self._upstream = Upstream(settings, self._store.add)
        self._in_flight, self._stopping, self._lags = 0, False, [0.0]

    async def run(self, stop: asyncio.Event, announce: Callable[[str], None]) -> None:
        """Serve until `stop` is set, then stop cleanly; a bug in a background task does the same, and is raised."""
        app = web.Application(client_max_size=self._settings.body_bytes)
        app.router.add_post("/measurements", self._take)
        for path, handler in {"/events": self._events, "/socket": self._socket, "/health": self._health}.items():
            app.router.add_get(path, handler)
        app.on_response_prepare.append(self._last_answer)
        app.on_cleanup.append(lambda _: self._store.close())  # when nothing is in flight any more
        await self._store.open()
        # A handler whose client has left is cancelled: a follower that is gone leaves nothing behind.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=self._settings.grace_s)
        try:
            await runner.setup()
            await web.TCPSite(runner, self._settings.host, self._settings.port, backlog=1024).start()
            async with asyncio.TaskGroup() as background:
                tasks = [background.create_task(self._watch_lag()), background.create_task(self._upstream.poll())]
                announce("http://{}:{}".format(*runner.addresses[0][:2]))
                await stop.wait()
                for task in tasks:
                    task.cancel()
        finally:
            self._stopping = True
            for site in runner.sites:
                await site.stop()  # nobody new
            await asyncio.sleep(self._settings.linger_s)
            for follower in tuple(self._followers.all):
                self._followers.drop(follower, STOPS)
            await runner.cleanup()  # waits for what is in flight

    async def _last_answer(self, _: web.Request, response: web.StreamResponse) -> None:
        if self._stopping:
            response.force_close()
            response.headers["Connection"] = "close"  # tells the client that this connection ends

    async def _take(self, request: web.Request) -> web.Response:
        if wait_s := self._rate.wait_s(request.remote or ""):
            return _refusal(429, "too many requests from your address", wait_s)
        if self._in_flight >= self._settings.at_once:
            return _refusal(503, "too many requests at once")
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._settings.answer_s):
                id = await self._store.add(Measurement.parse(await request.read()))
        except (ValueError, web.RequestPayloadError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except (TimeoutError, asyncio.QueueFull, sqlite3.Error):
            return _refusal(503, "it could not be kept in time: send it again, with the same key")
        finally:
            self._in_flight -= 1
        told = {"id": id} if id else {"error": "another measurement has this key"}
        return web.json_response(told, status=201 if id else 409)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after = request.headers.get("Last-Event-ID", request.query.get("after", ""))
        with self._room().joined() as follower, suppress(ConnectionError):  # it has left
            response = web.StreamResponse(headers=EVENT_STREAM)
            await response.prepare(request)
            async for batch in self._told(follower, after):
                told = "".join(f"id: {id}\ndata: {text}\n\n" for id, text in batch) or ": still here\n\n"
                await self._in_time(request, follower, response.write(told.encode()))
            await self._in_time(request, follower, response.write(f"event: end\ndata: {follower.reason}\n\n".encode()))
        return response

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        with self._room().joined() as follower:
            # Compressed, each would need 100 KiB more.
            ws = web.WebSocketResponse(heartbeat=self._settings.silence_s, max_msg_size=1024, timeout=1, compress=False)
            await ws.prepare(request)
            sending = asyncio.create_task(self._send(request, ws, follower))
            try:
                async for _ in ws:  # we need nothing that they say, but reading shows when they leave
                    pass
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        return ws

    async def _send(self, request: web.Request, ws: web.WebSocketResponse, follower: Follower) -> None:
        try:
            async for batch in self._told(follower, request.query.get("after", "")):
                for _, text in batch:
                    await self._in_time(request, follower, ws.send_str(text))
        finally:  # however it ends: nobody must wait for what never comes
            await ws.close(code=CODES.get(follower.reason, 1011), message=follower.reason.encode())

    def _room(self) -> Followers:
        if self._stopping or len(self._followers.all) >= self._settings.followers:
            raise web.HTTPServiceUnavailable(text="too many followers, or stopping", headers={"Retry-After": "5"})
        return self._followers

    async def _told(self, follower: Follower, after: str) -> AsyncIterator[list[Kept]]:
        """Yield what was kept after an id, if one is given, then all that is new; an empty list means a sign of life.

        The follower has joined before the history is read, so no measurement falls between the two.
        """
        last, seen = (int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None), 0
        while last is not None and (page := await self._store.after(last)):
            last = seen = page[-1][0]
            yield page
            if follower.reason == STOPS:  # it comes back with its last id, and reads on
                return
        while not follower.reason or follower.waiting:
            yield [one for one in await follower.take(self._settings.silence_s) if one[0] > seen]

    async def _in_time(self, request: web.Request, follower: Follower, sending: Awaitable[None]) -> None:
        """Wait until it is sent, for `write_s` at most: a follower that reads nothing at all is cut off."""
        try:
            async with asyncio.timeout(self._settings.write_s):
                await sending
        except TimeoutError:
            self._followers.drop(follower, DEAF)
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError from None

    async def _health(self, request: web.Request) -> web.Response:
        since_s, troubled = self._upstream.succeeded_s, self._upstream.failures or self._store.error
        told = {
            "status": "stopping" if self._stopping else "degraded" if troubled else "ok",
            "lag_ms": round(max(self._lags) * 1000, 1),  # the longest of the last 10 s: how late everything is
            "in_flight": self._in_flight,
            "waiting": self._store.waiting.qsize(),
            "commits": self._store.commits,
            "failed_commits": self._store.failures,
            "store_error": self._store.error,
            "followers": len(self._followers.all),
            "deepest": max((len(one.waiting) for one in self._followers.all), default=0),
            "dropped": self._followers.dropped,
            "upstream_age_s": since_s and round(time.monotonic() - since_s, 1),
            "upstream_failures": self._upstream.failures,
            "upstream_error": self._upstream.error,
        }
        # A 503 takes us out of the load balancer. An upstream that fails is not a reason for that.
        return web.json_response(told, status=503 if self._stopping else 200)

    async def _watch_lag(self) -> None:
        while True:
            due = time.monotonic() + 0.25
            await asyncio.sleep(0.25)
            self._lags = [*self._lags[-39:], time.monotonic() - due]


def _refusal(status: int, why: str, wait_s: int = 1) -> web.Response:
    return web.json_response({"error": why}, status=status, headers={"Retry-After": str(wait_s)})
