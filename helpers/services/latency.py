"""How long a service takes to answer: three ways to say it.

>>> Fixed(0.1).draw(random.Random(1))
0.1
"""

from __future__ import annotations

import math
import random
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from helpers.services.checks import number

LONGEST_S = 3600.0
Z99 = 2.3263478740408408  # standard normal quantile of 0.99


@dataclass(frozen=True)
class Fixed:
    """The same latency for every request.

    Raises:
        TypeError: when it is no number.
        ValueError: outside 0 to 3600 s.
    """

    latency_s: float

    def __post_init__(self) -> None:
        number("latency_s", self.latency_s, least=0, most=LONGEST_S)

    def draw(self, rng: random.Random) -> float:
        """Return the latency in seconds."""
        return float(self.latency_s)


@dataclass(frozen=True)
class Uniform:
    """Any latency between two bounds, all equally likely.

    Raises:
        TypeError: when a bound is no number.
        ValueError: unless 0 <= low_s <= high_s <= 3600.
    """

    low_s: float
    high_s: float

    def __post_init__(self) -> None:
        number("low_s", self.low_s, least=0, most=LONGEST_S)
        number("high_s", self.high_s, least=0, most=LONGEST_S)
        if self.low_s > self.high_s:
            raise ValueError(f"Uniform needs low_s <= high_s, got low_s={self.low_s}, high_s={self.high_s}")

    def draw(self, rng: random.Random) -> float:
        """Return a latency in seconds."""
        return rng.uniform(self.low_s, self.high_s)


@dataclass(frozen=True)
class LogNormal:
    """Latency with a long tail, as networks have it, given by two numbers people know.

    Half of all requests take less than `median_s`, 99 in 100 less than `p99_s`. No draw exceeds 3600 s.

    Raises:
        TypeError: when either is no number.
        ValueError: unless 0 < median_s < p99_s <= 3600.
    """

    median_s: float
    p99_s: float

    def __post_init__(self) -> None:
        number("median_s", self.median_s, least=0, most=LONGEST_S)
        number("p99_s", self.p99_s, least=0, most=LONGEST_S)
        if not 0 < self.median_s < self.p99_s:
            raise ValueError(
                f"LogNormal needs 0 < median_s < p99_s, got median_s={self.median_s}, p99_s={self.p99_s}",
            )

    def draw(self, rng: random.Random) -> float:
        """Return a latency in seconds."""
        sigma = math.log(self.p99_s / self.median_s) / Z99
        return min(LONGEST_S, rng.lognormvariate(math.log(self.median_s), sigma))


Latency: TypeAlias = Fixed | Uniform | LogNormal
_KINDS: dict[str, type[Latency]] = {kind.__name__: kind for kind in (Fixed, Uniform, LogNormal)}


def as_latency(value: object) -> Latency:
    """Return a latency from what a learner wrote: a number of seconds is a fixed one.

    Raises:
        TypeError: when it is neither a number nor a latency.
        ValueError: when the number is out of range.
    """
    if isinstance(value, Latency):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fixed(value)
    raise TypeError(f"latency_s must be a number of seconds, Fixed, Uniform or LogNormal, got {value!r}")


def to_wire(latency: Latency) -> dict[str, Any]:
    """Return the latency as JSON can carry it."""
    return {"kind": type(latency).__name__, **asdict(latency)}


def from_wire(wire: dict[str, Any]) -> Latency:
    """Return the latency that `to_wire` was given."""
    fields = dict(wire)
    return _KINDS[fields.pop("kind")](**fields)
