"""Which request waited for which: a graph of requests is as fast as its longest chain."""

from __future__ import annotations

from collections.abc import Mapping

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.services import Entry


def asks_in_time(needs: Mapping[str, str | None], *, late_s: float, section: str = "") -> Expectation:
    """Expect every request to begin when what it needs is there, and to wait for nothing else.

    Args:
        needs: for each path the path whose answer it needs, or None.
        late_s: a request that begins later than this after what it needs has waited for something else.
        section: where the lesson explains it.
    """

    @expectation("As fast as its longest chain")
    def in_time(evidence: Evidence) -> Found:
        entries = {entry.path.partition("?")[0]: entry for entry in evidence.journal}
        if not entries.keys() >= needs.keys():
            return NOT_ASKED
        waits = {path: _waited_s(entries[path], entries[need]) for path, need in needs.items() if need}
        path, waited_s = max(waits.items(), key=lambda one: one[1])
        if waited_s <= late_s:
            return None
        need = needs[path]
        chain_s = max(_chain_s(path, needs, entries) for path in needs)
        return Finding(
            f"Ask for {path} as soon as {need} is there.",
            f"It was asked for {waited_s * 1000:.0f} ms later{_because(entries[path], entries, need)}. "
            f"The longest chain takes {chain_s * 1000:.0f} ms; your function took {evidence.seconds * 1000:.0f}.",
            "An `await` holds up everything below it in the function, even what does not need its answer.",
            section,
        )

    return in_time


def _chain_s(path: str, needs: Mapping[str, str | None], entries: Mapping[str, Entry]) -> float:
    """Return how long a request and all that must come before it took the service."""
    entry, need = entries[path], needs[path]
    own_s = ((entry.last_byte_ns or entry.arrived_ns) - entry.arrived_ns) / 1e9
    return own_s + (_chain_s(need, needs, entries) if need else 0.0)


def _waited_s(entry: Entry, need: Entry) -> float:
    return (entry.arrived_ns - (need.last_byte_ns or entry.arrived_ns)) / 1e9


def _because(entry: Entry, entries: Mapping[str, Entry], need: str | None) -> str:
    """Name the request that ended just before this one began, if it is not the one that it needs."""
    ended = [one for one in entries.values() if one.last_byte_ns is not None and one.last_byte_ns <= entry.arrived_ns]
    last = max(ended, key=lambda one: one.last_byte_ns or 0, default=None)
    return "" if last is None or last.path == need else f", when {last.path} had ended as well"
