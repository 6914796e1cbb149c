"""The next grader's process: a template that forks one when it is asked for, or one warmed up and waiting."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections import deque

from helpers.exercises.forked import CanNot, Template
from helpers.exercises.worker import Worker, template

FORKS = sys.platform == "linux"
_lock = threading.Lock()
_waiting: deque[Worker] = deque()
_template: Template | None = None
_may_fork = FORKS


def warm_up(count: int = 1) -> None:
    """Start what will run the next answers; return at once. Nothing happens if it is there.

    Args:
        count: of the processes that wait, where none can be forked. Learners have one, and their answers the machine
            to themselves. Tests keep two: while one answer waits, the process for the next starts.
    """
    global _template  # noqa: PLW0603 - one for the kernel
    with _lock:
        if _may_fork:
            if _template is None or not _template.alive:
                if _template is not None:
                    _template.close()
                _template = template()
            return
        for worker in [worker for worker in _waiting if not worker.alive]:
            _waiting.remove(worker)
            worker.close()
        while len(_waiting) < count:
            _waiting.append(Worker())


def take() -> Worker:
    """Return a process for one answer, forked or the one that has waited longest; it is the caller's to end."""
    global _may_fork  # noqa: PLW0603 - what forks has more than one thread, or does not come up: then never again
    for _ in range(2):
        warm_up()
        if _may_fork and _template is not None:
            with contextlib.suppress(CanNot):
                return Worker(_template)
            if _template.alive:
                break
    if _may_fork:
        _may_fork = False
        shut_down()
        warm_up()
    with _lock:
        return _waiting.popleft() if _waiting else Worker()


def waiting() -> list[int]:
    """Return the process ids of what waits."""
    return [worker.pid for worker in _waiting] + ([_template.pid] if _template is not None else [])


def shut_down() -> None:
    """End what waits."""
    global _template  # noqa: PLW0603
    with _lock:
        while _waiting:
            _waiting.popleft().close()
        if _template is not None:
            _template.close()
            _template = None


def _after_fork_in_child() -> None:
    global _lock, _template  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    while _waiting:
        _waiting.popleft().disown()
    if _template is not None:
        _template.disown()
        _template = None


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
