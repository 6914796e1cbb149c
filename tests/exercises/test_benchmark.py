"""The benchmark of verdicts runs, and would say so if one differed."""

from __future__ import annotations

import pytest

from helpers.exercises.grader import grade
from tests.benchmarks import exercises as benchmark
from tests.exercises.answers import Right, Wrong

RIGHT = Right("0.2", ["A", "D", "B", "C"])


@pytest.mark.extended
def test_the_benchmark_prints_a_row_for_each_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--runs", "1", "--only", "0.2", "--calm"]) == 0
    said = capsys.readouterr().out
    assert "\n0.2 " in said
    assert "s a check, beside" in said


def test_a_verdict_that_was_not_expected_is_counted() -> None:
    row = benchmark.Row("0.2")
    benchmark.measure(Wrong("0.2", RIGHT.answer, "Begin with A."), 1, row, wait_s=0.0)
    assert len(row.unexpected) == 1


def test_verdicts_that_differ_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([RIGHT.answer, ["D", "A", "B", "C"]])
    monkeypatch.setattr(benchmark, "grade", lambda exercise, _: grade(exercise, next(answers)))
    row = benchmark.Row("0.2")
    benchmark.measure(RIGHT, 2, row, wait_s=0.0)
    assert len(row.unsteady) == 1
