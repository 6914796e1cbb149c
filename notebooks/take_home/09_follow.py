"""A stream that breaks and goes on: both sides of Server-Sent Events, as a program that runs for days needs them.

    python notebooks/take_home/09_follow.py

The server here cuts a connection after four new events, on purpose. Needs aiohttp. Copy `follow` and `events` into a
client, `Feed` and what it uses into a server.
"""

import asyncio
import contextlib
import random
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

import aiohttp
from aiohttp import web

LINE_END = re.compile("\r\n|\r|\n")  # all three end a line of an event


async def follow(
    session: aiohttp.ClientSession, url: str, *, silence_s: float = 30.0, longest_pause_s: float = 30.0
) -> AsyncGenerator[tuple[str, str], None]:
    """Yield id and data of each event, once each and in order, until the server says that there will be no more.

    Comes back after each break with the last id that it has. It waits a random time, which may be longer after each
    failure: a thousand clients that were cut off at once must not come back at once. A connection on which nothing
    comes for `silence_s` counts as broken, so the server has to send something more often than that.

    Raises:
        aiohttp.ClientResponseError: when the server refuses with a status below 500. To ask again at once would not
            help; after a 429 it may help later, which is left to the caller.
    """
    last_id, failures = "", 0
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=silence_s, sock_read=silence_s)
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        try:
            async with session.get(url, headers=headers, timeout=timeout) as response:
                if response.status == 204:  # the standard's way to say: do not come back
                    return
                response.raise_for_status()
                async with contextlib.aclosing(events(response.content)) as whole:
                    async for id, data in whole:
                        last_id, failures = id or last_id, 0
                        yield last_id, data
        except aiohttp.ClientResponseError as error:
            if error.status < 500:
                raise
        except (aiohttp.ClientError, TimeoutError):
            pass  # refused, cut off, or silent for too long
        failures += 1
        await asyncio.sleep(random.uniform(0, min(longest_pause_s, 0.05 * 2 ** min(failures, 20))))


async def events(lines: aiohttp.StreamReader) -> AsyncGenerator[tuple[str, str], None]:
    """Yield id and data of each whole event; what comes of one that is cut short is thrown away."""
    id, data = "", []
    async for raw in lines:  # one that is too long raises (aiohttp 3.14: 512 KiB)
        # The last line of a stream that is cut may end within a letter.
        field, colon, value = raw.decode(errors="replace").rstrip("\r\n").partition(":")
        if field == "id":
            id = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not field and not colon and data:  # an empty line; a comment has a colon
            yield id, "\n".join(data)
            data = []


class Feed:
    """A stream of numbered events at /events, for any number of visitors."""

    def __init__(self, *, silence_s: float = 10.0, room: int = 100, cut_after: int | None = None) -> None:
        self.connections = 0
        self._last_id = 0
        self._over = False
        self._remembered: deque[tuple[int, str]] = deque(maxlen=1000)  # a visitor that missed more has lost some
        self._visitors: set[asyncio.Queue[tuple[int, str] | None]] = set()
        self._silence_s, self._room, self._cut_after = silence_s, room, cut_after

    def application(self) -> web.Application:
        """Return what a runner serves; with `handler_cancellation=True` it notices which visitors have left."""
        application = web.Application()
        application.add_routes([web.get("/events", self._events)])
        application.on_shutdown.append(self._let_go)
        return application

    def publish(self, text: str) -> None:
        """Send a text to every visitor. It never waits: a visitor that is too slow is cut off, and may come back."""
        self._last_id += 1
        self._remembered.append((self._last_id, text))
        for queue in list(self._visitors):
            self._put(queue, (self._last_id, text))

    def end(self) -> None:
        """End for good: visitors hear what they have not heard yet, and are told not to come back."""
        self._over = True
        for queue in list(self._visitors):
            self._put(queue, None)

    def _put(self, queue: asyncio.Queue[tuple[int, str] | None], item: tuple[int, str] | None) -> None:
        if queue.full():
            self._visitors.discard(queue)
            while not queue.empty():  # all of it: the visitor's last id says where to go on, when it comes back
                queue.get_nowait()
            item = None
        queue.put_nowait(item)

    async def _let_go(self, application: web.Application) -> None:
        for queue in list(self._visitors):
            self._put(queue, None)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Last-Event-ID", "0")
        if not (given.isascii() and given.isdecimal()):
            raise web.HTTPBadRequest(text="Last-Event-ID is a number that this server has sent")
        last = int(given)
        if self._over and last >= self._last_id:
            return web.Response(status=204)
        self.connections += 1
        queue: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue(self._room)
        missed = [one for one in self._remembered if one[0] > last]
        self._visitors.add(queue)  # no await since `missed`: nothing is lost between the two, nothing comes twice
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        try:
            await response.prepare(request)
            await self._tell(request, response, missed, queue)
        except ConnectionError:
            pass  # the visitor has left
        finally:
            self._visitors.discard(queue)
        return response

    async def _tell(
        self,
        request: web.Request,
        response: web.StreamResponse,
        missed: list[tuple[int, str]],
        queue: asyncio.Queue[tuple[int, str] | None],
    ) -> None:
        told = 0
        for one in missed:
            await response.write(as_bytes(*one))
        while not (self._over and queue.empty()):
            try:
                async with asyncio.timeout(self._silence_s):
                    item = await queue.get()
            except TimeoutError:
                await response.write(b": still here\n\n")  # a comment: so that neither side takes silence for an end
                continue
            if item is None:
                return
            await response.write(as_bytes(*item))
            told += 1
            if told == self._cut_after and request.transport is not None:
                request.transport.abort()  # in this example only


def as_bytes(id: int, text: str) -> bytes:
    """Return a text as the event that carries it."""
    data = "".join(f"data: {line}\n" for line in LINE_END.split(text))
    return f"id: {id}\n{data}\n".encode()


@contextlib.asynccontextmanager
async def serving(feed: Feed) -> AsyncIterator[str]:
    """Serve on this machine, on any free port; yield the address."""
    runner = web.AppRunner(feed.application(), handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def publish_all(feed: Feed, number: int) -> None:
    for n in range(1, number + 1):
        feed.publish(f"reading {n}\nof {number}")
        await asyncio.sleep(0.02)
    feed.end()


async def main() -> None:
    feed, heard = Feed(cut_after=4), []
    async with serving(feed) as address, aiohttp.ClientSession() as session:
        publishing = asyncio.create_task(publish_all(feed, 20))
        async with contextlib.aclosing(follow(session, f"{address}/events")) as stream:
            async for id, _ in stream:
                heard.append(int(id))
        await publishing
    print(f"{len(heard)} events, each once and in order: {heard == list(range(1, 21))}")
    print(f"over more than one connection: {feed.connections > 1}")


if __name__ == "__main__":
    asyncio.run(main())
