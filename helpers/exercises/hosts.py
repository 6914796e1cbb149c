"""Servers for exercises: in the grader's own loop, where what they send, and when, is decided step by step.

A service of the course sends when its clock says so. Where an exercise depends on what a client has read so far, or on
bytes that no service would send, a server of the exercise's own is the only one that behaves the same each time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import web

    from helpers.exercises.bench import Bench

HOST = "127.0.0.1"
PATIENCE_S = 1.0  # for what ought to come at once
Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


@asynccontextmanager
async def connected(client: Client) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve one connection with this callback, and yield the other end of it."""
    ended = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):  # an answer that is wrong may leave before it was sent all
                await client(reader, writer)
        finally:
            writer.close()
            ended.set_result(None)

    server = await asyncio.start_server(serve, HOST, 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await ended


@asynccontextmanager
async def site(bench: Bench, path: str, handler: Handler) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve one path over HTTP, and yield a session with the server as its base: the one that an answer is given.

    A handler whose client has left is cancelled.
    """
    import aiohttp
    from aiohttp import web

    application = web.Application()
    application.router.add_get(path, handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        session = aiohttp.ClientSession(f"http://{HOST}:{runner.addresses[0][1]}")
        bench.sessions.append(session)  # it is not the learner's to close
        async with session:
            yield session
    finally:
        await runner.cleanup()


async def soon(true: Callable[[], bool]) -> bool:
    """Tell whether this comes true within a moment."""
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:  # noqa: ASYNC110 - nothing there tells of it
        await asyncio.sleep(0.01)
    return true()
