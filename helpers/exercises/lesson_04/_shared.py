"""What the exercises of 04 share: the cities, where the lesson explains what, and a blocking client that is watched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests  # noqa: F401 - here, so that no answer's run waits for the import

from helpers import legacy

CITIES = (
    *("oslo", "lima", "cairo", "quito"),
    *("delhi", "tokyo", "paris", "accra"),
)

BLOCKS = "claim"
THREADS = "inline-seen"
WORK = "work"
INTO = "shared-seen"
STARVED = "loses"
GOES_ON = "names-seen"


class Uses:
    """Counts what is done with the clients of one run; for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.on_the_loop = 0
        self.opened = 0
        self.closed = 0
        self.most_at_once = 0  # threads inside one client

    def connect_to(self, url: str) -> Callable[[], Client]:
        """Return the function that opens a client."""
        return lambda: Client(url, self)

    def note(self, name: str, by: int = 1) -> None:
        """Add to one of the counts."""
        with self._lock:
            setattr(self, name, getattr(self, name) + by)

    @contextmanager
    def of(self, client: Client) -> Iterator[None]:
        """Count a call of a client."""
        if on_the_loop():
            self.note("on_the_loop")
        with self._lock:
            client.users += 1
            self.most_at_once = max(self.most_at_once, client.users)
        try:
            yield
        finally:
            with self._lock:
                client.users -= 1


class Client(legacy.Client):
    """The blocking client, watched."""

    def __init__(self, url: str, uses: Uses) -> None:
        super().__init__(url)
        self.users = 0
        self._uses = uses
        self._closed = False
        uses.note("opened")

    def _get(self, path: str) -> dict[str, Any]:
        with self._uses.of(self):
            return super()._get(path)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._uses.note("closed")
        super().close()


def on_the_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    return asyncio._get_running_loop() is not None
