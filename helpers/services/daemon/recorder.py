"""The journal as it is written: one record a request, one a connection, sent to the kernel when it asks."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from time import perf_counter_ns

from helpers.services.journal import Outcome

Row = tuple[str, str, int, int | None, int | None, int | None, str, int | None, int, int | None, int | None]

HeldRow = tuple[int, int, int | None]

REMEMBERED = 200_000  # some 40 MB


class Record:
    """One request on its way; the fields are those of `journal.Entry`."""

    __slots__ = (
        "admitted_ns",
        "arrived_ns",
        "connection",
        "due_ns",
        "first_byte_ns",
        "last_byte_ns",
        "method",
        "outcome",
        "path",
        "resumed_from",
        "status",
    )

    def __init__(self, method: str, path: str, connection: int, arrived_ns: int) -> None:
        self.method = method
        self.path = path
        self.connection = connection
        self.arrived_ns = arrived_ns
        self.admitted_ns: int | None = None
        self.due_ns: int | None = None
        self.first_byte_ns: int | None = None
        self.last_byte_ns: int | None = None
        self.outcome: Outcome | None = None
        self.status: int | None = None
        self.resumed_from: int | None = None

    def end(self, outcome: Outcome, *, status: int | None = None) -> None:
        """Close the record. What has ended stays as it is."""
        if self.outcome is None:
            self.outcome, self.status, self.last_byte_ns = outcome, status, perf_counter_ns()

    def row(self) -> Row:
        """Return what is known so far, in the order of `journal.Entry`."""
        begun, due = self.first_byte_ns, self.due_ns
        return (
            self.method,
            self.path,
            self.arrived_ns,
            self.admitted_ns,
            begun,
            self.last_byte_ns,
            self.outcome or ("queueing" if self.admitted_ns is None else "in flight"),
            self.status,
            self.connection,
            None if begun is None or due is None else begun - due,
            self.resumed_from,
        )


class Recorder:
    """The records of one service, oldest first; the oldest are forgotten when there are too many."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._records: deque[Record] = deque(maxlen=remembered)
        self._arrivals = 0

    def arrived(self, method: str, path: str, connection: int, arrived_ns: int | None = None) -> Record:
        """Open a record."""
        record = Record(method, path, connection, perf_counter_ns() if arrived_ns is None else arrived_ns)
        self._records.append(record)
        self._arrivals += 1
        return record

    def end_all(self, outcome: Outcome) -> None:
        """Close all records that are open."""
        for record in self._records:
            record.end(outcome)

    @property
    def dropped(self) -> int:
        """How many records were forgotten."""
        return self._arrivals - len(self._records)

    def rows(self, since_ns: int | None) -> Iterator[Row]:
        """Yield what went on at or after `since_ns`, or everything."""
        for record in list(self._records):
            if since_ns is None or record.last_byte_ns is None or record.last_byte_ns >= since_ns:
                yield record.row()


class Held:
    """One connection; the fields are those of `journal.Connection`."""

    __slots__ = ("_log", "closed_ns", "number", "opened_ns")

    def __init__(self, log: ConnectionLog, number: int) -> None:
        self._log = log
        self.number = number
        self.opened_ns = perf_counter_ns()
        self.closed_ns: int | None = None

    def close(self) -> None:
        """Note that the connection has ended."""
        self.closed_ns = perf_counter_ns()
        self._log.closed(self)


class ConnectionLog:
    """The connections of one service: all that are open, and the last of those that were."""

    def __init__(self, remembered: int = REMEMBERED // 4) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[int, Held] = {}
        self._closed: deque[Held] = deque(maxlen=remembered)

    def opened(self) -> Held:
        """Note a new connection, and give it the next number."""
        held = Held(self, next(self._numbers))
        self._open[held.number] = held
        return held

    def closed(self, held: Held) -> None:
        """Remember it among those that were."""
        self._closed.append(self._open.pop(held.number))

    def rows(self, since_ns: int | None) -> Iterator[HeldRow]:
        """Yield those that were open at or after `since_ns`, or all."""
        for held in [*self._closed, *self._open.values()]:
            if since_ns is None or held.closed_ns is None or held.closed_ns >= since_ns:
                yield held.number, held.opened_ns, held.closed_ns
