"""A service as its user holds it: an address, conditions to change, and a journal to read."""

from __future__ import annotations

import contextlib
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypedDict, Unpack

from helpers.services import _running
from helpers.services._kinds import Kind
from helpers.services.checks import is_encodable, number, whole_number
from helpers.services.conditions import Conditions, Failure
from helpers.services.errors import ServiceError
from helpers.services.journal import Connection, Entry, Journal
from helpers.services.latency import Latency
from helpers.services.tls import client_context

if TYPE_CHECKING:
    import ssl

HOST = "127.0.0.1"
LONGEST_NAME = 60
LONGEST_BROADCAST = 1000
_LINE_ENDS = frozenset("\r\n")
_ports: dict[str, list[int]] = {}  # a service keeps its ports, also when a new daemon takes over


class Changes(TypedDict, total=False):
    """The conditions of a service, any of them; see `Conditions` for what each means."""

    latency_s: float | Latency
    capacity: int | None
    admission_limit: int | None
    rate_per_s: float | None
    burst: int | None
    bytes_per_s: int | None
    failure_rate: float
    failure: Failure
    loss_rate: float
    seed: int


class Service:
    """An open service, whatever protocol it speaks. Close it with `close`, `with` or `async with`, or not at all:
    it ends with the kernel. Opening another with the same name replaces it and keeps its port.
    """

    kind: ClassVar[str]
    traits: ClassVar[Kind]
    scheme: ClassVar[str]
    secure: ClassVar[str]
    """The scheme under TLS."""

    def __init__(self, name: str, conditions: Conditions, *, ports: int = 1, **options: Any) -> None:
        _check_name(name)
        self.name = name
        self._conditions = conditions
        self._daemon = _running.current()
        kept = _ports.get(name, [])
        opened, _ = self._daemon.ask(
            "open",
            kind=self.kind,
            name=name,
            ports=[*kept, *[0] * ports][:ports],
            conditions=conditions.to_wire(),
            options=options,
        )
        self._ports: list[int] = opened["ports"]
        _ports[name] = [*self._ports, *kept[ports:]]
        self._generation = opened["generation"]
        self.authority: str | None = opened["authority"]
        """The certificate, as PEM, by which a client verifies this service's; None without TLS."""

    @property
    def url(self) -> str:
        """The address without a slash at its end, as `aiohttp.ClientSession` takes it."""
        return f"{self.scheme if self.authority is None else self.secure}://{HOST}:{self.port}"

    @property
    def host(self) -> str:
        """The address of this machine's loopback interface."""
        return HOST

    @property
    def port(self) -> int:
        """The port; the first, when there are several."""
        return self._ports[0]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port: `asyncio.open_connection(*service.address)`."""
        return HOST, self.port

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every port that it listens on."""
        return tuple((HOST, port) for port in self._ports)

    @cached_property
    def ssl_context(self) -> ssl.SSLContext | None:
        """What a client verifies this service with: trusts its authority only; None without TLS."""
        return None if self.authority is None else client_context(self.authority)

    def change(self, **conditions: Unpack[Changes]) -> None:
        """Change the named conditions; the others stay. Requests that have arrived keep what was decided for them.

        Raises:
            TypeError: on an unknown name, with the nearest that exists.
            ValueError: on a value out of range.
            ServiceError: when the service was closed or replaced, or does not answer.
        """
        self.traits.check(conditions, of="change()", options=False)
        self.traits.check_failure(conditions.get("failure"))
        self._set(self._conditions.changed(dict(conditions)))

    def journal(self, since_ns: int | None = None) -> Journal:
        """Return what the service saw, or only what went on at or after this time of `time.perf_counter_ns`.

        Blocks meanwhile: for a millisecond or two, and some 7 ms more for each thousand requests.

        Raises:
            ServiceError: when there is no answer within 2 s; ServiceDied when there will be none.
        """
        whole_number("since_ns", since_ns, least=-(2**63), most=2**63 - 1, or_none=True)
        facts, rows = self._ask("journal", since_ns=since_ns)
        n = facts["entries"]
        return Journal(
            self.name,
            (Entry(*row) for row in rows[:n]),
            held=(Connection(*row) for row in rows[n:]),
            capacity=facts["capacity"],
            dropped=facts["dropped"],
            noun=self.traits.noun,
        )

    def close(self) -> None:
        """Stop the service and drop its connections. Nothing happens if it was closed or replaced already."""
        with contextlib.suppress(ServiceError):
            self._ask("close")

    def outage(self, *, start_s: float = 0.0, duration_s: float) -> None:
        """Be out of order in `start_s` seconds from now, for so long; a later call takes the place of this one.

        When it begins every connection is dropped; whatever comes before it ends is reset (a datagram is lost).
        A `duration_s` of 0 ends an outage at once.

        Raises:
            TypeError, ValueError: unless both are from 0 to 3600.
            ServiceError: when the service was closed or replaced, or does not answer.
        """
        number("start_s", start_s, least=0, most=3600)
        number("duration_s", duration_s, least=0, most=3600)
        self._ask("outage", start_s=start_s, duration_s=duration_s)

    def _broadcast(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, got {text!r}")
        if len(text) > LONGEST_BROADCAST or not _LINE_ENDS.isdisjoint(text):
            raise ValueError(
                f"text must have {LONGEST_BROADCAST} characters at most and no line end, got {len(text)} characters"
            )
        if not is_encodable(text):
            raise ValueError(f"text must be encodable as UTF-8: no half of a surrogate pair, got {text!r:.80}")
        reached, _ = self._ask("broadcast", text=text)
        return int(reached)

    def _fail_first(self, n: int, failure: Failure) -> None:
        whole_number("n", n, least=0, most=1_000_000)
        merged = self._conditions.to_wire() | {"fail_first": n, "fail_first_with": failure}
        self._set(Conditions.from_wire(merged), restart_fail_first=True)

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


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"name must have 1 to {LONGEST_NAME} printable characters, got {name!r}")
