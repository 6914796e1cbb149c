"""`check`: run a learner's answer, and say what was seen."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from helpers.exercises import latest, progress, spare, telling
from helpers.exercises.exercise import find
from helpers.exercises.grader import grade
from helpers.exercises.report import show
from helpers.exercises.stubs import is_stub


def check(number: str, answer: Any) -> None:
    """Run an answer in a process of its own, and say how it ran, with its timeline.

        check("1.2", fetch_all)

    Give the function itself. It takes as long as the answer does, 10 seconds at the most; Stop ends it. An exercise
    that has not been attempted says so, and so does one whose cell could not be run when it was run last.

    Raises:
        LookupError: when there is no exercise with this number, with those that there are.
    """
    __tracebackhide__ = True  # when it is interrupted, IPython folds this frame
    exercise = find(number)
    if (why := latest.outdated(answer)) is not None:
        print(f"{exercise.number}: {why}")  # noqa: T201 - a cell's output
        return
    if is_stub(answer, exercise):
        print(f"{exercise.number}: not attempted yet")  # noqa: T201 - a cell's output
        return
    try:
        with _stop_works():
            verdict = grade(exercise, answer)
        if verdict.checked:
            progress.note(exercise.number, right=verdict.right)
            telling.tell(verdict)
        show(verdict)
    finally:
        spare.warm_up()  # not earlier: its imports would take time from the answer, and from the picture


@contextmanager
def _stop_works() -> Iterator[None]:
    """Let an interrupt raise KeyboardInterrupt here.

    In a cell that has an `await`, ipykernel cancels the cell instead, which takes effect at the next `await` only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
