"""The job of 8.2, which takes steps until it is told to stop."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

from helpers.exercises.expectations import on_the_loop
from helpers.exercises.pulse import Pulse


@dataclass(frozen=True)
class Case:
    """A job and the time that it is given.

    Attributes:
        steps: that it takes unless it is stopped, each of this length.
        wakes: whether a step ends as soon as the job is told to stop.
    """

    steps: int
    step_s: float
    limit_s: float
    wakes: bool = True


class Job:
    """A search in some steps, which looks at `stop` after each."""

    def __init__(self, case: Case, pulse: Pulse) -> None:
        self._case = case
        self._pulse = pulse
        self.calls = 0
        self.found: list[int] = []
        self.running = False
        self.on_the_loop = 0
        self.odd = ""  # what it was given in place of an event
        self.stop: threading.Event | None = None
        self.begin = 0.0
        self.told_at: float | None = None
        self.ended_at = 0.0

    def __call__(self, stop: threading.Event) -> list[int]:
        """Take the steps, and return their numbers."""
        self.calls += 1
        if not isinstance(stop, threading.Event):
            self.odd = "`asyncio.Event`" if isinstance(stop, asyncio.Event) else type(stop).__name__
            return []
        if on_the_loop():
            self.on_the_loop += 1
            return []
        found, stopped = list[int](), False
        self.stop, self.begin, self.running = stop, time.monotonic(), True
        try:
            while len(found) < self._case.steps and not stopped:
                found.append(len(found) + 1)
                self._pulse.felt()
                if self._case.wakes:
                    stopped = stop.wait(self._case.step_s)
                else:
                    time.sleep(self._case.step_s)
                    stopped = stop.is_set()
                if stopped:
                    self._pulse.felt()  # who blocks until the job has ended began to when it was told to stop
        finally:
            self.running, self.ended_at = False, time.monotonic()
        if stopped and self.told_at is None:
            self.told_at = self.ended_at
        if self.calls == 1:
            self.found = found
        return found
