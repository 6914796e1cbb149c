"""What a service saw: the independent witness of what a client did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal[
    "ok", "refused", "failed", "rejected", "reset", "truncated", "aborted", "lost", "queueing", "in flight"
]
"""How a request ended: answered well; answered 4xx because the request was wrong; failed with a status because the
conditions said so; rejected at the admission limit or the rate limit; its connection reset, or cut in mid-body, by the
conditions; aborted by the client; a datagram, lost by the conditions. Two have not ended: queueing for capacity, and in
flight."""

Step: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, or one message and its answer. Times are in nanoseconds of `time.perf_counter_ns`, which both
    processes share.

    Attributes:
        method: GET, POST ...; MESSAGE over TCP or WebSocket; DATAGRAM; TLS for a handshake that failed; CONNECT for a
            connection in an outage; empty when what came could not be understood.
        path: with the query, as it was asked for, 500 characters at most; of a message, its first 100 characters.
        arrived_ns: when the service had read the request.
        admitted_ns: when it began to work on it; later than `arrived_ns` by the time it queued; None when it never did.
        first_byte_ns: when the answer began; None when it never did.
        last_byte_ns: when the answer was handed over whole, or the request ended otherwise; None when it goes on.
        outcome: how it ended.
        status: of the answer; None without one.
        connection: which connection it came on, counted from 1 since the service was first opened.
        late_ns: how much later than `admitted_ns` plus the latency asked for the answer began: the service's own error.
        resumed_from: the id of the last event that an SSE or WebSocket client said it has; None when it said none.
    """

    method: str
    path: str
    arrived_ns: int
    admitted_ns: int | None
    first_byte_ns: int | None
    last_byte_ns: int | None
    outcome: Outcome
    status: int | None
    connection: int
    late_ns: int | None
    resumed_from: int | None = None

    @property
    def queued_ns(self) -> int:
        """How long it queued for capacity; 0 when it was never admitted."""
        return 0 if self.admitted_ns is None else self.admitted_ns - self.arrived_ns


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, whether anything was asked on it or not.

    Attributes:
        number: counted from 1 since the service was first opened; `Entry.connection` refers to it.
        opened_ns: when the service had accepted it.
        closed_ns: when it ended, by whichever side; None when it is open.
    """

    number: int
    opened_ns: int
    closed_ns: int | None


class Journal:
    """What a service saw up to the moment it was asked, in order of arrival.

    >>> api = services.http("weather", latency_s=0.02)
    >>> requests.get(api.url + "/cities/oslo").status_code
    200
    >>> journal = api.journal()
    >>> journal.peak_in_flight
    1
    """

    def __init__(
        self,
        service: str,
        entries: Iterable[Entry],
        *,
        held: Iterable[Connection] = (),
        capacity: int | None = None,
        dropped: int = 0,
        noun: str = "request",
    ):
        self.service = service
        self.entries = tuple(sorted(entries, key=lambda entry: entry.arrived_ns))
        self.held = tuple(sorted(held, key=lambda connection: connection.number))
        """All connections, also those that nothing was asked on; of those that have ended, the last 50,000."""
        self.capacity = capacity
        self.dropped = dropped
        """How many older requests the service has forgotten: it remembers the last 200,000."""
        self._noun = noun

    def in_flight(self) -> Sequence[Step]:
        """Return steps of (time in ns, number in flight from then on): from admission to the last byte."""
        return _steps((e.admitted_ns, e.last_byte_ns) for e in self.entries if e.admitted_ns is not None)

    def queueing(self) -> Sequence[Step]:
        """Return steps of (time in ns, number queueing for capacity from then on)."""
        waits = ((e.arrived_ns, e.last_byte_ns if e.admitted_ns is None else e.admitted_ns) for e in self.entries)
        return _steps((begin, end) for begin, end in waits if end is None or end > begin)

    @property
    def peak_in_flight(self) -> int:
        """The most requests that the service worked on at once."""
        return max((n for _, n in self.in_flight()), default=0)

    @property
    def connections(self) -> int:
        """How many different connections the requests came on."""
        return len({entry.connection for entry in self.entries})

    def connections_open(self) -> Sequence[Step]:
        """Return steps of (time in ns, number of connections open from then on), with or without requests."""
        return _steps((c.opened_ns, c.closed_ns) for c in self.held)

    @property
    def peak_connections(self) -> int:
        """The most connections that were open at once."""
        return max((n for _, n in self.connections_open()), default=0)

    @property
    def open_connections(self) -> int:
        """How many connections were open when the journal was asked for."""
        return sum(connection.closed_ns is None for connection in self.held)

    def until(self, end_ns: int) -> Journal:
        """Return the part of this journal that had arrived by this time."""
        return Journal(
            self.service,
            (entry for entry in self.entries if entry.arrived_ns <= end_ns),
            held=(connection for connection in self.held if connection.opened_ns <= end_ns),
            capacity=self.capacity,
            dropped=self.dropped,
            noun=self._noun,
        )

    def count(self, *, outcome: Outcome | None = None) -> int:
        """Count the requests that ended in this way, or all of them."""
        return len(self) if outcome is None else self.outcomes[outcome]

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How many requests ended in each way."""
        return Counter(entry.outcome for entry in self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, index: int) -> Entry:
        return self.entries[index]

    def __repr__(self) -> str:
        total = len(self)
        if not total:
            held = f", at most {_plural(self.peak_connections, 'connection')} at once" if self.held else ""
            return f"Journal of {self.service!r}: no {self._noun}s{held}"
        ended = ", ".join(f"{n} {outcome}" for outcome, n in self.outcomes.most_common())
        return (
            f"Journal of {self.service!r}: {_plural(total, self._noun)} ({ended}), "
            f"at most {self.peak_in_flight} in flight, {_plural(self.connections, 'connection')}"
        )


def _steps(spans: Iterable[tuple[int, int | None]]) -> list[Step]:
    """Count overlapping spans. One that ends when another begins does not overlap it."""
    changes: Counter[int] = Counter()
    for begin, end in spans:
        changes[begin] += 1
        if end is not None:
            changes[end] -= 1
    steps, level = [], 0
    for at, change in sorted(changes.items()):
        if change:
            level += change
            steps.append((at, level))
    return steps


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
