"""A server that pings: who answers stays, who blocks its event loop is cut off."""

from __future__ import annotations

import asyncio
import threading
import time

import aiohttp

from helpers.lesson.pinging import pinging


async def test_a_client_that_answers_pings_stays_connected() -> None:
    async with (
        pinging(0.5) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as socket,
    ):
        listening = asyncio.create_task(socket.receive())
        await asyncio.sleep(1.7)  # a ping after 1 s, which wants its pong by 1.5 s
        await socket.send_str("still here")
        assert (await listening).data == "still here"


async def test_a_client_that_blocks_its_loop_is_cut_off() -> None:
    async with (
        pinging(0.1) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as socket,
    ):
        time.sleep(1)  # noqa: ASYNC251
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSED
        assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_its_thread_ends_with_the_block() -> None:
    async with pinging(0.1):
        assert "pinging" in {thread.name for thread in threading.enumerate()}
    assert "pinging" not in {thread.name for thread in threading.enumerate()}
