"""Marks become lanes of segments, cut to the block."""

from __future__ import annotations

import pytest

from helpers.timeline import Ending, Lane, State
from helpers.timeline._steps import Marks
from helpers.timeline.lanes import lane_from, peak_in_flight

from .looking import lane

MS = 1_000_000


def marks(*steps: tuple[int | None, int, int, State], ending: Ending | None = Ending.DONE, created: int = 0) -> Marks:
    """Make the marks of a task from steps in milliseconds."""
    made = Marks("task", "work()", created * MS)
    for ready, begin, end, reason in steps:
        made.steps += None if ready is None else ready * MS, begin * MS, end * MS, reason
    if ending is not None:
        made.ending, made.ended_ns = ending, steps[-1][2] * MS
    return made


def lane_in(made: Marks, end: int = 100, blocking_s: float = 0.05) -> Lane:
    return lane_from(made, begin_ns=0, end_ns=end * MS, blocking_s=blocking_s)


def parts(made: Marks, end: int = 100, blocking_s: float = 0.05) -> list[tuple[int, int, State]]:
    """Return the segments of a lane in milliseconds."""
    segments = lane_in(made, end, blocking_s).segments
    return [(round(s.start_s * 1000), round(s.end_s * 1000), s.state) for s in segments]


def test_a_lane_begins_with_what_has_not_started() -> None:
    assert parts(marks((None, 5, 6, State.RUNNING)))[0] == (0, 5, State.NOT_STARTED)


def test_a_step_is_followed_by_what_it_waits_for() -> None:
    made = marks((None, 0, 1, State.TIMER), (None, 11, 12, State.RUNNING))
    assert parts(made) == [(0, 1, State.RUNNING), (1, 11, State.TIMER), (11, 12, State.RUNNING)]


def test_what_could_go_on_before_it_does_is_ready() -> None:
    made = marks((None, 0, 1, State.LOCK), (7, 11, 12, State.RUNNING))
    assert parts(made)[1:3] == [(1, 7, State.LOCK), (7, 11, State.READY)]


def test_a_wake_up_from_before_the_wait_says_nothing() -> None:
    made = marks((None, 5, 6, State.LOCK), (3, 11, 12, State.RUNNING))
    assert (6, 11, State.LOCK) in parts(made)


def test_a_step_as_long_as_blocking_s_is_no_blocking() -> None:
    assert lane_in(marks((None, 0, 50, State.RUNNING))).blockings == ()


def test_a_longer_step_blocks_from_blocking_s_on() -> None:
    made = marks((None, 0, 80, State.RUNNING))
    assert parts(made) == [(0, 50, State.RUNNING), (50, 80, State.BLOCKING)]


def test_a_blocking_lasts_for_the_whole_step() -> None:
    (blocking,) = lane_in(marks((None, 10, 90, State.RUNNING))).blockings
    assert blocking.length_s == pytest.approx(0.08)


def test_synchronous_code_blocks_no_loop() -> None:
    made = Marks("span", "oslo", 0)
    made.end(0, 80 * MS, None)
    assert (parts(made), lane_in(made).blockings) == ([(0, 80, State.CALLING)], ())


def test_the_first_step_of_an_eager_task_is_cut_out_of_its_creators() -> None:
    made = marks((None, 0, 70, State.RUNNING))
    made.nested = [(10 * MS, 65 * MS)]
    assert parts(made) == [(0, 10, State.RUNNING), (10, 65, State.READY), (65, 70, State.RUNNING)]


def test_several_eager_tasks_are_cut_out_of_the_steps_that_made_them() -> None:
    made = marks((None, 0, 30, State.TIMER), (None, 40, 60, State.RUNNING))
    made.nested = [(5 * MS, 6 * MS), (10 * MS, 12 * MS), (45 * MS, 46 * MS)]
    ready = [(start, end) for start, end, state in parts(made) if state is State.READY]
    assert ready == [(5, 6), (10, 12), (45, 46)]


def test_a_lane_that_goes_on_is_cut_at_the_end_of_the_block() -> None:
    made = marks((None, 0, 1, State.TIMER), ending=None)
    assert (parts(made)[-1], lane_in(made).ending) == ((1, 100, State.TIMER), Ending.UNFINISHED)


def test_a_lane_that_ended_after_the_block_is_unfinished() -> None:
    assert lane_in(marks((None, 0, 150, State.RUNNING)), end=100).ending is Ending.UNFINISHED


def test_a_task_that_never_started_is_drawn_to_the_end() -> None:
    assert parts(marks(ending=None, created=20)) == [(20, 100, State.NOT_STARTED)]


@pytest.mark.parametrize("ending", [Ending.DONE, Ending.FAILED, Ending.CANCELLED])
def test_a_lane_knows_how_it_ended(ending: Ending) -> None:
    assert lane_in(marks((None, 0, 1, State.RUNNING), ending=ending)).ending is ending


def test_the_time_in_a_state_adds_up() -> None:
    made = marks((None, 0, 1, State.TIMER), (None, 11, 12, State.TIMER), (None, 22, 23, State.RUNNING))
    assert lane_in(made).time_in(State.TIMER) == pytest.approx(0.020)


def test_segments_leave_no_gap() -> None:
    made = marks((None, 3, 4, State.LOCK), (6, 9, 70, State.TIMER), (75, 80, 81, State.RUNNING))
    segments = lane_in(made).segments
    assert [s.end_s for s in segments[:-1]] == [s.start_s for s in segments[1:]]


def test_lanes_that_overlap_are_in_flight_together() -> None:
    lanes = [lane("a", (0, 2, State.TIMER)), lane("b", (1, 3, State.TIMER)), lane("c", (2.5, 4, State.TIMER))]
    assert peak_in_flight(lanes) == 2


def test_a_lane_that_begins_as_another_ends_is_not_in_flight_with_it() -> None:
    assert peak_in_flight([lane("a", (0, 1, State.TIMER)), lane("b", (1, 2, State.TIMER))]) == 1


def test_a_task_is_not_in_flight_before_its_first_step() -> None:
    late = lane("late", (0, 5, State.NOT_STARTED), (5, 6, State.RUNNING))
    assert peak_in_flight([lane("a", (0, 4, State.TIMER)), late]) == 1


def test_the_block_itself_is_not_in_flight() -> None:
    assert peak_in_flight([lane("main", (0, 9, State.TASK), kind="body")]) == 0
