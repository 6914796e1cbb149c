"""A heartbeat tells how long the event loop was blocked."""

from __future__ import annotations

import asyncio
import time

import pytest

from helpers.lesson.heartbeat import Heartbeat


async def test_it_is_as_late_as_the_loop_was_blocked() -> None:
    async with Heartbeat() as heart:
        await asyncio.sleep(0.02)
        time.sleep(0.3)  # noqa: ASYNC251 - it is to block
        await asyncio.sleep(0.02)
    assert heart.late_s >= 0.28


async def test_a_beat_that_is_late_when_the_block_ends_counts() -> None:
    async with Heartbeat() as heart:
        time.sleep(0.3)  # noqa: ASYNC251 - it is to block
    assert heart.late_s >= 0.28


async def test_two_blocking_tasks_that_are_ready_together_add_up() -> None:
    async def blocks() -> None:
        time.sleep(0.2)  # noqa: ASYNC251 - it is to block

    async with Heartbeat() as heart:
        await asyncio.gather(blocks(), blocks())
    assert heart.late_s >= 0.38


async def test_an_error_of_the_block_goes_on_and_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    with pytest.raises(ValueError, match="mine"):
        async with Heartbeat():
            raise ValueError("mine")
    assert asyncio.all_tasks() == before
