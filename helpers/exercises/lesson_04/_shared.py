"""What the exercises of 04 share: the cities, where the page explains what, and a blocking client that is watched."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests  # noqa: F401 - here, so that no answer's run waits for the import

from helpers import legacy
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.expectations import ON_THE_LOOP, asks_once, on_the_loop
from helpers.exercises.findings import Finding, Found
from helpers.exercises.pulse import BLOCKED, Pulse

CITIES = (
    *("oslo", "lima", "cairo", "quito"),
    *("delhi", "tokyo", "paris", "accra"),
)

BLOCKS = "inline-seen"
THREADS = "threads-seen"
WORK = "cores-seen"
INTO = "inside-seen"
GOES_ON = "cancel-seen"
TOO_EARLY = "too-early-seen"


class Uses:
    """Counts what is done with the clients of one run; for several threads."""

    def __init__(self, pulse: Pulse) -> None:
        self._lock = threading.Lock()
        self._pulse = pulse
        self.on_the_loop = 0
        self.opened = 0
        self.closed = 0
        self.most_at_once = 0  # threads inside one client
        self.most_threads = 0  # at work, asking or waiting for a lock
        self._before = set(sys._current_frames())
        self.asking = 0

    def connect_to(self, url: str) -> Callable[[], Client]:
        """Return the function that opens a client."""
        return lambda: Client(url, self)

    def note(self, name: str, by: int = 1) -> None:
        """Add to one of the counts."""
        with self._lock:
            setattr(self, name, getattr(self, name) + by)

    @contextmanager
    def of(self, client: Client) -> Iterator[None]:
        """Count a call of a client, which feels for the event loop's pulse."""
        here = on_the_loop()
        if here:
            self.note("on_the_loop")
        with self._lock:
            self.asking += 1
            client.users += 1
            self.most_at_once = max(self.most_at_once, client.users)
            self.most_threads = max(self.most_threads, self._threads())
        try:
            yield
            if not here:
                self._pulse.felt()
        finally:
            with self._lock:
                self.asking -= 1
                client.users -= 1

    def _threads(self) -> int:
        """Count the threads that were started and do not wait for work in a pool."""
        frames = {ident: frame for ident, frame in sys._current_frames().items() if ident not in self._before}
        return sum(frame.f_code.co_name != "_worker" for frame in frames.values())

    async def ended(self) -> None:
        """Wait until no thread is inside a client: an answer may have raised and left threads at work."""
        until = asyncio.get_running_loop().time() + 1.0
        while self.asking and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - threads end
            await asyncio.sleep(0.01)

    def told(self, bench: Bench) -> None:
        """Note the counts for the expectations."""
        bench.note(ON_THE_LOOP, self.on_the_loop)
        bench.note(BLOCKED, self._pulse.missed)
        for name in ("opened", "closed", "most_at_once", "most_threads"):
            bench.note(name, getattr(self, name))


class Client(legacy.Client):
    """The blocking client, watched."""

    def __init__(self, url: str, uses: Uses) -> None:
        super().__init__(url)
        self.users = 0
        self._uses = uses
        uses.note("opened")

    def _get(self, path: str) -> dict[str, Any]:
        with self._uses.of(self):
            return super()._get(path)

    def close(self) -> None:
        if not self.closed:
            self._uses.note("closed")
        super().close()


def asks_by_client(cities: Sequence[str], *, label: str, give: str) -> Expectation:
    """Expect the weather of each city to be asked for once, with what the answer was given (`give`)."""
    once = asks_once([f"/cities/{city}/weather" for city in cities], label=label)

    @expectation(label)
    def asked(evidence: Evidence) -> Found:
        if len(evidence.journal) or evidence.never_awaited:
            return once(evidence)
        return Finding(f"Ask the service, with {give}.", "The service saw no request.")

    return asked
