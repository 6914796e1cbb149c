"""What every hosted service has, whatever it speaks: conditions, admission, and a journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import UnionType
from typing import TypedDict

from helpers.services.conditions import Conditions, Verdict
from helpers.services.daemon.admission import Admission
from helpers.services.daemon.bandwidth import Bandwidth
from helpers.services.daemon.recorder import Recorder

COUNTED_KEYS = 100_000


class Desk:
    """Where requests are received: it counts them, decides each by the conditions, and lets them in.

    A protocol asks for a `verdict`, enters through `admission`, applies the verdict, and writes the `recorder`.
    """

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.admission = Admission(**_limits(conditions))
        self.bandwidth = Bandwidth(conditions.bytes_per_s)
        self.recorder = Recorder()
        self._asked: Counter[str] = Counter()
        self._ordinal = 0

    def verdict(
        self, key: str, own: dict[str, object] | None = None, *, failures: type[int | str] | UnionType = int | str
    ) -> Verdict:
        """Decide the next request with this key.

        Args:
            key: method, path and query; or the beginning of a message.
            own: conditions that it brought itself.
            failures: what can befall it: a status (int), a broken connection (str), or either.
        """
        if len(self._asked) > COUNTED_KEYS:  # a client that never asks the same twice must not fill the memory
            self._asked.clear()
        self._asked[key] += 1
        conditions = self.conditions.changed(own) if own else self.conditions
        ordinal = None
        if isinstance(conditions.fail_first_with, failures):
            self._ordinal = ordinal = self._ordinal + 1
        verdict = conditions.verdict(key, self._asked[key], ordinal=ordinal)
        return verdict if isinstance(verdict.failure, failures) else replace(verdict, failure=None)

    def change(self, conditions: Conditions, *, restart_fail_first: bool = False) -> None:
        """Treat the requests that come from now on in another way. Those that are here keep their verdict."""
        if restart_fail_first:
            self._ordinal = 0
        self.conditions = conditions
        self.admission.change(**_limits(conditions))
        self.bandwidth.bytes_per_s = conditions.bytes_per_s


class _Limits(TypedDict):
    capacity: int | None
    limit: int | None
    rate_per_s: float | None
    burst: int | None


def _limits(conditions: Conditions) -> _Limits:
    return {
        "capacity": conditions.capacity,
        "limit": conditions.admission_limit,
        "rate_per_s": conditions.rate_per_s,
        "burst": conditions.burst,
    }
