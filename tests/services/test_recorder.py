"""The recorder remembers what it should, and says what it forgot."""

from __future__ import annotations

from helpers.services import Entry
from helpers.services.daemon.recorder import Recorder


def test_a_request_under_way_has_an_outcome_that_says_so() -> None:
    recorder = Recorder()
    recorder.arrived("GET", "/", 1)
    recorder.arrived("GET", "/", 1).admitted_ns = 5
    assert [Entry(*row).outcome for row in recorder.rows(None)] == ["queueing", "in flight"]  # type: ignore[arg-type]


def test_what_has_ended_stays_as_it_ended() -> None:
    recorder = Recorder()
    record = recorder.arrived("GET", "/", 1)
    record.end("ok", status=200)
    record.end("aborted")
    assert (record.outcome, record.status) == ("ok", 200)


def test_only_what_went_on_since_a_time_is_told() -> None:
    recorder = Recorder()
    over, ending, open_ = (recorder.arrived("GET", path, 1) for path in ("/over", "/ending", "/open"))
    over.end("ok")
    ending.end("ok")
    assert over.last_byte_ns is not None
    assert open_.last_byte_ns is None
    assert [row[1] for row in recorder.rows(over.last_byte_ns + 1)] == ["/ending", "/open"]


def test_the_oldest_are_forgotten_and_counted() -> None:
    recorder = Recorder(remembered=3)
    for i in range(5):
        recorder.arrived("GET", f"/{i}", 1)
    assert (recorder.dropped, [row[1] for row in recorder.rows(None)]) == (2, ["/2", "/3", "/4"])
