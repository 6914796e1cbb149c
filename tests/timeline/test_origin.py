"""Tasks that libraries start for themselves are told from the learner's own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from helpers.timeline import Ending, State, Timeline, is_library_file, lane_name_of

from .looking import lane_of, waits_of


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(text="yes")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://localhost:{runner.addresses[0][1]}/"  # a name: aiohttp starts a task to look it up
    await runner.cleanup()


def names(timeline: Timeline) -> list[str]:
    return [lane.name for lane in timeline.lanes if lane.kind == "task"]


async def test_a_library_coroutine_that_the_learner_starts_is_shown(url: str) -> None:
    async with aiohttp.ClientSession() as session, Timeline("get") as timeline:
        await asyncio.gather(session.get(url))
    assert len(names(timeline)) == 1


async def test_a_sleep_that_the_learner_starts_is_shown() -> None:
    async with Timeline("sleep") as timeline:
        await asyncio.create_task(asyncio.sleep(0.001))
    assert names(timeline) == ["sleep(0.001)"]


async def test_tasks_that_a_library_starts_are_hidden_and_counted(url: str) -> None:
    async with Timeline("get") as timeline, aiohttp.ClientSession() as session:
        await session.get(url)
    assert (names(timeline), timeline.record.hidden > 0) == ([], True)


async def test_hidden_tasks_are_shown_when_asked_for(url: str) -> None:
    async with Timeline("get", include_library_tasks=True) as timeline, aiohttp.ClientSession() as session:
        await session.get(url)
    assert (names(timeline) != [], timeline.record.hidden) == (True, 0)


async def test_a_handler_of_the_learners_is_shown_though_asyncio_starts_it() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        writer.close()
        await writer.wait_closed()

    async with Timeline("echo") as timeline:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x")
        assert await reader.read(1) == b"x"
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.01)
        server.close()
        await server.wait_closed()
    assert lane_of(timeline, "handle()").ending is Ending.DONE


async def test_the_task_inside_wait_for_is_part_of_the_one_that_waits() -> None:
    async with Timeline("wait_for") as timeline:
        await asyncio.wait_for(asyncio.sleep(0.001), 1)
    assert (names(timeline), timeline.record.hidden) == ([], 0)
    assert waits_of(timeline.lanes[0]) == [State.TIMER]


async def test_a_task_in_a_group_belongs_to_who_made_it() -> None:
    async def child() -> None: ...

    async with Timeline("group") as timeline, asyncio.TaskGroup() as group:
        group.create_task(child())
    assert names(timeline) == ["child()"]


async def test_a_task_made_in_a_callback_belongs_to_whose_code_it_runs() -> None:
    made: list[asyncio.Task[Any]] = []

    async def child() -> None: ...

    async with Timeline("callback") as timeline:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: made.append(loop.create_task(child())))
        await asyncio.sleep(0.001)
    assert names(timeline) == ["child()"]


async def test_a_task_made_in_a_block_tells_the_name_of_its_lane() -> None:
    async def fetch(page: str) -> None: ...

    async with Timeline("block"):
        task = asyncio.create_task(fetch("/oslo"))
        assert lane_name_of(task) == 'fetch("/oslo")'
        await task


async def test_a_task_made_outside_of_a_block_has_no_lane() -> None:
    async def fetch() -> None: ...

    task = asyncio.create_task(fetch())
    async with Timeline("block"):
        assert lane_name_of(task) is None
    await task


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on wait_for starts no task")
async def test_a_task_that_a_library_made_for_itself_has_no_lane() -> None:
    async def others() -> set[str | None]:
        return {lane_name_of(task) for task in asyncio.all_tasks() if task is not me}

    me = asyncio.current_task()
    async with Timeline("block"):
        assert await asyncio.wait_for(others(), 1) == {None}


def test_the_standard_library_and_what_is_installed_are_libraries() -> None:
    assert is_library_file(asyncio.__file__)
    assert is_library_file(aiohttp.__file__)
    assert not is_library_file(__file__)
