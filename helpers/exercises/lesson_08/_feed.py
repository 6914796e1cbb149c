"""The old library of 8.3, which calls back in a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from helpers.exercises.pulse import Pulse

BUSY_S = 0.3  # at the most: a callback that waits for the loop waits as long, and half a second would be blocking


class Feed:
    """The old library: calls back in a thread of its own, until it is told to stop.

    Args:
        messages: what it hands over.
        pause_s: before each.
        pulse: what it feels before each, to see whether the loop goes on.
        rushes_from: from this message on (1 is the first) all come while the loop is busy with something else.
    """

    def __init__(
        self, messages: Sequence[Any], *, pause_s: float, pulse: Pulse | None = None, rushes_from: int | None = None
    ) -> None:
        self._messages = messages
        self._pause_s = pause_s
        self._pulse = pulse
        self._rushes_from = rushes_from
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.subscribed = 0
        self.stopped = 0
        self.raised = ""
        self.sent_at: list[float] = []

    def subscribe(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Begin to call back; return what ends it."""
        self.subscribed += 1
        self._thread = threading.Thread(target=self._send, args=(callback,), daemon=True, name="the old library")
        self._thread.start()
        return self._told

    def _told(self) -> None:
        self.stopped += 1
        self._stop.set()

    def _send(self, callback: Callable[[Any], object]) -> None:
        rushed = threading.Event()
        for number, message in enumerate(self._messages, 1):
            if self._stop.wait(self._pause_s):
                return
            if number == self._rushes_from:
                self._keep_busy(rushed)
            elif self._pulse is not None and (self._rushes_from is None or number < self._rushes_from):
                self._pulse.felt()
            self.sent_at.append(time.monotonic())  # before the call: it may be the last thing that an answer waits for
            try:
                callback(message)
            except Exception as error:
                self.raised = self.raised or f"{type(error).__name__}: {error}"
        rushed.set()
        self._stop.wait(5.0)  # silence

    def _keep_busy(self, rushed: threading.Event) -> None:
        """Keep the event loop busy until the rest is sent, as something else of a program's does now and then."""
        busy = threading.Event()

        def work() -> None:
            busy.set()
            rushed.wait(BUSY_S)

        self._loop.call_soon_threadsafe(work)
        busy.wait(BUSY_S)

    async def close(self) -> None:
        """End the thread, whatever the answer has done; its callback may wait for the loop, which goes on."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 1.0)
