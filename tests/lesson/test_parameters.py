"""What an experiment can be run with."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.lesson.parameters import parameters_of


async def experiment(n: int = 30, latency_s: float = 0.1, style: str = "tasks", k: int = 5) -> None: ...


async def bare(n: int, latency_s: float) -> None: ...


def starts(experiment: Any, **ranges: Any) -> dict[str, Any]:
    return {parameter.name: parameter.start for parameter in parameters_of(experiment, ranges)}


def test_a_parameter_starts_at_its_default() -> None:
    assert starts(experiment, n=(1, 200), latency_s=(0.01, 0.5), style=["threads", "tasks"]) == {
        "n": 30,
        "latency_s": 0.1,
        "style": "tasks",
    }


def test_without_a_default_it_starts_in_the_middle() -> None:
    assert starts(bare, n=(1, 200), latency_s=(0.0, 0.5)) == {"n": 100, "latency_s": 0.25}


def test_whole_numbers_go_by_one_and_fractions_by_a_round_step() -> None:
    n, latency_s = parameters_of(experiment, {"n": (1, 200), "latency_s": (0.01, 0.5)})
    assert (n.step, latency_s.step) == (1, 0.002)
    assert isinstance(n.start, int)


def test_a_range_of_whole_numbers_around_a_fraction_is_one_of_fractions() -> None:
    (latency_s,) = parameters_of(experiment, {"latency_s": (0, 1)})
    assert (latency_s.start, latency_s.step) == (0.1, 0.01)


def test_in_words_it_says_where_it_starts_and_where_it_can_go() -> None:
    n, style = parameters_of(experiment, {"n": (1, 200), "style": ["threads", "tasks"]})
    assert (str(n), str(style)) == ("n = 30 (1 to 200)", "style = tasks (threads, tasks)")


def test_keyword_arguments_take_any_name() -> None:
    async def anything(**values: int) -> None: ...

    assert starts(anything, x=(1, 3)) == {"x": 2}


@pytest.mark.parametrize(
    ("function", "ranges", "message"),
    [
        (len, {"n": (1, 2)}, "the first argument is the experiment, an `async def` function, got <built-in"),
        (experiment, {}, "needs a range for at least one parameter, such as"),
        (experiment, {"m": (1, 2)}, "no parameter 'm'; it has n, latency_s, style, k"),
        (bare, {"n": (1, 2)}, "'latency_s' has no value: give it a range or a default"),
        (experiment, {"n": 200}, r"n takes a pair of numbers such as \(1, 200\), or a list of choices, got 200"),
        (experiment, {"n": (1, 50, 200)}, "n takes a pair of numbers"),
        (experiment, {"n": (False, True)}, "n takes a pair of numbers"),
        (experiment, {"latency_s": (0.1, float("inf"))}, "latency_s takes a pair of numbers"),
    ],
)
def test_what_does_not_fit_together_is_named(function: Any, ranges: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        parameters_of(function, ranges)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"n": (200, 1)}, r"from the least to the most, such as \(1, 200\), got \(200, 1\)"),
        ({"n": (50, 200)}, r"starts at the experiment's default, 30, which is not in \(50, 200\)"),
        ({"style": []}, "style needs at least one value to choose from"),
        ({"style": ["threads"]}, r"starts at the experiment's default, 'tasks', which is not in \['threads'\]"),
    ],
)
def test_a_range_without_the_start_is_refused(ranges: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parameters_of(experiment, ranges)


def test_two_values_differ_when_they_are_two_positions_of_the_slider() -> None:
    n, latency_s, style = parameters_of(
        experiment, {"n": (1, 200), "latency_s": (0.02, 0.2), "style": ["threads", "tasks"]}
    )
    assert [n.differs(30, 31), n.differs(30, 30)] == [True, False]
    assert [latency_s.differs(0.1, 0.101), latency_s.differs(0.1, 0.09999999999999999)] == [True, False]
    assert [style.differs("threads", "tasks"), style.differs("tasks", "tasks")] == [True, False]
