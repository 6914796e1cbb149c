"""The next grader's process, warmed up and waiting."""

from __future__ import annotations

import atexit
import os
import threading

from helpers.exercises.worker import Worker

_lock = threading.Lock()
_spare: Worker | None = None


def warm_up() -> None:
    """Start the process that will run the next answer; return at once. Nothing happens if one waits."""
    global _spare  # noqa: PLW0603 - one waits per kernel
    with _lock:
        if _spare is None or not _spare.alive:
            if _spare is not None:
                _spare.close()
            _spare = Worker()


def take() -> Worker:
    """Return the process that waits, started if there is none; it is the caller's to end."""
    global _spare
    warm_up()
    with _lock:
        worker, _spare = _spare, None
    return worker if worker is not None else Worker()


def shut_down() -> None:
    """End the process that waits."""
    global _spare
    with _lock:
        worker, _spare = _spare, None
    if worker is not None:
        worker.close()


def _after_fork_in_child() -> None:
    global _spare, _lock  # noqa: PLW0603 - the lock too
    _lock = threading.Lock()  # another thread of the parent may have held it
    worker, _spare = _spare, None
    if worker is not None:
        worker.disown()


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
