"""What the exercises of 07 have in common: the page's function, its places, and how a run of an answer ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

REST = "rest-seen"
LATE = "late-seen"
CLOSED = "close-idea"
LEFT_EARLY = "close-seen"
STOP = "handler-seen"


async def fetch(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


async def ended(awaitable: Awaitable[Any]) -> str:
    """Wait for an answer and return how it ended: "returned", or the name of what it raised."""
    try:
        await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is this very run that is cancelled, at the deadline
            raise
        return "CancelledError"
    except (Exception, BaseExceptionGroup) as error:
        return type(error).__name__
    return "returned"
