"""What follows from the lanes of a block, and what watched services say of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from helpers.timeline import Ending, Lane, Limit, Record, State, Watch
from helpers.timeline._recorder import Recorder
from helpers.timeline.record import record_from

from .looking import lane


def record(*lanes: Lane, makespan_s: float = 10.0, idle: tuple[tuple[float, float], ...] | None = ()) -> Record:
    return Record("a block", makespan_s, lanes, idle, 0.05)


def test_a_block_that_ran_all_the_time_was_busy_all_the_time() -> None:
    assert record().busy_share == 1


def test_what_was_idle_was_not_busy() -> None:
    assert record(idle=((0, 2), (5, 6))).busy_share == pytest.approx(0.7)


def test_a_loop_that_shows_no_idling_was_busy_while_tasks_ran() -> None:
    working = lane("a", (0, 1, State.RUNNING), (1, 8, State.TIMER), (8, 9, State.BLOCKING))
    assert record(working, idle=None).busy_share == pytest.approx(0.2)


def test_a_synchronous_block_has_no_loop_to_be_busy() -> None:
    assert Record("a block", 1.0, (), None, 0.05, synchronous=True).busy_share is None


def test_a_block_of_no_length_has_no_busy_share() -> None:
    assert record(makespan_s=0.0).busy_share is None


def test_the_busy_share_of_each_bin_is_between_none_and_all() -> None:
    assert record(idle=((2.5, 10),)).busy_by_bin(4) == pytest.approx([1, 0, 0, 0])


def test_the_bins_of_a_loop_that_shows_no_idling_come_from_its_tasks() -> None:
    working = lane("a", (0, 5, State.RUNNING), (5, 10, State.TIMER))
    assert record(working, idle=None).busy_by_bin(4) == pytest.approx([1, 1, 0, 0])


def test_the_bins_add_up_to_the_whole() -> None:
    block = record(idle=((0.3, 1.7), (4.4, 4.5), (9, 10)))
    assert sum(block.busy_by_bin(7)) / 7 == pytest.approx(block.busy_share)


def test_lanes_are_counted_by_state_at_the_middle_of_each_bin() -> None:
    counts = record(
        lane("a", (0, 5, State.TIMER), (5, 10, State.NETWORK)), lane("b", (0, 10, State.TIMER))
    ).counts_by_bin(2)
    assert counts == {State.TIMER: [2, 1], State.NETWORK: [0, 1]}


def test_the_block_itself_is_not_counted() -> None:
    assert record(lane("main", (0, 10, State.TASK), kind="body")).counts_by_bin(4) == {}


def test_what_is_shorter_than_a_bin_and_misses_its_middle_is_not_counted() -> None:
    assert record(lane("a", (0, 0.1, State.RUNNING))).counts_by_bin(2) == {}


def test_blockings_come_in_the_order_of_their_beginning() -> None:
    later, earlier = lane("late", blockings=((5, 6),)), lane("early", blockings=((1, 2),))
    assert [blocking.lane for blocking in record(later, earlier).blockings] == ["early", "late"]


def test_the_record_of_a_running_block_is_refused() -> None:
    with pytest.raises(RuntimeError, match="has not ended yet"):
        record_from(Recorder(), title="a block", blocking_s=0.05)


@pytest.mark.parametrize("limit_s", [0, -1, math.nan, math.inf])
def test_a_limit_is_a_time(limit_s: float) -> None:
    with pytest.raises(ValueError, match="limit_s is a time in seconds greater than 0"):
        Limit(limit_s, "L")


def test_the_beginning_of_a_block_is_cut_off_at_its_end() -> None:
    made = lane("a", (0, 2, State.RUNNING), (2, 8, State.TIMER), (8, 9, State.RUNNING))
    cut = record(made, idle=((2, 8), (9, 10))).until(4)
    assert [(s.start_s, s.end_s, s.state) for s in cut.lanes[0].segments] == [
        (0, 2, State.RUNNING),
        (2, 4, State.TIMER),
    ]
    assert (cut.makespan_s, cut.idle, cut.lanes[0].ended_s) == (4, ((2, 4),), 4)


def test_a_lane_that_ends_after_the_beginning_has_no_ending_in_it() -> None:
    early, late = lane("early", (0, 1, State.RUNNING)), lane("late", (0, 9, State.RUNNING), ending=Ending.FAILED)
    cut = record(early, late).until(4)
    assert [made.ending for made in cut.lanes] == [Ending.DONE, Ending.UNFINISHED]


def test_a_lane_that_is_made_after_the_beginning_is_empty_in_it() -> None:
    (later,) = record(lane("later", (5, 9, State.RUNNING))).until(4).lanes
    assert (later.segments, later.length_s) == ((), 0)


def test_a_blocking_is_in_the_beginning_once_it_was_too_long_there() -> None:
    segments = (3, 3.05, State.RUNNING), (3.05, 6, State.BLOCKING)
    held = record(lane("rude()", *segments, blockings=((3, 6),)))
    assert [(blocking.start_s, blocking.end_s) for blocking in held.until(4).blockings] == [(3, 4)]
    assert held.until(3.04).blockings == ()


def test_the_beginning_has_what_services_had_in_hand_then_and_no_limit() -> None:
    watched = (Watch("weather", ((0.0, 0), (1.0, 2), (6.0, 5))),)
    cut = replace(record(), watched=watched, limit=Limit(3, "L")).until(4)
    assert (cut.watched[0].steps, cut.limit) == (((0.0, 0), (1.0, 2)), None)


def test_the_beginning_is_called_so_unless_it_is_the_whole() -> None:
    whole = record()
    assert (whole.until(4).title, whole.until(10)) == ("a block, the beginning", whole)


@pytest.mark.parametrize("until_s", [0, -1, math.nan, math.inf])
def test_a_beginning_that_makes_no_sense_is_refused(until_s: float) -> None:
    with pytest.raises(ValueError, match="until_s is a time in seconds greater than 0"):
        record().until(until_s)
