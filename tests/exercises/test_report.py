"""A verdict as text: what to do first, then what was seen."""

from __future__ import annotations

from helpers.exercises.evidence import Evidence
from helpers.exercises.findings import Finding
from helpers.exercises.grader import Verdict
from helpers.exercises.report import links, record, text
from helpers.timeline import Record, Timeline
from tests.exercises.practice import EXERCISE

STARTS_NOTHING = Finding("Start all three.", "The service saw 1 at once.", "`await` starts nothing.")
ELSEWHERE = Finding("Close it.", "It left 1 session open.", section="06:limit")


def verdict(*findings: Finding, passed: tuple[str, ...] = (), evidence: Evidence | None = None) -> Verdict:
    return Verdict(EXERCISE, passed, findings, evidence)


def test_a_right_answer_gets_a_tick_for_each_expectation() -> None:
    assert text(verdict(passed=("In order", "At once"))) == "✓ 9.1 Three at once\n  ✓ In order\n  ✓ At once"


def test_a_wrong_one_is_told_what_to_do_before_what_was_seen() -> None:
    assert text(verdict(STARTS_NOTHING, ELSEWHERE, passed=("In order",))).splitlines() == [
        "✗ 9.1 Three at once",
        "  ✓ In order",
        "  ✗ Start all three.",
        "    Seen: The service saw 1 at once.",
        "    `await` starts nothing.",
        "  ✗ Close it.",
        "    Seen: It left 1 session open.",
    ]


def test_what_was_printed_is_shown() -> None:
    evidence = Evidence("returned", stdout="one\ntwo\n", printed_bytes=8)
    assert text(verdict(evidence=evidence)).splitlines()[1:] == ["  It printed:", "  │ one", "  │ two"]


def test_what_was_printed_is_cut() -> None:
    evidence = Evidence("returned", stdout="x" * 2_000, printed_bytes=1_000_000)
    assert text(verdict(evidence=evidence)).endswith("1,000,000 bytes in all, of which the first 2,000 are shown.")


def test_the_links_lead_to_the_section_of_the_finding_or_of_the_exercise() -> None:
    assert [(place.title, place.cell) for place in links(verdict(STARTS_NOTHING, ELSEWHERE, STARTS_NOTHING))] == [
        ("three", "three"),
        ("limit", "limit"),
    ]


def test_a_right_answer_has_nowhere_to_go_back_to() -> None:
    assert links(verdict()) == []


def _run(title: str) -> Record:
    with Timeline(title, show=False) as timeline, timeline.span("one"):
        pass
    return timeline.record


def test_the_timeline_is_that_of_the_run_that_the_first_advice_is_about() -> None:
    cancelled = Evidence("returned", record=_run("cancelled"))
    evidence = Evidence("returned", record=_run("first"), trials={"cancelled": cancelled})
    advised = Finding("Ask first.", "It raised.", trial="cancelled")
    assert record(verdict(STARTS_NOTHING, advised, evidence=evidence)) is evidence.record
    assert record(verdict(advised, STARTS_NOTHING, evidence=evidence)) is cancelled.record
