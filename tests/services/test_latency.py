"""Latencies are drawn as their names say, and refuse numbers that make no sense."""

from __future__ import annotations

import random
import statistics

import pytest

from helpers.services import Fixed, LogNormal, Uniform
from helpers.services.latency import as_latency, from_wire, to_wire


def test_a_fixed_latency_is_always_the_same() -> None:
    assert {Fixed(0.1).draw(random.Random(i)) for i in range(20)} == {0.1}


def test_a_uniform_latency_fills_its_range_and_no_more() -> None:
    drawn = [Uniform(0.1, 0.3).draw(random.Random(i)) for i in range(2000)]
    assert 0.1 <= min(drawn) < 0.11
    assert 0.29 < max(drawn) <= 0.3


def test_a_lognormal_latency_has_the_median_and_the_p99_it_was_given() -> None:
    rng = random.Random(1)
    drawn = sorted(LogNormal(median_s=0.08, p99_s=0.4).draw(rng) for _ in range(50_000))
    assert statistics.median(drawn) == pytest.approx(0.08, rel=0.03)
    assert drawn[int(0.99 * len(drawn))] == pytest.approx(0.4, rel=0.06)


@pytest.mark.parametrize("latency", [Fixed(0.1), Uniform(0, 1), LogNormal(0.1, 0.5)])
def test_a_latency_survives_the_trip_to_the_daemon(latency: Fixed | Uniform | LogNormal) -> None:
    assert from_wire(to_wire(latency)) == latency


def test_a_number_is_a_fixed_latency() -> None:
    assert as_latency(1) == Fixed(1)


@pytest.mark.parametrize("wrong", ["0.1", None, True, [0.1]])
def test_what_is_no_latency_is_refused_with_what_is_one(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"latency_s must be a number of seconds, Fixed, Uniform or LogNormal, got "):
        as_latency(wrong)


@pytest.mark.parametrize("wrong", [-0.1, 3601, float("nan"), float("inf")])
def test_a_latency_out_of_range_is_refused_with_the_range(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"latency_s must be from 0 to 3600, got "):
        Fixed(wrong)


def test_a_uniform_latency_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match=r"low_s <= high_s, got low_s=0.3, high_s=0.1"):
        Uniform(0.3, 0.1)


@pytest.mark.parametrize(("median_s", "p99_s"), [(0, 1), (0.4, 0.08), (0.1, 0.1)])
def test_a_lognormal_latency_without_a_tail_is_refused(median_s: float, p99_s: float) -> None:
    with pytest.raises(ValueError, match=r"0 < median_s < p99_s"):
        LogNormal(median_s, p99_s)
