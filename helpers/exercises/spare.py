"""The next grader's process, warmed up and waiting."""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque

from helpers.exercises.worker import Worker

_lock = threading.Lock()
_waiting: deque[Worker] = deque()


def warm_up(count: int = 1) -> None:
    """Start the processes that will run the next answers; return at once. Nothing happens if so many wait.

    Learners have one, and their answers the machine to themselves. Tests keep two: while one answer waits, the process
    for the next starts.
    """
    with _lock:
        for worker in [worker for worker in _waiting if not worker.alive]:
            _waiting.remove(worker)
            worker.close()
        while len(_waiting) < count:
            _waiting.append(Worker())


def take() -> Worker:
    """Return the process that has waited longest, started if there is none; it is the caller's to end."""
    warm_up()
    with _lock:
        return _waiting.popleft() if _waiting else Worker()


def waiting() -> list[int]:
    """Return the process ids of those that wait."""
    return [worker.pid for worker in _waiting]


def shut_down() -> None:
    """End the processes that wait."""
    with _lock:
        while _waiting:
            _waiting.popleft().close()


def _after_fork_in_child() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    while _waiting:
        _waiting.popleft().disown()


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
