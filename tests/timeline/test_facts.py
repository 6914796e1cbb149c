"""The facts are sentences that read well aloud."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.timeline import Ending, Limit, Record, State, Watch, duration
from helpers.timeline.facts import comparison, facts
from helpers.timeline.record import Missed

from .looking import lane

BLOCK = Record("Two waits", 0.105, (), ((0, 0.1),), 0.05)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 µs"),
        (0.000012, "12 µs"),
        (0.0042, "4.2 ms"),
        (0.1054, "105 ms"),
        (0.9996, "1.00 s"),
        (2.066, "2.07 s"),
        (12.0, "12.00 s"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_block_without_tasks_is_its_length_and_the_loop() -> None:
    assert facts(BLOCK) == "Two waits: 105 ms.\nThe loop was busy 5 % of the time."


def test_tasks_are_counted() -> None:
    block = replace(BLOCK, lanes=(lane("a"), lane("b")))
    assert "2 tasks, at most 2 in flight." in facts(block)


def test_one_task_is_no_plural() -> None:
    assert "1 task, at most 1 in flight." in facts(replace(BLOCK, lanes=(lane("a"),)))


def test_spans_are_lanes() -> None:
    assert "2 lanes" in facts(replace(BLOCK, lanes=(lane("a", kind="span"), lane("b"))))


def test_the_block_itself_is_not_counted() -> None:
    assert "task" not in facts(replace(BLOCK, lanes=(lane("main", kind="body"),)))


def test_nothing_is_said_of_endings_where_all_is_well() -> None:
    assert "done" not in facts(replace(BLOCK, lanes=(lane("a"),)))


def test_endings_are_counted_where_some_are_not_well() -> None:
    lanes = [lane("a"), lane("b", ending=Ending.FAILED), lane("c", ending=Ending.UNFINISHED)]
    assert "1 done, 1 failed, 1 still running at the end." in facts(replace(BLOCK, lanes=tuple(lanes)))


def test_one_blocking_is_named() -> None:
    block = replace(BLOCK, lanes=(lane("parse()", blockings=((0, 0.12),)),))
    assert facts(block).splitlines()[-1] == "parse() blocked the loop for 120 ms."


def test_the_longest_of_several_blockings_is_named() -> None:
    block = replace(BLOCK, lanes=(lane("short()", blockings=((0, 0.06),)), lane("long()", blockings=((0.1, 0.3),))))
    assert "The loop was blocked 2 times. The longest: long() blocked the loop for 200 ms." in facts(block)


def test_synchronous_code_has_no_loop_to_speak_of() -> None:
    assert facts(replace(BLOCK, idle=None, synchronous=True)) == "Two waits: 105 ms."


def test_a_watched_service_says_what_it_saw() -> None:
    block = replace(BLOCK, watched=(Watch("weather", ((0.0, 0), (0.1, 3))),))
    assert "weather had at most 3 in flight." in facts(block)


def test_a_service_in_trouble_is_mentioned() -> None:
    block = replace(BLOCK, watched=(Watch("weather", (), trouble="OSError: gone"),))
    assert "weather did not say what it saw (OSError: gone)." in facts(block)


def test_the_limit_is_set_against_the_time_it_took() -> None:
    block = replace(BLOCK, limit=Limit(0.1, "L"))
    assert "The limit L is 100 ms: it took 1.05× as long." in facts(block)


@pytest.mark.parametrize(("label", "said"), [("limit", "The limit is"), ("limit for one", "The limit for one is")])
def test_the_word_limit_is_not_said_twice(label: str, said: str) -> None:
    assert f"{said} 100 ms" in facts(replace(BLOCK, limit=Limit(0.1, label)))


def test_a_comparison_is_with_the_first() -> None:
    slow = replace(BLOCK, title="One by one", makespan_s=1.0)
    said = comparison([slow, BLOCK], Limit(0.1, "L"))
    assert said == "One by one: 1.00 s.\nTwo waits: 105 ms, 9.5× as fast.\nThe limit L is 100 ms."


def test_a_comparison_without_a_ratio_says_how_long_each_took() -> None:
    said = comparison([replace(BLOCK, title="One by one"), BLOCK], Limit(0.1, "L"), ratio=False)
    assert said == "One by one: 105 ms.\nTwo waits: 105 ms.\nThe limit L is 100 ms."


def test_a_wait_that_says_nothing_is_explained_where_it_is_seen() -> None:
    lanes = lane("a", (0, 0.1, State.OTHER)), lane("b", (0, 0.0005, State.OTHER))
    assert "can't be told" in facts(replace(BLOCK, lanes=lanes))
    assert "can't be told" not in facts(replace(BLOCK, lanes=lanes[1:]))


def test_states_are_named_in_words() -> None:
    assert all(" " in state or state == "running" for state in State)


def test_the_facts_of_a_beginning_do_not_tell_how_lanes_ended() -> None:
    block = replace(BLOCK, lanes=(lane("a", (0, 0.1, State.TIMER)),)).until(0.01)
    assert facts(block).startswith("Two waits, the beginning: 10 ms.\n1 task, at most 1 in flight.\nThe loop")


@pytest.mark.parametrize(
    ("kind", "steps", "waiting", "said"),
    [
        ("Queue", (0, 5), (2, 0), "it had at most 5 in it; at most 2 waited for it."),
        ("Semaphore", (0, 1), (0, 0), "it had at most 1 holder; nobody waited for it."),
        ("Lock", (0, 1), (0, 3), "it was held; at most 3 waited for it."),
        ("Condition", (0, 0), (0, 3), "it was not held; at most 3 waited for it."),
        ("Event", (0, 1), (1, 0), "it was set; at most 1 waited for it."),
        ("Event", (0, 0), (0, 0), "it was not set; nobody waited for it."),
        ("Executor", (0, 2), (0, 3), "it had at most 5 in flight."),
    ],
)
def test_what_is_watched_is_told_by_its_kind(
    kind: str, steps: tuple[int, int], waiting: tuple[int, int], said: str
) -> None:
    watch = Watch("it", ((0.0, steps[0]), (0.5, steps[1])), waiting=waiting, kind=kind)
    assert said in facts(Record("a", 1.0, (), None, 0.05, (watch,))).splitlines()


@pytest.mark.parametrize(
    ("missed", "said"),
    [
        (Missed(tasks=7), "7 tasks more have no lane: there were too many."),
        (Missed(merged=9), "9 steps were merged with their neighbours: there were too many."),
        (Missed(aims=100_000), "Whom a wait was for is kept of the first 100000 alone: there were too many."),
        (Missed(trouble="odd", trouble_s=1.0), "The recorder failed after 1.00 s (odd), and saw nothing from then on."),
    ],
)
def test_what_a_record_does_not_have_is_said(missed: Missed, said: str) -> None:
    assert facts(replace(BLOCK, missed=missed)).splitlines()[-1] == said
