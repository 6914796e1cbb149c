"""What the exercises of 02 have in common: the lesson's functions, its sections, and how a run of an answer ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

WHAT_AWAIT_DOES = "table-seen"
ONE_OF_MANY = "group-idea"
CLOSED = "except-star-seen"
RACE = "limit-seen"


async def fetch(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


async def fetch_or_retry(session: aiohttp.ClientSession, path: str) -> Any:
    import aiohttp

    try:
        return await fetch(session, path)
    except aiohttp.ClientError:
        return await fetch(session, path)


async def ended(awaitable: Awaitable[Any]) -> str:
    """Wait for an answer and return how it ended: "returned", or the names of what it raised, those in a group too."""
    try:
        await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is this very run that is cancelled, at the deadline
            raise
        return "CancelledError"
    except BaseExceptionGroup as group:
        return ", ".join(sorted(type(leaf).__name__ for leaf in leaves(group)))
    except Exception as error:
        return type(error).__name__
    return "returned"


def leaves(error: BaseException) -> list[BaseException]:
    """Return the exceptions in a group, in groups within it too; of anything else itself."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in leaves(one)]
    return [error]
