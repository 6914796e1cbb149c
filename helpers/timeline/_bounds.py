"""How long a record may grow: beyond that, many steps are made few, the oldest first.

130 bytes a step and about 1.5 KiB a lane: at most some 300 MB. A step that blocked the loop is never merged.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._recorder import LongRun, Recorder
    from ._steps import Marks

MOST_LANES = 150_000
MOST_STEPS = 400_000
MOST_IDLE = 100_000
TURNS = 0xFFF  # of the loop between two looks, less one: a power of two less one


def merge_steps(all_marks: list[Marks], blocking_ns: int) -> int:
    """Make two steps one in the older halves of long lanes where there are too many, and say how many went."""
    items = sum(len(marks.steps) for marks in all_marks)
    if items <= 4 * MOST_STEPS:
        return 0
    few = 4 * max(8, MOST_STEPS // len(all_marks) // 2)
    return sum(_merge(marks, blocking_ns) for marks in all_marks if len(marks.steps) > few and not marks.nested)


def _merge(marks: Marks, blocking_ns: int) -> int:
    half = len(marks.steps) // 8 * 4
    merged = merged_steps(marks.steps[:half], 2, blocking_ns)
    marks.steps[:half] = merged
    marks.dropped += half - len(merged)
    return (half - len(merged)) // 4


def merged_steps(steps: list[Any], size: int, blocking_ns: int) -> list[Any]:
    """Make one step of each `size`, with as much work in it as there was; one that blocked the loop stays as it is."""
    merged: list[Any] = []
    for first in range(0, len(steps), 4 * size):
        part = steps[first : first + 4 * size]
        begins, ends = part[1::4], part[2::4]
        if max(map(int.__sub__, ends, begins)) > blocking_ns:
            merged += part
        else:
            merged += part[0], begins[0], begins[0] + sum(ends) - sum(begins), part[-1]
    return merged


def merge_idle(idle: list[tuple[int, int]]) -> int:
    """Make one of two stretches in the older half where there are too many, and say how many went."""
    if len(idle) <= MOST_IDLE:
        return 0
    half = len(idle) // 4 * 2
    pairs = zip(idle[0:half:2], idle[1:half:2], strict=True)
    idle[:half] = [(start, end + later_end - later_start) for (start, end), (later_start, later_end) in pairs]
    return half // 2


def long_steps_of_libraries(all_marks: Iterable[Marks], blocking_ns: int) -> Iterator[LongRun]:
    """Yield what took long in the tasks of libraries."""
    for marks in all_marks:
        if marks.from_library:
            for _, begin_ns, end_ns, _ in marks.each_step():
                if end_ns - begin_ns > blocking_ns:
                    yield begin_ns, end_ns, marks.name_in_library, marks.place, marks


def forget(recorder: Recorder, until_ns: int) -> None:
    """Drop lanes, steps and idle stretches that were over at a moment."""
    recorder.marks[:] = [marks for marks in recorder.marks if marks.ended_ns is None or marks.ended_ns >= until_ns]
    for marks in recorder.marks:
        if marks.nested is None:
            over = bisect_left(marks.steps[2::4], until_ns)
            over -= 1  # what it waited for at that moment stays known
            if over > 0:
                del marks.steps[: 4 * over]
                marks.dropped += 4 * over
                marks.created_ns = max(marks.created_ns, marks.steps[1])
    recorder.idle[:] = [stretch for stretch in recorder.idle if stretch[1] >= until_ns]
    recorder.long_runs[:] = [run for run in recorder.long_runs if run[1] >= until_ns]
