"""Services that speak WebSocket, as their user holds them."""

from __future__ import annotations

from typing import ClassVar, Never

from helpers.services._feeds import FEED_OPTIONS, FeedService, check_feed
from helpers.services._kinds import LOSS, Kind
from helpers.services.conditions import Conditions, Failure
from helpers.services.latency import Latency
from helpers.services.tls import Certificate, check_certificate


class WebSocketService(FeedService):
    """A service that speaks WebSocket.

    At `/` it answers each message with the same message. At `/channel` it sends every event to every client, as JSON:
    `{"id": 7, "data": ...}`; what a client says there is an event, too. `/channel?after=7` begins with event 8,
    `/channel` with the next that comes. An id that is forgotten, or that was never there, is refused with a 410.

    It keeps to RFC 6455: a frame that is not masked closes with 1002, a close is answered with its own code, one with
    a code that may not be sent with 1002. In one thing it is stricter: `Upgrade` must name WebSocket alone. It has no
    compression.
    """

    kind = "websocket"
    scheme = "ws"
    secure = "wss"
    traits: ClassVar[Kind] = Kind(
        "services.websocket()",
        noun="exchange",
        refuses={"loss_rate": LOSS},
        options=(*FEED_OPTIONS, "tls", "certificate"),
    )

    def fail_first(self, n: int, *, failure: Failure = 503) -> None:
        """Let the next n handshakes be refused with this status; or the next n messages fail in this way.

        Raises:
            TypeError, ValueError: unless n is from 0 to 1,000,000, and the failure a status from 400 to 599, "reset",
                "truncated" or "no_answer".
        """
        self._fail_first(n, failure)


def websocket(
    name: str,
    *,
    interval_s: float | None = None,
    events: int | None = None,
    drop_after: int | None = None,
    tls: bool = False,
    certificate: Certificate = "valid",
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
) -> WebSocketService:
    """Open a WebSocket service, or replace the one with this name; it keeps its port and drops its connections.

    Args:
        name: what its journal and pictures call it.
        interval_s: how often the channel has a new event: the weather of a city. None: only what is said there.
            The first comes so long after the first client of the channel.
        events: after how many of them the channel is over, and closes (None: never). A client that comes to an empty
            channel that is over, and names no id, begins it again.
        drop_after: how many messages a connection gets; when the next is due it is cut, without a closing handshake.
        tls: whether it speaks TLS; a client verifies it with `ssl_context`.
        certificate: what it shows: "valid", for "other name", "expired", or of an "unknown" authority.
        latency_s: from admission of a handshake or message to its answer; or `Fixed`, `Uniform`, `LogNormal`.
        capacity: how many messages it works on at once (None: any number). An open connection takes no place.
        admission_limit: how many may be in flight or queueing. Further messages are answered "ERR ...", further
            handshakes 503.
        rate_per_s, burst: how many handshakes and messages are admitted a second, and at once; see `http`. Further
            messages are answered "ERR ...", further handshakes 429.
        bytes_per_s: how fast answers and events leave, all together (None: as fast as the machine can).
        failure_rate: the share that fails, from 0 to 1.
        failure: how: handshakes by a status from 400 to 599; or messages by "reset", "truncated" or "no_answer".
        seed: decides which fail, how long each takes, and the weather.

    >>> chat = services.websocket("chat", interval_s=0.02, events=20, drop_after=7)
    >>> async with aiohttp.ClientSession(chat.url) as session, session.ws_connect("/channel") as websocket:
    ...     print(await websocket.receive_json())
    {'id': 1, 'data': {'city': 'shanghai', 'temperature_c': 18.4}}

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    WebSocketService.traits.check(unknown)
    check_feed(interval_s, events, drop_after)
    shown = check_certificate(certificate, tls=tls)
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
    return WebSocketService(
        name, conditions, certificate=shown, interval_s=interval_s, events=events, drop_after=drop_after
    )
