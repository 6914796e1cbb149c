"""Services that speak HTTP, as their user holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Never

from helpers.services._kinds import LOSS, Kind
from helpers.services.checks import whole_number
from helpers.services.conditions import Conditions, Failure
from helpers.services.latency import Latency
from helpers.services.service import Service
from helpers.services.tls import Certificate, check_certificate

if TYPE_CHECKING:
    import ssl


class HttpService(Service):
    """A service that speaks HTTP: a JSON API of world cities. GET `/` lists its routes.

    A request may bring its own conditions (`/cities/oslo?latency_s=0.2`). Each answer's `Server-Timing` says in
    milliseconds which latency was asked for, how long the request queued, and how long after that the answer began.

    A client that closes its sending half is taken to have left, as aiohttp's server takes it; many others answer first.
    A truncated answer ends in mid-body, one without a body (to HEAD) in mid-head.
    """

    kind = "http"
    scheme = "http"
    secure = "https"
    traits: ClassVar[Kind] = Kind("services.http()", refuses={"loss_rate": LOSS})

    def fail_first(self, n: int, *, status: int = 503) -> None:
        """Let the next n requests fail with this status, whatever they ask for.

        Raises:
            TypeError, ValueError: unless n is from 0 to 1,000,000 and the status from 400 to 599.
        """
        whole_number("status", status, least=400, most=599)
        self._fail_first(n, status)


class HttpsService(HttpService):
    """A service that speaks HTTP over TLS.

    A client verifies it with `ssl_context`: `session.get(url, ssl=service.ssl_context)`.
    """

    traits: ClassVar[Kind] = Kind("services.https()", refuses={"loss_rate": LOSS}, options=("certificate",))

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """What a client verifies this service with: it trusts the services' authority only."""
        context = super().ssl_context
        assert context is not None
        return context


def http(
    name: str,
    *,
    latency_s: float | Latency = 0.1,
    capacity: int | None = None,
    admission_limit: int | None = None,
    rate_per_s: float | None = None,
    burst: int | None = None,
    bytes_per_s: int | None = None,
    failure_rate: float = 0.0,
    failure: Failure = 503,
    seed: int = 0,
    **unknown: Never,
) -> HttpService:
    """Open an HTTP service, or replace the one with this name; it keeps its port.

    Args:
        name: what its journal and pictures call it.
        latency_s: seconds from admission to the first byte; or `Fixed`, `Uniform`, `LogNormal`.
        capacity: how many requests it works on at once (None: any number). The rest queue, first come, first served.
        admission_limit: how many may be in flight or queueing (None: any number). The rest get a 503 at once.
        rate_per_s: how many are admitted a second (None: any number). The rest get a 429 with `Retry-After`.
        burst: how many of those may come at once: in no window of `burst / rate_per_s` seconds are more than `burst`
            admitted. None: as many as a second allows, so that the window is a second.
        bytes_per_s: how fast answers leave, all together; they take turns (None: as fast as the machine can).
        failure_rate: the share of requests that fail, from 0 to 1.
        failure: how: a status from 400 to 599, "reset", "truncated" (in mid-body) or "no_answer" (ever).
        seed: decides which requests fail, how long each takes, and the weather; the order of requests does not matter.

    >>> api = services.http("weather", latency_s=0.1, capacity=10)
    >>> requests.get(api.url + "/cities/oslo").json()["country"]
    'Norway'

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    HttpService.traits.check(unknown)
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
    return HttpService(name, conditions, certificate=None)


def https(
    name: str,
    *,
    certificate: Certificate = "valid",
    latency_s: float | Latency = 0.1,
    capacity: int | None = None,
    admission_limit: int | None = None,
    rate_per_s: float | None = None,
    burst: int | None = None,
    bytes_per_s: int | None = None,
    failure_rate: float = 0.0,
    failure: Failure = 503,
    seed: int = 0,
    **unknown: Never,
) -> HttpsService:
    """Open an HTTP service over TLS, or replace the one with this name; it keeps its port.

    Args:
        certificate: what it shows: "valid", for "other name", "expired", or of an "unknown" authority.
        name, latency_s and all others: as for `http`.

    >>> vault = services.https("vault")
    >>> async with aiohttp.ClientSession(vault.url) as session:
    ...     async with session.get("/cities/oslo", ssl=vault.ssl_context) as response:
    ...         print(response.status)
    200

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    HttpsService.traits.check(unknown)
    shown = check_certificate(certificate, tls=True)
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
    return HttpsService(name, conditions, certificate=shown)
