"""What becomes of the other requests when one fails is counted from what the service saw."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from helpers import services
from helpers.lesson.one_fails import one_fails

PATHS = ("/cities/atlantis?latency_s=0.02", "/cities/oslo", "/cities/lima")
OTHERS_S = 0.2


async def get(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as response:
        response.raise_for_status()
        await response.read()


async def gathered(session: aiohttp.ClientSession) -> None:
    await asyncio.gather(*[get(session, path) for path in PATHS])


async def grouped(session: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as group:
        for path in PATHS:
            group.create_task(get(session, path))


async def test_gather_lets_the_others_be_answered() -> None:
    api = services.http("one fails", latency_s=OTHERS_S)
    run = await one_fails(gathered, api, "gather", after_s=2 * OTHERS_S, show=False)
    assert (run.raised, run.answered) == ("ClientResponseError", 2)
    assert run.for_nobody_s / (2 * (OTHERS_S - 0.02)) == pytest.approx(1, abs=0.3)
    assert str(run) == "gather: raised ClientResponseError; of the others 2 were answered in full"


async def test_a_group_ends_the_others() -> None:
    api = services.http("one fails", latency_s=OTHERS_S)
    run = await one_fails(grouped, api, "TaskGroup", after_s=2 * OTHERS_S, show=False)
    assert (run.raised, run.answered) == ("ExceptionGroup", 0)
    assert run.for_nobody_s < OTHERS_S


async def test_only_this_run_is_counted() -> None:
    api = services.http("one fails", latency_s=0.0)
    async with aiohttp.ClientSession(api.url) as session:
        await get(session, "/cities/oslo")
    run = await one_fails(grouped, api, "TaskGroup", after_s=0, show=False)
    assert len(run.journal) <= len(PATHS)


async def test_a_run_in_which_nothing_fails_has_no_failure_to_count_from() -> None:
    async def well(session: aiohttp.ClientSession) -> None:
        await get(session, "/cities/oslo")

    run = await one_fails(well, services.http("one fails"), "well", after_s=0, show=False)
    assert run.raised == "nothing"
    with pytest.raises(ValueError, match="min"):
        _ = run.for_nobody_s
