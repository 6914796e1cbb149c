"""What keeps strangers out of a board, and a flood from hurting anybody."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import logging
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the instructor's address holds the secret
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
KEPT = ("Retry-After", "Allow", "Location")  # of a refusal
THEIRS = (HttpProcessingError, web.RequestPayloadError)  # faults of who asks: no HTTP, or a body that is not whole
BODY_S = 10.0  # for a body to come
REMEMBERED = 10_000  # addresses and learners whose rate is counted; the oldest is forgotten


class Rate:
    """Lets each key do so much a second, and so much at once.

    Args:
        per_s: how many a second in the long run.
        burst: how many at once.
        clock: seconds that only grow.
    """

    def __init__(self, per_s: float, burst: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def allows(self, key: object, n: int = 1) -> bool:
        """Take n of what the key has left; return whether there was enough."""
        now = self._clock()
        left, then = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - then) * self._per_s)
        enough = left >= n
        self._left[key] = (left - n if enough else left, now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return enough

    def retry_s(self, n: int = 1) -> int:
        """Return after how many seconds a key that was refused may come again, at the latest."""
        return max(1, round(n / self._per_s + 0.5))


class Faults(logging.Filter):
    """Lets a board's own faults through to the instructor's terminal, not what strangers send that is not HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this is a fault of ours."""
        return not (record.exc_info and isinstance(record.exc_info[1], THEIRS))


def faults() -> logging.Logger:
    """Return where the server writes what goes wrong."""
    logger = logging.getLogger("helpers.classroom")
    if not logger.filters:
        logger.addFilter(Faults())
    return logger


def same(given: str, wanted: str) -> bool:
    """Compare two words in a time that does not tell how much of them is the same."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def is_ours(host: str, names: Iterable[str] = ()) -> bool:
    """Return whether a Host header can mean this board: an address, this machine's name, or one of these names.

    A page from elsewhere reaches us only under a name of its own (DNS rebinding), never under an address.

    >>> is_ours("192.168.1.7:8000"), is_ours("[::1]"), is_ours("localhost:80"), is_ours("evil.example")
    (True, True, True, False)
    """
    name, colon, port = host.rpartition(":")
    if not (colon and port.isdecimal()):
        name, port = host, "0"
    if len(port) > 5 or int(port) > 65535:
        return False
    name = name.lower().strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in {"localhost", socket.gethostname().lower(), *(known.lower() for known in names)}
    return True


def guarded(names: Iterable[str] = ()) -> Middleware:
    """Return the middleware that refuses strangers' Host and Origin, and puts the headers on every answer."""
    known = tuple(names)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request.host, known):
            return _with_headers(web.Response(status=403, text="This board does not go by that name.\n"))
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            return _with_headers(web.Response(status=403, text="A page from elsewhere asks.\n"))
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            told = web.Response(status=refused.status, text=f"{refused.text or refused.reason}\n")
            told.headers.update({name: refused.headers[name] for name in KEPT if name in refused.headers})
            return _with_headers(told)
        return response if response.prepared else _with_headers(response)

    return middleware


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        HTTPBadRequest: when it carries none; HTTPRequestEntityTooLarge when it is too long; HTTPRequestTimeout when
            it takes too long to come.
    """
    try:
        async with asyncio.timeout(BODY_S):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The body did not come.") from None
    except (ConnectionError, *THEIRS):  # it left, or its body is broken
        raise web.HTTPBadRequest(text="The body is not whole.") from None
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="The body is not JSON.") from None
    if not isinstance(sent, dict):
        raise web.HTTPBadRequest(text="The body is not an object.")
    return sent


def too_many(retry_s: int) -> web.HTTPTooManyRequests:
    """Return the refusal of somebody who comes too often."""
    return web.HTTPTooManyRequests(text="Too many at once: come again later.", headers={"Retry-After": str(retry_s)})


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    response.headers.update(HEADERS)
    return response
