"""The old library of 8.3, which calls back in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from helpers.exercises.pulse import Pulse


class Feed:
    """The old library: calls back in a thread of its own, until it is told to stop."""

    def __init__(self, messages: Sequence[Any], *, pause_s: float, pulse: Pulse | None = None) -> None:
        self._messages = messages
        self._pause_s = pause_s
        self._pulse = pulse
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
        for message in self._messages:
            if self._stop.wait(self._pause_s):
                return
            if self._pulse is not None:
                self._pulse.felt()
            self.sent_at.append(time.monotonic())  # before the call: it may be the last thing that an answer waits for
            try:
                callback(message)
            except Exception as error:
                self.raised = self.raised or f"{type(error).__name__}: {error}"
        self._stop.wait(5.0)  # silence

    def close(self) -> None:
        """End the thread, whatever the answer has done."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1.0)
