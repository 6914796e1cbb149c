"""What happens to the next request: how long it waits, and how it ends.

Pure: the same seed, key and count give the same verdict, in whatever order requests come.

>>> conditions = Conditions(latency_s=LogNormal(median_s=0.08, p99_s=0.4), failure_rate=0.1, seed=7)
>>> conditions.verdict("GET /cities/oslo", nth=1) == conditions.verdict("GET /cities/oslo", nth=1)
True
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias, get_args

from helpers.services import latency
from helpers.services.checks import no_unknown, number, whole_number
from helpers.services.latency import Fixed, Latency, LogNormal, Uniform, as_latency

__all__ = ["Break", "Conditions", "Failure", "Fixed", "Latency", "LogNormal", "Uniform", "Verdict"]

Break: TypeAlias = Literal["reset", "truncated", "no_answer"]
Failure: TypeAlias = int | Break
"""How a request fails: an HTTP status from 400 to 599; or the connection is reset instead of an answer, or cut in the
middle of the body; or the answer never comes."""

MOST = 1_000_000


@dataclass(frozen=True)
class Verdict:
    """What a protocol is told to do with one request: wait so long, then answer (`failure` is None) or fail.

    A datagram that is `lost` never arrived.
    """

    delay_s: float
    failure: Failure | None = None
    lost: bool = False


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How a service treats its requests.

    Attributes:
        latency_s: from admission to the first byte of the answer; a number of seconds is a fixed latency.
        capacity: how many requests are in flight at most; the rest queue, first come, first served.
        admission_limit: how many requests may be in flight or queueing; the rest are rejected at once.
        rate_per_s: how many requests are admitted a second; those beyond are rejected, and told when to come again.
        burst: how many of them may come at once: never more than `burst` are admitted in any window of
            `burst / rate_per_s` seconds. None: as many as a second allows, so that the window is one second.
        bytes_per_s: how fast answers leave, all together.
        failure_rate: the share of requests that fail, from 0 to 1.
        failure: how they fail.
        fail_first: how many requests fail in the way `fail_first_with` from the moment this is set.
        loss_rate: the share of datagrams that are lost, from 0 to 1.
        seed: decides which requests fail or are lost, and how long each takes.

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
    """

    latency_s: float | Latency = 0.1
    capacity: int | None = None
    admission_limit: int | None = None
    rate_per_s: float | None = None
    burst: int | None = None
    bytes_per_s: int | None = None
    failure_rate: float = 0.0
    failure: Failure = 503
    fail_first: int = 0
    fail_first_with: Failure = 503
    loss_rate: float = 0.0
    seed: int = 0
    _latency: Latency = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_latency", as_latency(self.latency_s))
        whole_number("capacity", self.capacity, least=1, most=MOST, or_none=True)
        whole_number("admission_limit", self.admission_limit, least=1, most=MOST, or_none=True)
        if self.rate_per_s is not None:
            number("rate_per_s", self.rate_per_s, least=0.001, most=MOST)
        whole_number("burst", self.burst, least=1, most=MOST, or_none=True)
        if self.burst is not None and self.rate_per_s is None:
            raise ValueError(f"burst says how many may come at once at a rate; it needs rate_per_s, got {self.burst!r}")
        whole_number("bytes_per_s", self.bytes_per_s, least=1, most=10**12, or_none=True)
        number("loss_rate", self.loss_rate, least=0, most=1)
        number("failure_rate", self.failure_rate, least=0, most=1)
        _check_failure(self.failure)
        whole_number("fail_first", self.fail_first, least=0, most=MOST)
        _check_failure(self.fail_first_with)
        whole_number("seed", self.seed, least=-(2**63), most=2**63 - 1)

    def verdict(self, key: str, nth: int, *, ordinal: int | None = None) -> Verdict:
        """Decide the nth request (from 1) with this key: its method, path and query.

        Each key has a stream of its own: concurrent clients that interleave differently still get the same answers.
        Of requests with the same key, the one that arrives first is the first.
        Only `fail_first` depends on the order: `ordinal` says how many requests came since it was set, this one
        included.
        """
        delay_s = self._latency.latency_s if isinstance(self._latency, Fixed) else None
        failure, lost = self._failure_of(ordinal), False
        if delay_s is None or self.failure_rate or self.loss_rate:  # seeding a generator costs 7 µs: only to draw
            rng = random.Random(f"{self.seed}/{key}/{nth}")
            delay_s = self._latency.draw(rng)
            if rng.random() < self.failure_rate:
                failure = failure or self.failure
            lost = rng.random() < self.loss_rate
        return Verdict(delay_s, failure, lost)

    def _failure_of(self, ordinal: int | None) -> Failure | None:
        return self.fail_first_with if ordinal is not None and ordinal <= self.fail_first else None

    def changed(self, changes: dict[str, Any]) -> Conditions:
        """Return these conditions with some of them changed.

        Raises:
            TypeError: on an unknown name, with the nearest one that exists.
            ValueError: on a value out of range.
        """
        no_unknown(changes.keys() - set(NAMES), NAMES, of="change()")
        return replace(self, **changes)

    def to_wire(self) -> dict[str, Any]:
        """Return the conditions as JSON can carry them."""
        return {name: getattr(self, name) for name in _FIELDS} | {"latency_s": latency.to_wire(self._latency)}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Conditions:
        """Return the conditions that `to_wire` was called on."""
        return cls(**wire | {"latency_s": latency.from_wire(wire["latency_s"])})

    def __str__(self) -> str:
        """Say what differs from the defaults; the latency always."""
        plain = self._latency.latency_s if isinstance(self._latency, Fixed) else self._latency
        parts = [f"latency_s={plain!r}"]
        parts += [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name in NAMES and f.name != "latency_s" and getattr(self, f.name) != f.default
        ]
        return ", ".join(parts)


_FIELDS = tuple(f.name for f in fields(Conditions) if f.init)
NAMES = tuple(name for name in _FIELDS if not name.startswith("fail_first"))
"""The conditions a learner names; `fail_first` is set by a method of its own."""


def _check_failure(failure: object) -> None:
    kinds = get_args(Break)
    if isinstance(failure, str) and failure in kinds:
        return
    if isinstance(failure, int) and not isinstance(failure, bool) and 400 <= failure <= 599:
        return
    expected = ", ".join(repr(kind) for kind in kinds)
    problem = f"failure must be a status from 400 to 599, or one of {expected}, got {failure!r}"
    raise ValueError(problem) if isinstance(failure, str | int) else TypeError(problem)
