"""A service as its user holds it: an address, conditions to change, and a journal to read."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from helpers.services import _running
from helpers.services.checks import no_unknown, whole_number
from helpers.services.conditions import NAMES, Conditions, Failure
from helpers.services.errors import ServiceError
from helpers.services.journal import Entry, Journal
from helpers.services.latency import Latency

LONGEST_NAME = 60
_ports: dict[str, int] = {}  # a service keeps its port, also when a new daemon takes over


class Changes(TypedDict, total=False):
    """The conditions of a service, any of them; see `Conditions` for what each means."""

    latency_s: float | Latency
    capacity: int | None
    admission_limit: int | None
    failure_rate: float
    failure: Failure
    seed: int


class Service:
    """An open service, whatever protocol it speaks. Close it with `close`, `with` or `async with`, or not at all:
    it ends with the kernel. Opening another with the same name replaces it and keeps its port.
    """

    kind: str

    def __init__(self, name: str, conditions: Conditions) -> None:
        _check_name(name)
        self.name = name
        self._conditions = conditions
        self._daemon = _running.current()
        opened, _ = self._daemon.ask(
            "open", kind=self.kind, name=name, port=_ports.get(name, 0), conditions=conditions.to_wire()
        )
        self._port = _ports[name] = int(opened["port"])
        self._generation = opened["generation"]

    def change(self, **conditions: Unpack[Changes]) -> None:
        """Change the named conditions; the others stay. Requests in hand keep what was decided for them.

        Raises:
            TypeError: on an unknown name, with the nearest that exists.
            ValueError: on a value out of range.
            ServiceError: when the service was closed or replaced, or does not answer.
        """
        self._set(self._conditions.changed(dict(conditions)))

    def fail_first(self, n: int, *, status: int = 503) -> None:
        """Let the next n requests fail with this status, whatever they ask for.

        Raises:
            TypeError, ValueError: unless n is from 0 to 1,000,000 and the status from 400 to 599.
        """
        whole_number("n", n, least=0, most=1_000_000)
        merged = self._conditions.to_wire() | {"fail_first": n, "fail_first_status": status}
        self._set(Conditions.from_wire(merged), restart_fail_first=True)

    def journal(self, since_ns: int | None = None) -> Journal:
        """Return what the service saw, or only what went on at or after this time of `time.perf_counter_ns`.

        Takes about a millisecond, and blocks so long.

        Raises:
            ServiceError: when there is no answer within 2 s; ServiceDied when there will be none.
        """
        whole_number("since_ns", since_ns, least=-(2**63), most=2**63 - 1, or_none=True)
        facts, rows = self._ask("journal", since_ns=since_ns)
        return Journal(self.name, (Entry(*row) for row in rows), capacity=facts["capacity"], dropped=facts["dropped"])

    def close(self) -> None:
        """Stop the service and drop its connections. Nothing happens if it was closed or replaced already."""
        with contextlib.suppress(ServiceError):
            self._ask("close")

    def _set(self, conditions: Conditions, *, restart_fail_first: bool = False) -> None:
        self._ask("change", conditions=conditions.to_wire(), restart_fail_first=restart_fail_first)
        self._conditions = conditions

    def _ask(self, do: str, **args: Any) -> tuple[Any, list[Any]]:
        return self._daemon.ask(do, name=self.name, generation=self._generation, **args)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self._conditions})"


class HttpService(Service):
    """A service that speaks HTTP: a JSON API of world cities. GET `/` lists its routes.

    A request may bring its own conditions (`/cities/oslo?latency_s=0.2`). Each answer's `Server-Timing` says in
    milliseconds which latency was asked for, how long the request queued, and how long after that the answer began.
    """

    kind = "http"

    @property
    def url(self) -> str:
        """The address without a slash at its end, as `aiohttp.ClientSession` takes it."""
        return f"http://127.0.0.1:{self._port}"


def http(
    name: str,
    *,
    latency_s: float | Latency = 0.1,
    capacity: int | None = None,
    admission_limit: int | None = None,
    failure_rate: float = 0.0,
    failure: Failure = 503,
    seed: int = 0,
    **unknown: Any,
) -> HttpService:
    """Open an HTTP service, or replace the one with this name; it keeps its port.

    Args:
        name: what its journal and pictures call it.
        latency_s: seconds from admission to the first byte; or `Fixed`, `Uniform`, `LogNormal`.
        capacity: how many requests it works on at once (None: any number). The rest queue, first come, first served.
        admission_limit: how many may be in hand, queueing included (None: any number). The rest get a 503 at once.
        failure_rate: the share of requests that fail, from 0 to 1.
        failure: how: a status from 400 to 599, "reset", "truncated" (in mid-body) or "no_answer" (ever).
        seed: decides which requests fail, how long each takes, and the weather; the order of requests does not matter.

    >>> api = services.http("weather", latency_s=0.1, capacity=10)    # doctest: +SKIP
    >>> requests.get(api.url + "/cities/oslo").json()["country"]      # doctest: +SKIP
    'Norway'

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
        ServiceError: when the process that hosts services can't be started, or does not answer.
    """
    no_unknown(unknown, NAMES, of="services.http()")
    conditions = Conditions(
        latency_s=latency_s,
        capacity=capacity,
        admission_limit=admission_limit,
        failure_rate=failure_rate,
        failure=failure,
        seed=seed,
    )
    return HttpService(name, conditions)


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"name must have 1 to {LONGEST_NAME} printable characters, got {name!r}")
