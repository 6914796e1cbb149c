"""A scene says what to draw, whoever draws it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from helpers.timeline import Ending, Limit, Record, State, Watch
from helpers.timeline.scene import BINS, MAX_LANES, SLIVER, WORK, scene_of

from .looking import lane

BODY = lane("main", (0, 1, State.TASK), kind="body")


def record(*lanes: object, makespan_s: float = 1.0, title: str = "a block") -> Record:
    return Record(title, makespan_s, (BODY, *lanes), (), 0.05)  # type: ignore[arg-type]


def test_lanes_stay_in_the_order_in_which_they_were_made() -> None:
    (panel,) = scene_of([record(lane("b"), lane("a"))]).panels
    assert [row.name for row in panel.rows] == ["main", "b", "a"]


def test_up_to_sixty_tasks_are_lanes() -> None:
    (panel,) = scene_of([record(*[lane(str(n)) for n in range(MAX_LANES)])]).panels
    assert (len(panel.rows), panel.counts) == (MAX_LANES + 1, None)


def test_more_tasks_are_counts() -> None:
    (panel,) = scene_of([record(*[lane(str(n)) for n in range(MAX_LANES + 1)])]).panels
    assert panel.counts is not None
    assert (panel.rows, panel.counts.total, panel.counts.by_state) == ((), 61, {State.TIMER: [61] * BINS})


def test_tasks_are_called_tasks_and_others_lanes() -> None:
    tasks, spans = (scene_of([record(*[lane("x", kind=kind)] * 3)]).panels[0] for kind in ("task", "span"))
    assert (tasks.noun, spans.noun) == ("3 tasks", "3 lanes")


def test_the_block_itself_has_no_ending_to_draw() -> None:
    (panel,) = scene_of([record(lane("a", ending=Ending.FAILED))]).panels
    assert [row.ending for row in panel.rows] == [None, Ending.FAILED]


def test_blockings_become_bands() -> None:
    (panel,) = scene_of([record(lane("a", blockings=((0.2, 0.4),)))]).panels
    assert panel.bands == ((0.2, 0.4),)


def test_several_records_share_the_longest_axis() -> None:
    scene = scene_of([record(makespan_s=0.5), record(makespan_s=2.0)])
    assert (len(scene.panels), scene.axis_s) == (2, 2.0)


def test_a_limit_beyond_the_end_stretches_the_axis() -> None:
    assert scene_of([record()], limit=Limit(3.0, "N·L")).axis_s == 3.0


def test_one_record_brings_its_own_limit() -> None:
    limit = Limit(0.3, "L")
    assert scene_of([replace(record(), limit=limit)]).limit == limit


def test_one_record_has_strips_and_several_have_none() -> None:
    watched = replace(record(), watched=(Watch("weather", ((0.0, 2),), capacity=5),))
    assert [strip.kind for strip in scene_of([watched]).strips] == ["busy", "in_flight"]
    assert scene_of([watched, watched]).strips == ()


def test_a_strip_reaches_to_its_capacity() -> None:
    watched = replace(record(), watched=(Watch("weather", ((0.0, 2),), capacity=5),))
    assert scene_of([watched]).strips[1].top == 5


def test_a_step_of_a_microsecond_is_seen() -> None:
    made = lane("a", (0, 0.4, State.TIMER), (0.4, 0.400001, State.RUNNING), (0.400001, 1, State.TIMER))
    assert [bar.state for bar in scene_of([record(made)]).panels[0].rows[1].bars] == [
        State.TIMER,
        State.RUNNING,
        State.TIMER,
    ]


def test_a_lane_that_steps_all_the_time_and_works_little_does_not_look_as_if_it_worked() -> None:
    count = 5000
    parts = []
    for number in range(count):
        start = number / count
        parts += [(start, start + 0.1 / count, State.RUNNING), (start + 0.1 / count, start + 1 / count, State.TIMER)]
    bars = scene_of([record(lane("a", *parts))]).panels[0].rows[1].bars
    working = sum(bar.end_s - bar.start_s for bar in bars if bar.state in WORK)
    assert 0.05 < working < 0.2


def test_thousands_of_steps_become_no_more_bars_than_there_are_slivers() -> None:
    count = 20_000
    parts = [(n / count, (n + 1) / count, State.RUNNING if n % 2 else State.LOCK) for n in range(count)]
    assert len(scene_of([record(lane("a", *parts))]).panels[0].rows[1].bars) <= 1.1 / SLIVER


def test_bars_cover_the_lane_without_gaps() -> None:
    count = 3000
    parts = [(n / count, (n + 1) / count, State.RUNNING if n % 7 else State.LOCK) for n in range(count)]
    bars = scene_of([record(lane("a", *parts))]).panels[0].rows[1].bars
    assert [bar.end_s for bar in bars[:-1]] == [bar.start_s for bar in bars[1:]]


def test_a_blocking_is_never_merged_away() -> None:
    tiny = [(n / 5000, (n + 1) / 5000, State.TIMER if n % 2 else State.RUNNING) for n in range(2500)]
    made = lane("a", *tiny, (0.5, 0.5001, State.BLOCKING), (0.5001, 1, State.TIMER))
    assert State.BLOCKING in scene_of([record(made)]).states


def test_states_are_listed_in_the_order_of_the_legend() -> None:
    made = lane("a", (0, 0.3, State.NOT_STARTED), (0.3, 0.6, State.NETWORK), (0.6, 1, State.RUNNING))
    assert scene_of([record(made)]).states == [State.RUNNING, State.NETWORK, State.TASK, State.NOT_STARTED]


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="give at least one timeline"):
        scene_of([])


def test_a_block_of_no_length_can_be_laid_out() -> None:
    assert scene_of([record(makespan_s=0.0)]).axis_s > 0


def test_a_scene_is_laid_out_without_matplotlib() -> None:
    import subprocess

    code = "import sys, helpers.timeline.scene, helpers.timeline._layout; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_lane_that_goes_on_after_the_beginning_has_no_mark_of_an_ending() -> None:
    early, late = lane("early", (0, 0.1, State.RUNNING)), lane("late", (0, 0.9, State.RUNNING))
    scene = scene_of([record(early, late).until(0.5)])
    assert [row.ending for row in scene.panels[0].rows] == [None, Ending.DONE, None]
    assert (scene.axis_s, scene.endings) == (0.5, [Ending.DONE])
