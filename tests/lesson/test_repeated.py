"""A test that is run again and again: which runs failed, how long each took, and what the picture says of it."""

from __future__ import annotations

import asyncio

import numpy as np

from helpers.lesson.repeated import Repeated, repeated


async def test_the_runs_that_raise_have_failed_and_the_others_have_not() -> None:
    runs = iter(range(10))

    async def every_third(divisor: int) -> None:
        assert next(runs) % divisor

    ran = await repeated(every_third, 3, times=10)
    assert ran.failed == (0, 3, 6, 9)
    assert len(ran.seconds) == 10
    assert ran.failed_percent == 40
    assert str(ran).startswith("every_third: 40.0 % of 10 runs failed; a run took ")


async def test_a_task_that_a_run_leaves_is_cancelled_before_the_next() -> None:
    running: list[asyncio.Task[None]] = []

    async def leaves_one() -> None:
        assert all(task.cancelled() for task in running)
        running.append(asyncio.create_task(asyncio.sleep(60)))
        await asyncio.sleep(0)

    assert (await repeated(leaves_one, times=3)).failed == ()
    assert all(task.cancelled() for task in running)


def test_the_picture_has_a_point_for_each_run_and_says_in_words_what_it_shows() -> None:
    ran = Repeated("test_it", (0.01, 0.02, 0.03), (1,))
    data, about = ran._repr_mimebundle_()
    assert data["text/plain"] == "test_it: 33.3 % of 3 runs failed; a run took 20 ms (median)"
    assert about["image/png"]["alt"] == data["text/plain"]
    passed, failed = (np.asarray(one.get_offsets()).tolist() for one in ran.figure().axes[0].collections[::2])
    assert passed == [[1, 10], [3, 30]]
    assert failed == [[2, 20]]
