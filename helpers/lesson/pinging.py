"""A WebSocket server that wants to hear from its client: whoever answers no ping in time is cut off (page 10)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager


@asynccontextmanager
async def pinging(patience_s: float) -> AsyncIterator[str]:
    """Start the server and give its URL.

    It sends a ping every 2 * `patience_s`, and cuts the connection when no pong has come after `patience_s`. It has a
    thread and an event loop of its own, so that a client that blocks its loop does not stop the server, too.
    """
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(patience_s, started)), name="pinging", daemon=True)
    thread.start()
    url, loop, stop = await asyncio.wrap_future(started)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        await asyncio.to_thread(thread.join)


async def _serve(patience_s: float, started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    from aiohttp import web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=2 * patience_s)
        await socket.prepare(request)
        async for message in socket:
            if message.type is not web.WSMsgType.TEXT:
                break
            await socket.send_str(message.data)
        return socket

    try:
        app = web.Application()
        app.router.add_get("/", echo)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    except BaseException as error:
        started.set_exception(error)
        raise
    host, port = runner.addresses[0][:2]
    stop = asyncio.Event()
    started.set_result((f"http://{host}:{port}/", asyncio.get_running_loop(), stop))
    await stop.wait()
    await runner.cleanup()
