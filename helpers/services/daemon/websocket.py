"""Services that speak WebSocket: an echo, and a channel whose events have ids."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from time import perf_counter_ns
from typing import Any, ClassVar

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError

from helpers.services.conditions import Failure
from helpers.services.daemon import routes
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.exchange import CLOSED, Exchange
from helpers.services.daemon.feed import Event, Feed, Lost
from helpers.services.daemon.http import Connection, HttpListener
from helpers.services.daemon.listener import Options
from helpers.services.daemon.masks import Masks
from helpers.services.daemon.message import attend, brief
from helpers.services.daemon.recorder import Record
from helpers.services.daemon.routes import Answer
from helpers.services.daemon.sockets import reset
from helpers.services.daemon.timer import at

ECHO, CHANNEL = "/", "/channel"
HERE = f"{ECHO} answers each message with itself; {CHANNEL} sends every event, after the id in ?after= if there is one"
LONGEST_MESSAGE = 1024**2
LAST_WORDS_S = 0.1  # for answers to messages that came before the close
MOST_WAITING = 4  # messages that were read while one before them is answered; then the client waits, too
ERROR = "ERR "
VERSION = "13"
UPGRADE = ("Upgrade", "websocket"), ("Connection", "Upgrade")
REGISTERED = range(3000, 5000)  # close codes that libraries and programs may use as they like
HALF_A_FRAME = b"\x81\x0ahello"  # a text of ten bytes, it says


class Handshake(Exchange):
    """The request that a WebSocket begins with. A status can befall it; a broken connection is for messages."""

    failures: ClassVar[Any] = int

    def __init__(self, request: web.BaseRequest, desk: Desk, record: Record, target: str, feed: Feed) -> None:
        super().__init__(request, desk, record, target)
        self._feed = feed

    def _answer(self, body: bytes) -> Answer:
        """Return what is wrong with the request; a status of 101 when nothing is."""
        path, query = routes.split(self._target)
        if path not in (ECHO, CHANNEL):
            return routes.problem(404, f"nothing at {path}; {HERE}")
        if self._request.headers.get("Upgrade", "").strip().lower() != "websocket":
            return routes.problem(426, f"this service speaks WebSocket: {HERE}", *UPGRADE)
        if self._request.method != "GET":
            return routes.problem(405, f"a WebSocket begins with GET, not {self._request.method}", ("Allow", "GET"))
        if self._request.version < (1, 1):
            return routes.problem(400, "a WebSocket begins with HTTP/1.1")
        if self._request.headers.get("Sec-WebSocket-Version", "").strip() != VERSION:
            versions = ("Sec-WebSocket-Version", VERSION)
            return routes.problem(426, f"Sec-WebSocket-Version must be {VERSION}", *UPGRADE, versions)
        try:
            if "after" in query:
                self._record.resumed_from = routes.whole(query, "after", 0, least=0, most=2**53)
            self._feed.check(self._record.resumed_from)
        except routes.BadQuery as error:
            return routes.problem(400, str(error))
        except Lost as error:
            return routes.problem(410, str(error))
        return Answer(101)

    async def _succeed(self, due_ns: int, body: bytes, *, truncated: bool) -> web.StreamResponse:
        answer = self._answer(body)
        if answer.status != 101 and not self._request.headers.get("Upgrade"):
            return await super()._succeed(due_ns, body, truncated=truncated)
        if answer.status != 101:  # aiohttp reads no further request where one asked for an upgrade
            await at(due_ns, lambda: self._send(answer, "refused", close=True))
            return CLOSED
        if due_ns > perf_counter_ns():
            await asyncio.sleep((due_ns - perf_counter_ns()) / 1e9)
        socket = web.WebSocketResponse(autoclose=False, compress=False, max_msg_size=LONGEST_MESSAGE, timeout=1.0)
        self._begin()
        connection = self._request.protocol
        assert isinstance(connection, Connection)
        connection.masks = Masks()  # before the client hears that it may send
        try:
            await socket.prepare(self._request)
        except web.HTTPException as error:
            return self.refuse(routes.problem(error.status, error.text or error.reason))
        except ValueError as error:  # a key that is not ASCII: aiohttp does not catch it
            return self.refuse(routes.problem(400, f"this is not a WebSocket handshake: {error}"))
        self._record.end("ok", status=101)
        return socket


class WebSocketListener(HttpListener):
    """One port on which one service speaks WebSocket."""

    kind = "websocket"
    lives_on = False

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        super().__init__(name, desk, options)
        self.feed = Feed(interval_s=options["interval_s"], events=options["events"], seed=desk.conditions.seed)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one WebSocket from its handshake to its end; or refuse it."""
        response = await super().handle(request)
        if isinstance(response, web.WebSocketResponse):
            with suppress(ConnectionError):  # the client left while it was answered, a ping for instance
                await Conversation(self, request, response).run()
        return response

    def broadcast(self, text: str) -> int:
        """Publish an event; return to how many it goes."""
        self.feed.publish(text)
        return self.feed.followers

    async def stop(self) -> None:
        """Stop listening, publish no more, and drop every connection."""
        self.feed.stop()
        await super().stop()

    def _exchange(self, request: web.BaseRequest, record: Record, target: str) -> Exchange:
        return Handshake(request, self.desk, record, target, self.feed)


