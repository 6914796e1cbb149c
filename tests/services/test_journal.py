"""A journal counts what overlapped, and says so in a line."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from helpers.services import Entry, Journal


def entry(arrived: int, admitted: int | None, last: int | None, **more: Any) -> Entry:
    facts: dict[str, Any] = {
        "method": "GET",
        "path": "/",
        "outcome": "ok",
        "status": 200,
        "connection": 1,
        "late_ns": 0,
    }
    return Entry(arrived_ns=arrived, admitted_ns=admitted, first_byte_ns=last, last_byte_ns=last, **facts | more)


def test_in_flight_is_from_admission_to_the_last_byte() -> None:
    journal = Journal("a", [entry(0, 10, 30), entry(5, 20, 40)])
    assert list(journal.in_flight()) == [(10, 1), (20, 2), (30, 1), (40, 0)]


def test_one_that_ends_when_another_begins_does_not_overlap_it() -> None:
    assert Journal("a", [entry(0, 0, 10), entry(0, 10, 20)]).peak_in_flight == 1


def test_one_that_goes_on_stays_in_flight() -> None:
    assert list(Journal("a", [entry(0, 5, None)]).in_flight()) == [(5, 1)]


def test_one_that_was_never_admitted_was_never_in_flight() -> None:
    journal = Journal("a", [entry(0, None, 5, outcome="rejected")])
    assert (list(journal.in_flight()), journal.peak_in_flight) == ([], 0)


def test_queueing_is_from_arrival_to_admission() -> None:
    journal = Journal("a", [entry(0, 0, 10), entry(1, 10, 20), entry(2, None, None, outcome="queueing")])
    assert list(journal.queueing()) == [(1, 1), (2, 2), (10, 1)]
    assert [e.queued_ns for e in journal.entries] == [0, 9, 0]


def test_entries_are_in_order_of_arrival() -> None:
    assert [e.arrived_ns for e in Journal("a", [entry(5, 5, 6), entry(1, 1, 9)])] == [1, 5]


def test_requests_are_counted_by_outcome() -> None:
    journal = Journal("a", [entry(0, 0, 1), entry(0, 0, 1), entry(0, 0, 1, outcome="reset")])
    assert (len(journal), journal.count(), journal.count(outcome="ok"), journal.count(outcome="failed")) == (3, 3, 2, 0)


def test_connections_are_counted_once_each() -> None:
    assert Journal("a", [entry(0, 0, 1), entry(2, 2, 3), entry(0, 0, 1, connection=2)]).connections == 2


def test_a_journal_reads_well() -> None:
    journal = Journal("weather", [entry(0, 0, 9), entry(1, 1, 9, outcome="failed", connection=2), entry(10, 10, 12)])
    assert repr(journal) == ("Journal of 'weather': 3 requests (2 ok, 1 failed), at most 2 in flight, 2 connections")


def test_an_empty_journal_reads_well() -> None:
    assert repr(Journal("weather", [])) == "Journal of 'weather': no requests"


def test_an_entry_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry(0, 0, 1).path = "/else"  # type: ignore[misc]
