"""Which conditions each kind of service takes, and why it does not take the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from helpers.services.checks import no_unknown
from helpers.services.conditions import NAMES, Break

LOSS = "TCP sends again what the network loses; use services.udp()"


@dataclass(frozen=True)
class Kind:
    """A kind of service.

    Attributes:
        function: what opens one: "services.tcp()".
        noun: what a client sends.
        refuses: the conditions that make no sense for it, each with the reason.
        statuses: whether a failure may be an HTTP status.
        options: what it takes beside conditions.
    """

    function: str
    noun: str = "request"
    refuses: Mapping[str, str] = field(default_factory=dict)
    statuses: bool = True
    options: tuple[str, ...] = ()

    @property
    def takes(self) -> tuple[str, ...]:
        """The conditions that it takes."""
        return tuple(name for name in NAMES if name not in self.refuses)

    def check(self, names: Iterable[str], *, of: str | None = None, options: bool = True) -> None:
        """Refuse what this kind does not take, with the reason; and what nobody takes, with the nearest name.

        Raises:
            TypeError: naming the first that is refused.
        """
        of = of or self.function
        known = (*self.takes, *(self.options if options else ()))
        for name in names:
            if name in self.refuses:
                raise TypeError(
                    f"{of} does not take {name}: {self.refuses[name]}. It takes: {', '.join(sorted(known))}."
                )
            if name not in known:
                no_unknown([name], known, of=of)

    def check_failure(self, failure: Any, name: str = "failure") -> None:
        """Refuse an HTTP status where there is no HTTP.

        Raises:
            ValueError: naming what it takes.
        """
        if isinstance(failure, int) and not self.statuses:
            expected = ", ".join(repr(each) for each in get_args(Break))
            raise ValueError(f"{name} must be one of {expected}: {self.function} has no statuses, got {failure!r}")
