"""The benchmark counts the frames that a browser draws."""

from __future__ import annotations

import pytest

from tests.benchmarks import live_seen
from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]


@pytest.mark.extended
async def test_the_benchmark_counts_the_frames_that_are_drawn(lab: Lab) -> None:
    (seen,) = (await live_seen.drawn(lab, [5], frames=5)).values()
    assert 0 < 1000 / seen.frames_per_s <= seen.longest_gap_ms  # the mean gap, and the longest
