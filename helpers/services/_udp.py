"""Services that speak UDP, as their user holds them."""

from __future__ import annotations

from typing import ClassVar, Never

from helpers.services._kinds import Kind
from helpers.services.conditions import Conditions
from helpers.services.latency import Latency
from helpers.services.service import Service

NO_QUEUE = "a datagram is answered as it comes, and nobody is told of one that is not"
NO_FAILURE = "a datagram has no connection that could break; use loss_rate"


class UdpService(Service):
    """A service that speaks UDP. It answers each datagram with the same datagram, or it does not.

    Its receive buffer is made as large as the machine allows, 8 MiB at most, so that little is lost but by `loss_rate`
    and by the client. What a larger burst loses is not in the journal.
    """

    kind = "udp"
    scheme = "udp"
    secure = "udp"
    traits: ClassVar[Kind] = Kind(
        "services.udp()",
        noun="datagram",
        refuses={
            "capacity": NO_QUEUE,
            "admission_limit": NO_QUEUE,
            "rate_per_s": NO_QUEUE,
            "burst": NO_QUEUE,
            "failure_rate": NO_FAILURE,
            "failure": NO_FAILURE,
        },
    )


def udp(
    name: str,
    *,
    loss_rate: float = 0.0,
    latency_s: float | Latency = 0.0,
    bytes_per_s: int | None = None,
    seed: int = 0,
    **unknown: Never,
) -> UdpService:
    """Open a UDP service, or replace the one with this name; it keeps its port.

    Args:
        name: what its journal and pictures call it.
        loss_rate: the share of datagrams that are lost on their way, from 0 to 1. The journal has them as "lost".
        latency_s: from the arrival of a datagram to its answer; or `Fixed`, `Uniform`, `LogNormal`. Answers with
            different latencies overtake each other, as they do in a network.
        bytes_per_s: how fast answers leave, all together (None: as fast as the machine can).
        seed: decides which are lost, and how long each takes; their order does not matter.

    >>> drops = services.udp("drops", loss_rate=0.1)
    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    ...     print(client.sendto(b"hello", drops.address), client.recv(1500))
    5 b'hello'

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    UdpService.traits.check(unknown)
    conditions = Conditions(latency_s=latency_s, loss_rate=loss_rate, bytes_per_s=bytes_per_s, seed=seed)
    return UdpService(name, conditions)
