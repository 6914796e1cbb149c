"""What blocks the loop is found, whoever made the task, and in callbacks, the same on every Python."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from helpers.timeline import Record, State, Timeline

from .looking import lane_of, waits_of

LIMIT_S = 0.03


def burn() -> None:
    """Keep the thread for as long as makes a blocking."""
    time.sleep(0.06)


def said(record: Record) -> list[str]:
    """Return the names of what blocked the loop, without the block's own code: a busy machine may stop it anywhere."""
    return [blocking.lane for blocking in record.blockings if blocking.lane != "main"]


async def blocked_by(work: Callable[[asyncio.AbstractEventLoop], Any]) -> Record:
    """Let something be started in a block, wait for it to be over, and return the record."""
    async with Timeline("block", blocking_s=LIMIT_S) as timeline:
        started = work(asyncio.get_running_loop())
        await asyncio.sleep(0.1)
        del started
    return timeline.record


async def test_a_callback_that_blocks_is_named() -> None:
    assert said(await blocked_by(lambda loop: loop.call_soon(burn))) == ["burn()"]


async def test_a_callback_of_a_timer_that_blocks_is_named() -> None:
    assert said(await blocked_by(lambda loop: loop.call_later(0.001, burn))) == ["burn()"]


async def test_a_partial_callback_is_named_after_its_function() -> None:
    assert said(await blocked_by(lambda loop: loop.call_soon(partial(burn)))) == ["burn()"]


async def test_a_reader_that_blocks_is_named() -> None:
    read, write = os.pipe()

    def ready() -> None:
        os.read(read, 1)
        burn()

    def watched(loop: asyncio.AbstractEventLoop) -> None:
        loop.add_reader(read, ready)
        os.write(write, b"x")

    try:
        assert said(await blocked_by(watched)) == ["ready()"]
    finally:
        asyncio.get_running_loop().remove_reader(read)
        os.close(read)
        os.close(write)


async def test_a_callback_of_a_task_that_blocks_is_named() -> None:
    async def work() -> None: ...

    record = await blocked_by(lambda loop: loop.create_task(work()).add_done_callback(lambda _: burn()))
    assert said(record) == ["<lambda>()"]


async def test_a_protocol_that_blocks_is_named() -> None:
    class Echo(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            burn()

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    async with Timeline("block", blocking_s=LIMIT_S) as timeline:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello")
        await asyncio.sleep(0.1)
        writer.close()
    server.close()
    # A busy machine may stop the program anywhere, in a callback of asyncio's as well.
    assert [name for name in said(timeline.record) if not name.endswith(" of asyncio")] == ["a callback of Echo"]


async def test_a_handler_that_blocks_in_a_task_of_a_library_is_found() -> None:
    async def handler(request: web.Request) -> web.Response:
        burn()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    async with Timeline("block", blocking_s=LIMIT_S) as timeline, aiohttp.ClientSession() as session:
        await site.start()
        await session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    await runner.cleanup()
    (name,) = said(timeline.record)
    # From Python 3.12 on aiohttp begins it eagerly, in a step of the task that reads from the connection.
    assert name in ("_handle_request() of aiohttp", "start() of aiohttp")
    assert f"{name} blocked the loop for" in timeline.facts


async def test_a_blocking_of_nobodys_lane_is_in_a_lane_of_the_loop() -> None:
    record = await blocked_by(lambda loop: loop.call_soon(burn))
    assert record.loop is not None
    assert (record.loop.name, [segment.state for segment in record.loop.segments]) == (
        "event loop",
        [State.RUNNING, State.BLOCKING],
    )


async def test_where_nothing_else_blocks_the_loop_has_no_lane() -> None:
    async with Timeline("block", blocking_s=LIMIT_S) as timeline:
        burn()
    assert (timeline.record.loop, timeline.blockings[-1].lane) == (None, "main")


async def test_what_blocks_inside_wait_for_is_the_waiting_tasks_own_doing() -> None:
    async def rude() -> None:
        await asyncio.sleep(0)
        burn()

    async def learner() -> None:
        await asyncio.wait_for(rude(), 5)

    async with Timeline("block", blocking_s=LIMIT_S) as timeline:
        await asyncio.create_task(learner())
    assert said(timeline.record) == ["learner()"]
    assert State.BLOCKING in {segment.state for segment in lane_of(timeline, "learner()").segments}


async def test_a_wait_for_that_gives_up_leaves_the_lane_as_it_should_be() -> None:
    async def learner() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(5), 0.001)

    async with Timeline("block") as timeline:
        await asyncio.create_task(learner())
        await asyncio.wait_for(asyncio.create_task(asyncio.sleep(0.001)), 1)
    lane = lane_of(timeline, "learner()")
    assert (waits_of(lane), lane.ending.value) == ([State.TIMER], "done")
    assert [lane.name for lane in timeline.lanes] == ["main", "learner()", "sleep(0.001)"]


async def test_a_task_from_before_the_block_that_blocks_is_found_and_has_no_lane() -> None:
    async def older() -> None:
        await asyncio.sleep(0.02)
        burn()

    task = asyncio.create_task(older())
    record = await blocked_by(lambda loop: None)
    await task
    assert (said(record), [lane.name for lane in record.lanes]) == (["older()"], ["main"])


async def test_the_callbacks_of_another_loop_do_not_block_this_one() -> None:
    async def elsewhere() -> None:
        burn()

    async with Timeline("block", blocking_s=LIMIT_S) as timeline:
        await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
    assert said(timeline.record) == []


async def test_many_tasks_made_in_one_step_do_not_block_by_our_own_cost() -> None:
    async with Timeline("block") as timeline:
        tasks = [asyncio.create_task(asyncio.sleep(0.001)) for _ in range(3000)]
        await asyncio.gather(*tasks)
    record = timeline.record
    made_s = record.lanes[-1].created_s - record.lanes[1].created_s
    recorder: Any = timeline._recorder
    assert 0 < recorder.own_ns / 1e9 < made_s
