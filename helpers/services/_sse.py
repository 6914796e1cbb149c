"""Services that send server-sent events, as their user holds them."""

from __future__ import annotations

from typing import ClassVar, Never

from helpers.services._feeds import FEED_OPTIONS, FeedService, check_feed
from helpers.services._kinds import LOSS, Kind
from helpers.services.checks import number, whole_number
from helpers.services.conditions import Conditions, Failure
from helpers.services.latency import Latency


class SseService(FeedService):
    """A service that sends events over HTTP, at `/events`.

    Each event has an id; the stream begins with how long a client should wait before it comes again (`retry:`, in
    ms). With `Last-Event-ID: 7` it goes on with event 8, without the header with the next that comes. An id that is
    forgotten, or that was never there, is refused with a 410; after the last event there is nothing to come for: 204.
    """

    kind = "sse"
    scheme = "http"
    secure = "https"
    traits: ClassVar[Kind] = Kind("services.sse()", refuses={"loss_rate": LOSS}, options=(*FEED_OPTIONS, "retry_s"))

    def fail_first(self, n: int, *, status: int = 503) -> None:
        """Let the next n requests fail with this status, whatever they ask for.

        Raises:
            TypeError, ValueError: unless n is from 0 to 1,000,000 and the status from 400 to 599.
        """
        whole_number("status", status, least=400, most=599)
        self._fail_first(n, status)


def sse(
    name: str,
    *,
    interval_s: float | None = 0.1,
    events: int | None = None,
    drop_after: int | None = None,
    retry_s: float = 0.1,
    latency_s: float | Latency = 0.0,
    capacity: int | None = None,
    admission_limit: int | None = None,
    rate_per_s: float | None = None,
    burst: int | None = None,
    bytes_per_s: int | None = None,
    failure_rate: float = 0.0,
    failure: Failure = 503,
    seed: int = 0,
    **unknown: Never,
) -> SseService:
    """Open a service of server-sent events, or replace the one with this name; it keeps its port.

    Args:
        name: what its journal and pictures call it.
        interval_s: how often there is a new event: the weather of a city. None: only what is broadcast. The first
            comes so long after the first client.
        events: after how many of them the feed is over, and every stream ends (None: never). A client that comes to
            a feed that is over and that nobody follows, and names no id, begins it again.
        drop_after: how many events a stream has; when the next is due it is cut, without the mark of its end.
        retry_s: how long a client is asked to wait before it comes again.
        latency_s: from admission to the first byte of the stream; or `Fixed`, `Uniform`, `LogNormal`.
        capacity: how many streams it has at once (None: any number). The rest queue, first come, first served.
        admission_limit: how many may be in flight or queueing. The rest get a 503 at once.
        rate_per_s, burst: how many requests are admitted a second, and at once; see `http`. The rest get a 429.
        bytes_per_s: how fast events leave, all together (None: as fast as the machine can).
        failure_rate: the share of requests that fail, from 0 to 1.
        failure: how: a status from 400 to 599, "reset", "truncated" (in the first event) or "no_answer" (ever).
        seed: decides which requests fail, how long each takes, and the weather.

    >>> feed = services.sse("feed", interval_s=0.1, events=20, drop_after=7)
    >>> async with aiohttp.ClientSession(feed.url) as session, session.get("/events") as stream:
    ...     for _ in range(4):
    ...         print(await stream.content.readline())
    b'retry: 100\\n'
    b'\\n'
    b'id: 1\\n'
    b'data: {"city": "shanghai", "temperature_c": 18.4}\\n'

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    SseService.traits.check(unknown)
    check_feed(interval_s, events, drop_after)
    number("retry_s", retry_s, least=0, most=3600)
    conditions = Conditions(
        latency_s=latency_s,
        capacity=capacity,
        admission_limit=admission_limit,
        rate_per_s=rate_per_s,
        burst=burst,
        bytes_per_s=bytes_per_s,
        failure_rate=failure_rate,
        failure=failure,
        seed=seed,
    )
    return SseService(name, conditions, interval_s=interval_s, events=events, drop_after=drop_after, retry_s=retry_s)