class Conversation:
    """One open WebSocket. Its messages are answered one after another, in order."""

    def __init__(self, listener: WebSocketListener, request: web.BaseRequest, socket: web.WebSocketResponse) -> None:
        self._listener = listener
        self._request = request
        self._socket = socket
        path, query = routes.split(request.raw_path)
        self._on_channel = path == CHANNEL
        self._after = int(query["after"]) if "after" in query else None
        self._left: int | None = listener.options["drop_after"]
        connection = request.protocol
        assert isinstance(connection, Connection)
        self._connection = connection
        self._mute = False
        self._waiting: asyncio.Queue[tuple[Record, str | bytes]] = asyncio.Queue(MOST_WAITING)

    async def run(self) -> None:
        """Send and answer until either side ends it."""
        tasks = [asyncio.ensure_future(self._answer_all()), asyncio.ensure_future(self._refuse_unmasked())]
        if self._on_channel:
            tasks.append(asyncio.ensure_future(self._send_events()))
        try:
            await self._listen()
            with suppress(TimeoutError):  # who closes must not wait for what takes long
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._waiting.join()
            await self._socket.close(code=closing_code(self._socket.close_code))
        finally:
            for task in tasks:
                task.cancel()
            self._forget_waiting()

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.ERROR:
                break
            if self._mute:
                continue
            data = message.data if isinstance(message.data, bytes) else message.data.encode()
            await self._waiting.put((self._arrived("MESSAGE", data), message.data))
        error = self._socket.exception()
        if isinstance(error, WebSocketError):
            self._arrived("", b"").end("refused", status=error.code)

    async def _refuse_unmasked(self) -> None:
        """Close with 1002 when a client sends a frame that is not masked (RFC 6455, 5.1); aiohttp would take it."""
        assert self._connection.masks is not None
        await self._connection.masks.broken.wait()
        self._arrived("", b"").end("refused", status=WSCloseCode.PROTOCOL_ERROR)
        await self._socket.close(code=WSCloseCode.PROTOCOL_ERROR, message=b"a client's frames are masked")

    def _forget_waiting(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()[0].end("aborted")

    async def _answer_all(self) -> None:
        freed_ns = 0
        while True:
            record, data = await self._waiting.get()
            record.arrived_ns = max(record.arrived_ns, freed_ns)
            with suppress(ConnectionError):  # the client has gone; the loop that listens hears of it, too
                await self._answer(record, data)
            freed_ns = perf_counter_ns()
            self._waiting.task_done()

    async def _answer(self, record: Record, data: str | bytes) -> None:
        rejected = await attend(self._listener.desk, record, lambda failure: self._carry_out(record, data, failure))
        if rejected is not None:
            await self._socket.send_str(f"{ERROR}{rejected}")

    def _arrived(self, method: str, data: bytes) -> Record:
        read_ns = self._connection.read_ns
        return self._listener.desk.recorder.arrived(method, brief(data), self._connection.number, read_ns)

    async def _carry_out(self, record: Record, data: str | bytes, failure: Failure | None) -> None:
        if failure == "no_answer":
            self._mute = True  # what is swallowed can't hide that the client leaves
            self._forget_waiting()
            return
        if failure == "reset":
            record.end("reset")
            self._cut(abort=True)
        elif failure == "truncated" or (not self._on_channel and self._spent()):
            self._cut(HALF_A_FRAME if failure else b"")
            record.end("truncated")
        else:
            await self._listener.desk.bandwidth.carry(len(data))
            record.first_byte_ns = perf_counter_ns()
            if self._on_channel:
                self._listener.feed.publish(data if isinstance(data, str) else data.decode("utf-8", "replace"))
            elif isinstance(data, str):
                await self._socket.send_str(data)
            else:
                await self._socket.send_bytes(data)
            record.end("ok")

    async def _send_events(self) -> None:
        try:
            async with aclosing(self._listener.feed.follow(self._after)) as events:
                async for event in events:
                    if self._spent():
                        self._cut()
                        return
                    text = as_text(event)
                    await self._listener.desk.bandwidth.carry(len(text))
                    await self._socket.send_str(text)
            await self._socket.close(message=b"the feed is over")
        except Lost as lost:
            await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(lost).encode())
        except ConnectionError:
            pass  # the client has gone

    def _spent(self) -> bool:
        """Count a message; return whether this connection has had all that it gets."""
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0

    def _cut(self, last: bytes = b"", *, abort: bool = False) -> None:
        """End the connection without the word that WebSocket has for it."""
        transport = self._request.transport
        if transport is None:
            return
        if abort:
            reset(transport)
        else:
            transport.write(last)
            transport.close()


def closing_code(came: int | None) -> int:
    """Return the code to answer a client's close with: the same; 1002 for one that may not be sent (RFC 6455, 7.4).

    >>> [closing_code(came) for came in (0, 1001, 1006, 4000, 5000)]
    [1000, 1001, 1002, 4000, 1002]
    """
    if not came:  # it gave none, or the connection broke
        return int(WSCloseCode.OK)
    sent = came in set(WSCloseCode) - {WSCloseCode.ABNORMAL_CLOSURE} or came in REGISTERED
    return came if sent else int(WSCloseCode.PROTOCOL_ERROR)


def as_text(event: Event) -> str:
    """Return an event as the channel sends it."""
    return json.dumps({"id": event.id, "data": event.data}, ensure_ascii=False)
