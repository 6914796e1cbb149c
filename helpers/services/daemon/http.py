"""Services that speak HTTP: the listener, its connections, and what is refused before any condition applies."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter_ns
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from helpers.services.daemon import routes
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.exchange import CLOSED, Exchange
from helpers.services.daemon.listener import Listener, Options
from helpers.services.daemon.masks import Masks
from helpers.services.daemon.recorder import Held, Record
from helpers.services.daemon.routes import Answer
from helpers.services.daemon.sockets import crowd

BODY_LIMIT = 1024**2
SHOWN = 500  # characters of a target in the journal: 200,000 long ones would fill the memory
LINGER_S = 1.0  # to swallow the rest of a body that was refused
IDLE_S = 1.0  # for a connection beyond the limit that asks for nothing


class Connection(web.RequestHandler):
    """A client's connection: aiohttp's, with a number, the time of the last read, and errors in JSON."""

    __slots__ = ("deaf", "freed_ns", "held", "listener", "masks", "number", "read_ns", "surplus")

    def __init__(self, server: HttpServer, listener: HttpListener, **options: Any) -> None:
        super().__init__(server, **options)
        self.listener = listener
        self.held: Held
        self.number = 0
        self.read_ns = 0
        self.freed_ns = 0
        self.surplus = False
        self.deaf = False
        self.masks: Masks | None = None
        """Of a WebSocket: looks at all frames that come. From one on that is not masked they are not read."""

    def stop_listening(self) -> None:
        """Swallow what still comes. Held back, as aiohttp does with much of it, it would hide the client's end."""
        self.deaf = True
        if self.transport is not None:
            self.transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or mark it as one too many: it gets a 503 for its first request."""
        self.held = self.listener.connections.opened()
        self.number = self.held.number
        super().connection_made(transport)
        self.surplus = not crowd.join()
        if self.listener.stopped:
            self.force_close()
        elif self.surplus:
            asyncio.get_running_loop().call_later(IDLE_S, self.force_close)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection; aiohttp cancels what it asked for."""
        crowd.leave()
        self.held.close()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note when the bytes came."""
        if self.deaf:
            return
        self.read_ns = perf_counter_ns()
        if self.masks is not None and not self.masks.feed(data):
            self.deaf = True
            return
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say what was wrong with bytes that are no HTTP request, and close the connection."""
        if status == 500:
            return super().handle_error(request, status, exc, message)
        if isinstance(exc, LineTooLong):
            status, error = 431, "the request line or a header is longer than 8190 bytes"
        elif isinstance(exc, BadHttpMessage) and "Too many headers" in exc.message:  # it has no class of its own
            status, error = 431, "there are more than 128 headers"
        else:
            reason = " ".join((message or str(exc)).split())
            error = f"this is not an HTTP request: {reason[:200]}"
        record = self.listener.desk.recorder.arrived("", "", self.number, self.read_ns)
        response = web.Response(status=status, body=routes.problem(status, error).body, content_type="application/json")
        response.force_close()
        record.end("refused", status=status)
        return response


class HttpServer(web.Server):
    """aiohttp's server, making our connections."""

    def __init__(self, listener: HttpListener, **options: Any) -> None:
        super().__init__(listener.handle, handler_cancellation=True)
        self._listener = listener
        self._options = options

    def __call__(self) -> Connection:
        return Connection(self, self._listener, loop=asyncio.get_running_loop(), **self._options)


class HttpListener(Listener):
    """One port on which one service speaks HTTP."""

    kind = "http"
    lives_on = True

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        super().__init__(name, desk, options)
        self._server = HttpServer(self, access_log=None, tcp_keepalive=False, lingering_time=LINGER_S)

    async def start(self, ports: Sequence[int]) -> None:
        """Listen on these ports of the loopback interface; on any other in place of one that is taken or 0."""
        await self._listen(self._server, ports)

    def drop(self) -> None:
        """Drop every connection."""
        for connection in self._server.connections:
            connection.force_close()
            if connection.transport is not None:
                connection.transport.abort()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        target = request.raw_path if request.raw_path.startswith("/") else request.path_qs
        arrived_ns = max(connection.read_ns, connection.freed_ns)  # a pipelined request waits for the one before it
        record = self.desk.recorder.arrived(request.method, shown(target), connection.number, arrived_ns)
        exchange = self._exchange(request, record, target)
        if self.out:
            return exchange.reset()
        try:
            if refusal := self._refusal(request, connection):
                return exchange.refuse(refusal)
            body = b""
            if request.body_exists:
                if _waits_to_be_told(request) and request.transport is not None:
                    if (answer := exchange.without_body()) is not None:
                        return exchange.refuse(answer)
                    request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await request.read()
                record.arrived_ns = connection.read_ns
            return await exchange.carry_out(body)
        except web.HTTPRequestEntityTooLarge:
            return exchange.refuse(_too_large())
        except web.HTTPException as error:
            return exchange.refuse(routes.problem(error.status, error.reason))
        except web.RequestPayloadError as error:
            request.content.feed_eof()  # or aiohttp reads on, meets the same error and logs that nobody handled it
            return exchange.refuse(routes.problem(400, f"the body can't be read: {error}"))
        except ConnectionError:  # the client left while it was being answered
            return CLOSED
        finally:
            record.end("aborted")  # unless it has ended otherwise
            connection.freed_ns = perf_counter_ns()

    def _exchange(self, request: web.BaseRequest, record: Record, target: str) -> Exchange:
        return Exchange(request, self.desk, record, target)

    def _refusal(self, request: web.BaseRequest, connection: Connection) -> Answer | None:
        if connection.surplus:
            return routes.problem(503, crowd.refusal)
        if not _is_loopback(request.headers.get("Host", "localhost")):  # HTTP/1.0 has none; 1.1 is refused without
            return routes.problem(403, "the Host header must name this machine: 127.0.0.1, localhost or [::1]")
        if _is_from_elsewhere(request):
            return routes.problem(403, "a web page from elsewhere asks; only pages of this machine are answered")
        if (request.content_length or 0) > BODY_LIMIT:
            return _too_large()
        return None


def shown(target: str) -> str:
    """Return a target as the journal has it: of a long one the beginning, and nothing that can't be printed."""
    if len(target) <= SHOWN and target.isascii():
        return target
    return target[:SHOWN].encode("utf-8", "backslashreplace").decode()


def _waits_to_be_told(request: web.BaseRequest) -> bool:
    """Return whether the client waits with its body for a "100 Continue": HTTP/1.0 knows none (RFC 9110, 10.1.1)."""
    return request.version >= (1, 1) and request.headers.get("Expect", "").lower() == "100-continue"


def _too_large() -> Answer:
    return routes.problem(413, f"the body is longer than {BODY_LIMIT} bytes")


def _is_from_elsewhere(request: web.BaseRequest) -> bool:
    """Return whether a browser asks on behalf of a page that is not this machine's.

    It says so in Origin; where it sends none, as for a picture or a script, in Sec-Fetch-Site. Who follows a link from
    elsewhere sees the answer itself, and the page does not.
    """
    origins = request.headers.getall("Origin", [])
    if any(not _is_loopback(origin.partition("://")[2]) for origin in origins):
        return True
    followed = (
        request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    return not origins and not followed and request.headers.get("Sec-Fetch-Site") == "cross-site"


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
