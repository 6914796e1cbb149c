"""The benchmark of live views runs."""

from __future__ import annotations

import pytest

from tests.benchmarks import live as benchmark


@pytest.mark.parametrize("way", ["live", "artists"])
def test_the_benchmark_measures_a_way(way: str) -> None:
    got = benchmark.measured(way, 5, 0.6)
    assert set(got) == {"median_ms", "worst_ms", "lag_p99_ms", "lag_worst_ms", "frames_per_s", "rss_mib"}
    assert all(value > 0 for value in got.values())
