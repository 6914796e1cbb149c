"""Services that speak bare TCP, as their user holds them."""

from __future__ import annotations

from math import ceil
from typing import ClassVar, Literal, Never, get_args

from helpers.services._kinds import LOSS, Kind
from helpers.services.checks import one_of, whole_number
from helpers.services.conditions import Break, Conditions
from helpers.services.files import check_connections
from helpers.services.latency import Latency
from helpers.services.service import Service
from helpers.services.tls import Certificate, check_certificate

Framing = Literal["line", "length"]
EchoTo = Literal["sender", "all"]
MOST_PORTS = 64
CONNECTIONS_A_PORT = (
    10_000  # well below the 28,000 ports a client has by default: near them, the search for a free one is slow
)


class TcpService(Service):
    """A service that speaks bare TCP. It answers each message with the same message.

    The messages of one connection are answered one after another, in order. Bytes that are no message are answered
    with a message that begins with "ERR ", and the connection is closed.
    """

    kind = "tcp"
    scheme = "tcp"
    secure = "tls"
    traits: ClassVar[Kind] = Kind(
        "services.tcp()",
        noun="message",
        refuses={"loss_rate": LOSS},
        statuses=False,
        options=("framing", "echo_to", "ports", "connections", "tls", "certificate"),
    )

    def broadcast(self, text: str) -> int:
        """Send a message to every open connection; return to how many.

        Returns at once: the service sends while the caller goes on. A client that does not read is dropped when the
        system's buffers are full, some MiB on Linux, and 1 MiB more waits in the service.

        Raises:
            TypeError, ValueError: unless the text is a string of 1000 characters at most, without a line end.
            ServiceError: when the service was closed or replaced, or does not answer.
        """
        return self._broadcast(text)

    def fail_first(self, n: int, *, failure: Break = "reset") -> None:
        """Let the next n messages fail in this way, whatever they are.

        Raises:
            TypeError, ValueError: unless n is from 0 to 1,000,000 and the failure "reset", "truncated" or "no_answer".
        """
        one_of("failure", failure, get_args(Break))
        self._fail_first(n, failure)


def tcp(
    name: str,
    *,
    framing: Framing = "line",
    echo_to: EchoTo = "sender",
    ports: int = 1,
    connections: int | None = None,
    tls: bool = False,
    certificate: Certificate = "valid",
    latency_s: float | Latency = 0.0,
    capacity: int | None = None,
    admission_limit: int | None = None,
    rate_per_s: float | None = None,
    burst: int | None = None,
    bytes_per_s: int | None = None,
    failure_rate: float = 0.0,
    failure: Break = "reset",
    seed: int = 0,
    **unknown: Never,
) -> TcpService:
    """Open a TCP service, or replace the one with this name; it keeps its ports and drops its connections.

    Args:
        name: what its journal and pictures call it.
        framing: "line": a message ends with a line feed, and has 64 KiB at most; "length": it is announced by its
            length in four bytes, the highest first, and has 1 MiB at most.
        echo_to: who gets a message: the "sender", or "all" that are connected.
        ports: on how many ports it listens; see `addresses`.
        connections: how many are wanted at once. Refused up front when this machine does not allow as many; more
            than 10,000 get more ports.
        tls: whether it speaks TLS; a client verifies it with `ssl_context`.
        certificate: what it shows: "valid", for "other name", "expired", or of an "unknown" authority.
        latency_s: seconds from admission to the first byte; or `Fixed`, `Uniform`, `LogNormal`.
        capacity: how many messages it works on at once (None: any number). The rest queue, first come, first served.
        admission_limit: how many may be in flight or queueing. The rest are answered "ERR ..." at once.
        rate_per_s, burst: how many are admitted a second, and at once; see `http`. The rest are answered "ERR ...".
        bytes_per_s: how fast answers leave, all together; they take turns (None: as fast as the machine can).
        failure_rate: the share of messages that fail, from 0 to 1.
        failure: how: "reset", "truncated" (in mid-message) or "no_answer" (ever).
        seed: decides which messages fail, and how long each takes; their order does not matter.

    >>> line = services.tcp("line", latency_s=0.1)
    >>> reader, writer = await asyncio.open_connection(*line.address)
    >>> writer.write(b"hello" + b"\\n")
    >>> await reader.readline()
    b'hello\\n'
    >>> writer.close()
    >>> await writer.wait_closed()

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the machine does not allow so many connections; when the process that hosts services can't
            be started, or does not answer.
    """
    TcpService.traits.check(unknown)
    TcpService.traits.check_failure(failure)
    one_of("framing", framing, get_args(Framing))
    one_of("echo_to", echo_to, get_args(EchoTo))
    whole_number("ports", ports, least=1, most=MOST_PORTS)
    whole_number("connections", connections, least=1, most=MOST_PORTS * CONNECTIONS_A_PORT, or_none=True)
    if connections is not None:
        check_connections(connections)
        ports = max(ports, ceil(connections / CONNECTIONS_A_PORT))
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
    return TcpService(name, conditions, ports=ports, framing=framing, echo_to=echo_to, certificate=shown)
