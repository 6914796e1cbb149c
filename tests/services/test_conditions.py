"""Conditions decide each request alone, whatever the others do."""

from __future__ import annotations

import random
from typing import Any

import pytest

from helpers.services import Conditions, LogNormal, Uniform

KEYS = [f"GET /cities/{slug}" for slug in ("oslo", "lima", "cairo")]
ROUGH = Conditions(latency_s=LogNormal(0.08, 0.4), failure_rate=0.3, seed=7)


def test_the_order_of_requests_does_not_change_any_verdict() -> None:
    asked = [(key, nth) for key in KEYS for nth in range(1, 50)]
    verdicts = {pair: ROUGH.verdict(*pair) for pair in asked}
    random.Random(1).shuffle(asked)
    assert {pair: ROUGH.verdict(*pair) for pair in asked} == verdicts


def test_another_seed_gives_other_verdicts() -> None:
    other = ROUGH.changed({"seed": 8})
    assert [ROUGH.verdict(KEYS[0], n) for n in range(9)] != [other.verdict(KEYS[0], n) for n in range(9)]


def test_each_key_has_a_stream_of_its_own() -> None:
    first, second = ([ROUGH.verdict(key, n) for n in range(9)] for key in KEYS[:2])
    assert first != second


def test_the_failure_rate_is_the_share_that_fails() -> None:
    failed = sum(ROUGH.verdict(KEYS[0], nth).failure is not None for nth in range(10_000))
    assert failed == pytest.approx(3000, abs=200)


def test_a_change_of_the_failure_rate_leaves_the_latencies_alone() -> None:
    calm = ROUGH.changed({"failure_rate": 0.0})
    assert [ROUGH.verdict(KEYS[0], n).delay_s for n in range(9)] == [calm.verdict(KEYS[0], n).delay_s for n in range(9)]


@pytest.mark.parametrize("failure", [500, 404, "reset", "truncated", "no_answer"])
def test_a_failure_is_of_the_kind_asked_for(failure: Any) -> None:
    assert Conditions(failure_rate=1, failure=failure).verdict("GET /", 1).failure == failure


def test_the_loss_rate_is_the_share_that_is_lost_and_leaves_the_rest_alone() -> None:
    lossy = ROUGH.changed({"loss_rate": 0.2})
    verdicts = [lossy.verdict(KEYS[0], nth) for nth in range(10_000)]
    assert sum(verdict.lost for verdict in verdicts) == pytest.approx(2000, abs=200)
    calm = [ROUGH.verdict(KEYS[0], nth) for nth in range(10_000)]
    assert [(v.delay_s, v.failure) for v in verdicts] == [(v.delay_s, v.failure) for v in calm]


def test_fail_first_counts_arrivals_and_wins_over_the_failure_rate() -> None:
    conditions = Conditions(failure_rate=1, failure="reset", fail_first=2, fail_first_with=500)
    assert [conditions.verdict("GET /", 1, ordinal=n).failure for n in (1, 2, 3)] == [500, 500, "reset"]


def test_conditions_survive_the_trip_to_the_daemon() -> None:
    assert Conditions.from_wire(ROUGH.to_wire()) == ROUGH


def test_conditions_are_told_by_what_differs_from_the_defaults() -> None:
    assert str(Conditions(capacity=10)) == "latency_s=0.1, capacity=10"


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"has no parameter 'latncy_s'. Did you mean latency_s\?"):
        Conditions().changed({"latncy_s": 1})


@pytest.mark.parametrize(
    ("name", "wrong", "error", "message"),
    [
        ("capacity", 0, ValueError, r"capacity must be a whole number from 1 to 1000000, or None for no limit, got 0"),
        ("capacity", 2.5, TypeError, r"capacity must be a whole number .*, got 2.5"),
        ("admission_limit", -1, ValueError, r"admission_limit must be .*, got -1"),
        ("failure_rate", 1.1, ValueError, r"failure_rate must be from 0 to 1, got 1.1"),
        ("failure_rate", "0.1", TypeError, r"failure_rate must be a number from 0 to 1, got '0.1'"),
        ("failure", 200, ValueError, r"failure must be a status from 400 to 599, or one of 'reset', .*, got 200"),
        ("failure", "rest", ValueError, r"failure must be a status .*, got 'rest'"),
        ("failure", None, TypeError, r"failure must be a status .*, got None"),
        ("rate_per_s", 0, ValueError, r"rate_per_s must be from 0.001 to 1e\+06, got 0"),
        ("burst", 5, ValueError, r"burst says how many may come at once at a rate; it needs rate_per_s, got 5"),
        ("bytes_per_s", 0.5, TypeError, r"bytes_per_s must be a whole number .*, or None for no limit, got 0.5"),
        ("loss_rate", 2, ValueError, r"loss_rate must be from 0 to 1, got 2"),
        ("seed", 1.5, TypeError, r"seed must be a whole number .*, got 1.5"),
        ("latency_s", -1, ValueError, r"latency_s must be from 0 to 3600, got -1"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_range(
    name: str, wrong: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Conditions().changed({name: wrong})


def test_uniform_latencies_differ_between_requests() -> None:
    conditions = Conditions(latency_s=Uniform(0, 1))
    assert len({conditions.verdict("GET /", nth).delay_s for nth in range(50)}) == 50
