"""Services that send events over HTTP (server-sent events), with ids to resume from."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import aclosing
from time import perf_counter_ns

from aiohttp import web

from helpers.services.daemon import routes
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.exchange import CLOSED, Exchange
from helpers.services.daemon.feed import Event, Feed, Lost
from helpers.services.daemon.http import HttpListener
from helpers.services.daemon.listener import Options
from helpers.services.daemon.recorder import Record
from helpers.services.daemon.routes import Answer

EVENTS = "/events"
LINE_END = re.compile("\r\n|\r|\n")  # the three that end a line of a stream of events; U+2028 and others do not
HERE = f"{EVENTS} sends every event, after the id in the header Last-Event-ID if there is one"


class Stream(Exchange):
    """A request that is answered with events, as they come."""

    def __init__(
        self, request: web.BaseRequest, desk: Desk, record: Record, target: str, feed: Feed, options: Options
    ) -> None:
        super().__init__(request, desk, record, target)
        self._feed = feed
        self._options = options

    def _answer(self, body: bytes) -> Answer:
        """Return what is wrong with the request; a status of 200 when nothing is."""
        path, _ = routes.split(self._target)
        if path == "/":
            return routes.as_json(200, {"events": HERE})
        if path != EVENTS:
            return routes.problem(404, f"nothing at {path}; {HERE}")
        if self._request.method != "GET":
            return routes.problem(405, f"{EVENTS} takes GET, not {self._request.method}", ("Allow", "GET"))
        last = self._request.headers.get("Last-Event-ID")
        try:
            if last is not None:
                self._record.resumed_from = routes.whole(
                    {"Last-Event-ID": last}, "Last-Event-ID", 0, least=0, most=2**53
                )
            self._feed.check(self._record.resumed_from)
        except routes.BadQuery as error:
            return routes.problem(400, str(error))
        except Lost as error:
            return routes.problem(410, str(error))
        if self._feed.over and self._record.resumed_from == self._feed.last:
            return Answer(204)  # the standard's way to say: do not come back
        return Answer(200, download=0)

    @property
    def _in_chunks(self) -> bool:
        return self._request.version == (1, 1)  # no other HTTP that is written in lines has chunks

    async def _succeed(self, due_ns: int, body: bytes, *, truncated: bool) -> web.StreamResponse:
        if self._answer(body).download is None:
            return await super()._succeed(due_ns, body, truncated=truncated)
        if due_ns > perf_counter_ns():
            await asyncio.sleep((due_ns - perf_counter_ns()) / 1e9)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "Server-Timing": self._timing()}
        response = web.StreamResponse(headers=headers)
        if self._in_chunks:
            response.enable_chunked_encoding()
        else:
            response.force_close()
        self._begin()
        await response.prepare(self._request)
        if self._options["events"] is None and self._options["drop_after"] is None:  # nothing behind it has its turn
            self._stop_listening()
        await response.write(f"retry: {round(self._options['retry_s'] * 1000)}\n\n".encode())
        left = 0 if truncated else self._options["drop_after"]
        try:
            async with aclosing(self._feed.follow(self._record.resumed_from)) as events:
                async for event in events:
                    if left is not None and (left := left - 1) < 0:
                        return self._cut(b"" if not truncated else as_bytes(event)[:8])
                    await self._desk.bandwidth.carry(len(as_bytes(event)))
                    await response.write(as_bytes(event))
        except Lost:  # the client reads so slowly that what it needs is forgotten
            return self._cut(b"")
        await response.write_eof()
        self._record.end("ok", status=200)
        return response

    def _cut(self, last: bytes) -> web.StreamResponse:
        """End the stream without the mark of its end, in mid-event if there is a part of one."""
        transport = self._request.transport
        if transport is not None:
            if last:
                transport.write(b"%x\r\n%b\r\n" % (len(last), last) if self._in_chunks else last)
            transport.close()
        self._record.end("truncated", status=200)
        return CLOSED


class SseListener(HttpListener):
    """One port on which one service sends events."""

    kind = "sse"
    lives_on = False

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        super().__init__(name, desk, options)
        self.feed = Feed(interval_s=options["interval_s"], events=options["events"], seed=desk.conditions.seed)

    def broadcast(self, text: str) -> int:
        """Publish an event; return to how many it goes."""
        self.feed.publish(text)
        return self.feed.followers

    async def stop(self) -> None:
        """Stop listening, publish no more, and drop every connection."""
        self.feed.stop()
        await super().stop()

    def _exchange(self, request: web.BaseRequest, record: Record, target: str) -> Exchange:
        return Stream(request, self.desk, record, target, self.feed, self.options)


def as_bytes(event: Event) -> bytes:
    """Return an event as the stream carries it."""
    text = event.data if isinstance(event.data, str) else json.dumps(event.data, ensure_ascii=False)
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(text))
    return f"id: {event.id}\n{lines}\n".encode()
