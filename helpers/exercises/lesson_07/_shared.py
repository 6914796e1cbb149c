"""What the exercises of 07 have in common: the page's function and its places."""

from __future__ import annotations

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
