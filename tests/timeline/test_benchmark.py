"""The benchmark runs, and its statistics are right."""

from __future__ import annotations

import pytest

from tests.benchmarks import timeline as benchmark


def test_the_benchmark_prints_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--quick"])
    said = capsys.readouterr().out
    assert [words in said for words in ("a step:", "debug mode", "requests", "sleep(0.05)", "1000 tasks")] == [True] * 5


def test_the_interval_of_a_median_is_that_of_the_tables() -> None:
    assert benchmark.interval_of_median(range(1, 41)) == (14, 27)


def test_the_interval_of_few_values_is_all_of_them() -> None:
    assert benchmark.interval_of_median([3, 1, 2]) == (1, 3)
