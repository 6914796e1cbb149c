"""3.0: a selector that knows who waits for what, and notes how long it is told to sleep."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
import types
from collections.abc import Coroutine, Generator, Iterator
from typing import Any

SLACK_S = 0.05  # between the moment at which a time to sleep was worked out and the call: a busy machine comes between
POLL_S = 0.5  # to look again less often than this costs nothing worth a word
MOST_CALLS = 500
PATIENCE_S = 1.0


class Stuck(Exception):
    """The answer sleeps, and nobody will wake it."""


@types.coroutine
def _wanted(what: Any) -> Generator[Any]:
    yield what


class Watched:
    """The coroutines of a check, and what the answer's selector was told.

    Attributes:
        calls: how often `select` was called.
        overslept: the first call that would have slept too long: for how long (None: without end), and how many
            seconds it was until somebody wanted to go on.
        polled: the same for the first call that would have slept too short without need; None when nobody would ever
            have woken it but a connection.
        log: who went on, in which order.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.overslept: tuple[float | None, float] | None = None
        self.polled: tuple[float, float | None] | None = None
        self.log: list[str] = []
        self._moments: list[float] = []

    async def at(self, name: str, moment: float, send: socket.socket | None = None) -> None:
        """Wait for a moment; then send something."""
        self._moments.append(moment)
        await _wanted(moment)
        self._moments.remove(moment)
        self.log.append(name)
        if send is not None:
            send.send(b"x")

    async def hears(self, name: str, client: socket.socket) -> None:
        """Wait until something comes."""
        await _wanted(client)
        client.recv(10)
        self.log.append(name)

    def select(self, select: Any, timeout: float | None) -> Any:
        """Sleep as the answer says, but not in vain; note what was not right about it."""
        self.calls += 1
        timeout = None if timeout is None else max(0.0, timeout)  # a moment that is over: `select` only looks
        until_s = max(0.0, min(self._moments) - time.monotonic()) if self._moments else None
        if until_s is not None and (timeout is None or timeout > until_s + SLACK_S):
            self.overslept = self.overslept or (timeout, until_s)
            timeout = until_s
        elif timeout is not None and timeout < POLL_S and (until_s is None or timeout < until_s - SLACK_S):
            self.polled = self.polled or (timeout, until_s)
            if self.calls > MOST_CALLS:
                timeout = until_s
        events = select(PATIENCE_S if timeout is None else timeout)
        if not events and timeout is None:
            raise Stuck("nothing came, and nothing will")
        return events


@contextlib.contextmanager
def watching(watched: Watched) -> Iterator[None]:
    """Let every selector that is made meanwhile be watched."""
    usual = selectors.DefaultSelector

    class Selector(usual):  # type: ignore[misc, valid-type]  # the platform's best: epoll, kqueue ...
        def select(self, timeout: float | None = None) -> Any:
            return watched.select(super().select, timeout)

    selectors.DefaultSelector = Selector  # type: ignore[misc]
    try:
        yield
    finally:
        selectors.DefaultSelector = usual  # type: ignore[misc]


Made = list[Coroutine[Any, Any, None]]
