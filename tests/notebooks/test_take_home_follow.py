"""The stream that page 09 gives to take home: nothing is lost and nothing comes twice, whatever breaks."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator
from types import ModuleType

import aiohttp
import pytest

from helpers.lesson.course import Course

LONG_S = 20.0  # what hangs is told from what is slow, also on a crowded machine


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Course.here().source / "take_home" / "09_follow.py"
    spec = importlib.util.spec_from_file_location("take_home_follow", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


async def heard(script: ModuleType, address: str) -> list[str]:
    found: list[str] = []
    async with (
        asyncio.timeout(LONG_S),
        aiohttp.ClientSession() as session,
        contextlib.aclosing(script.follow(session, f"{address}/events", longest_pause_s=0.05)) as stream,
    ):
        async for id, data in stream:
            found.append(f"{id}: {data}")
    return found


def test_a_visitor_that_is_too_slow_is_cut_off_and_misses_nothing(script: ModuleType) -> None:
    large = "x" * 100_000

    async def day() -> tuple[list[str], int]:
        feed = script.Feed(room=5)
        async with script.serving(feed) as address:
            hearing = asyncio.create_task(heard(script, address))
            while not feed._visitors:  # noqa: ASYNC110 - nothing there tells of it
                await asyncio.sleep(0.01)
            for _ in range(100):  # without a pause: nobody is so fast
                feed.publish(large)
            feed.end()
            return await hearing, feed.connections

    found, connections = asyncio.run(day())
    assert found == [f"{n}: {large}" for n in range(1, 101)]
    assert connections > 1


def test_a_server_that_stops_without_the_last_word_ends_its_streams_in_time(script: ModuleType) -> None:
    async def day() -> bool:
        feed = script.Feed(silence_s=0.05)
        async with asyncio.timeout(LONG_S), aiohttp.ClientSession() as session:
            async with script.serving(feed) as address:
                response = await session.get(f"{address}/events")
                await response.content.readuntil(b": still here\n\n")
            return await response.content.read() in (b"", b": still here\n\n")

    assert asyncio.run(day())


def test_a_visitor_that_has_left_is_forgotten_though_nothing_is_published(script: ModuleType) -> None:
    async def day() -> int:
        feed = script.Feed()
        async with asyncio.timeout(LONG_S), script.serving(feed) as address, aiohttp.ClientSession() as session:
            async with session.get(f"{address}/events"):
                assert len(feed._visitors) == 1
            while feed._visitors:  # noqa: ASYNC110 - nothing there tells of it
                await asyncio.sleep(0.01)
            return len(feed._visitors)

    assert asyncio.run(day()) == 0


def test_a_comment_without_words_does_not_end_an_event(script: ModuleType) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for line in (b"id: 1\n", b"data: a\n", b":\n", b"data: b\n", b"\n"):
            yield line

    async def day() -> list[tuple[str, str]]:
        return [event async for event in script.events(lines())]

    assert asyncio.run(day()) == [("1", "a\nb")]


def test_a_refusal_that_will_not_change_is_raised(script: ModuleType) -> None:
    async def day() -> None:
        async with script.serving(script.Feed()) as address:
            await heard(script, f"{address}/nowhere")

    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        asyncio.run(day())
