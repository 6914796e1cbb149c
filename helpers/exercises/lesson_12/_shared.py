"""What the milestones of 12 have in common: a real server around an answer, and real clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from helpers.exercises.hosts import HOST

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import web

    from helpers.exercises.bench import Bench

KEEP, TELL, PROTECT, POLL, STOP = "keep-seen", "tell-seen", "protect-seen", "poll-seen", "stop-seen"
LONG_S = 1.5  # for what ought to come soon, also on a crowded machine


@asynccontextmanager
async def served(bench: Bench, app: web.Application) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve an application, and yield a client's session with it as its base."""
    import aiohttp
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        address = f"http://{HOST}:{runner.addresses[0][1]}"
        session = aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0))
        bench.sessions.append(session)
        async with session:
            yield session
    finally:
        await runner.cleanup()


@asynccontextmanager
async def going(work: Awaitable[Any]) -> AsyncIterator[asyncio.Future[Any]]:
    """Let an answer go on by itself for as long as the block lasts, then cancel it. It keeps what it has raised."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()


def died(task: asyncio.Future[Any]) -> str:
    """Return how an answer ended that was to go on: what it raised, or "it returned"; nothing while it goes on."""
    if not task.done():
        return ""
    if task.cancelled():
        return "CancelledError"
    error = task.exception()
    return "it returned" if error is None else f"{type(error).__name__}: {error}".rstrip(": ")


async def within(seconds: float, wait: Awaitable[Any]) -> Any:
    """Return what comes in time, or None."""
    try:
        async with asyncio.timeout(seconds):
            return await wait
    except TimeoutError:
        return None
