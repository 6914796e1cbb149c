"""Who blocked the loop: what is a lane's own doing, and what was done by callbacks and the tasks of libraries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ._recorder import Recorder
from .lanes import Blocking, Lane


class Excuses:
    """Tells how much of a step was not its own doing: the recorder's work in it, or all where the loop ran in it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._made: list[int] | None = None

    def __call__(self, begin_ns: int, end_ns: int) -> int:
        """Return the nanoseconds of a step from its beginning to its end that count for nothing."""
        again = self._recorder.entered_again
        if again and bisect_left(again, begin_ns) < bisect_left(again, end_ns):
            return end_ns - begin_ns  # `nest_asyncio` ran the loop in it
        if self._made is None:
            self._made = sorted(marks.created_ns for marks in self._recorder.marks if marks.kind == "task")
        made = bisect_left(self._made, end_ns) - bisect_left(self._made, begin_ns)
        return made * self._recorder.own_ns // max(1, len(self._made))


def blockings_of_others(
    recorder: Recorder, lanes: Sequence[Lane], blocking_s: float, *, hidden: bool
) -> Sequence[Blocking]:
    """Return what blocked the loop and has no lane: callbacks, and (where they are `hidden`) tasks of libraries."""
    return list(_of_others(recorder, lanes, blocking_s, hidden=hidden))


def _of_others(recorder: Recorder, lanes: Sequence[Lane], blocking_s: float, *, hidden: bool) -> Iterator[Blocking]:
    begin_ns, end_ns = recorder.begin_ns, recorder.end_ns or 0
    if not recorder.long_runs:
        return
    shown = [blocking for lane in lanes for blocking in lane.blockings]
    for run_begin_ns, run_end_ns, name, place, marks in recorder.long_runs:
        if marks is not None and not hidden:
            continue  # it has a lane
        start_s, end_s = ((min(max(ns, begin_ns), end_ns) - begin_ns) / 1e9 for ns in (run_begin_ns, run_end_ns))
        # An eager task of the learner's may have run in it, and that has a lane.
        inside_s = sum(one.length_s for one in shown if start_s <= one.start_s and one.end_s <= end_s)
        if end_s - start_s - inside_s > blocking_s:
            yield Blocking(name, start_s, end_s, place=place)
