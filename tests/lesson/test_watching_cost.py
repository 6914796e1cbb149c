"""What each tool that watches costs, measured beside a run that nobody watches."""

from __future__ import annotations

import tracemalloc

from helpers.lesson.watching_cost import Cost, watching_cost


async def test_debug_mode_costs_several_times_what_the_timeline_does() -> None:
    costs = {cost.tool: cost for cost in await watching_cost()}
    assert list(costs) == ["nothing", "timeline", "tracemalloc", "debug mode"]
    assert costs["nothing"].factor == 1
    assert costs["debug mode"].factor > 2 * costs["timeline"].factor


async def test_tracemalloc_is_off_again() -> None:
    await watching_cost()
    assert not tracemalloc.is_tracing()


def test_a_cost_reads_as_a_line() -> None:
    assert str(Cost("timeline", 2.71, 1.9)) == "timeline: 2.7 µs a step, 1.9×"
