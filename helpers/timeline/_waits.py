"""The longest waits, with the line of code that waits.

Where a task waits can be read from its coroutine as long as it is suspended, until the step that ends the wait begins.
Only a wait that is longer than the shortest of the longest ones known is looked into, so that there are few.
"""

from __future__ import annotations

import heapq
from typing import Any

from ._steps import Marks
from .origin import is_library_file
from .reasons import chain
from .states import State

MOST = 50
LEAST_NS = 1_000_000


class Waits:
    """The longest waits so far. `least_ns` is what a wait must be longer than to be one of them.

    Waits for other tasks are left out, and so are those of libraries' own tasks: what those tasks waited for is among
    the others.
    """

    __slots__ = ("_count", "_heap", "least_ns")

    def __init__(self) -> None:
        self.least_ns = LEAST_NS
        self._heap: list[tuple[int, int, int, Marks, State, str | None]] = []
        self._count = 0

    def add(self, marks: Marks, coro: Any, since_ns: int, until_ns: int) -> None:
        """Note a wait that ends now, while the coroutine is still suspended in it."""
        state = marks.steps[-1] if marks.steps else State.RUNNING
        ready_ns = marks.ready_ns
        if ready_ns is not None and since_ns < ready_ns < until_ns:
            until_ns = ready_ns
        if not state.is_waiting or state is State.TASK or marks.from_library or until_ns - since_ns <= self.least_ns:
            return
        self._count += 1
        entry = (until_ns - since_ns, self._count, since_ns, marks, state, _place(coro))
        if len(self._heap) < MOST:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heapreplace(self._heap, entry)
            self.least_ns = self._heap[0][0]

    def copy(self) -> Waits:
        """Return another that goes its own way."""
        taken = Waits()
        taken.least_ns, taken._heap, taken._count = self.least_ns, self._heap.copy(), self._count
        return taken

    def found(self) -> list[tuple[int, int, Marks, State, str | None]]:
        """Return (since when, for how long, whose, for what, where), the longest first."""
        ordered = sorted(self._heap, key=_longest_first)
        return [(since, length, marks, state, place) for length, _, since, marks, state, place in ordered]


def _longest_first(entry: tuple[Any, ...]) -> tuple[int, int]:
    return -entry[0], entry[1]


def _place(coro: Any) -> str | None:
    try:
        return place_of(coro)
    except Exception:  # a learner's own object, which may refuse to be asked
        return None


def place_of(coro: Any) -> str | None:
    """Return where a suspended coroutine waits, "file:line": the innermost line that is not of a library."""
    innermost: str | None = None
    for one in chain(coro):
        for kind in ("cr", "ag", "gi"):
            frame = getattr(one, f"{kind}_frame", None)
            if frame is not None and (innermost is None or not is_library_file(frame.f_code.co_filename)):
                innermost = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    return innermost
