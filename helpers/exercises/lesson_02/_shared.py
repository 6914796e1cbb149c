"""What the exercises of 02 have in common: the page's functions, its places, and faults on order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

WHAT_AWAIT_DOES = "turns-seen"
ONE_OF_MANY = "group-seen"
CANCEL = "cancel-seen"
STAR = "mistake-seen"
RACE = "race-seen"


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


class Plan:
    """Middleware of a session: what happens to requests for a path, by plan and not by chance.

    Args:
        fails: how often requests for a path fail, before they succeed.
        slow: the latency in s of requests for a path.
        instead: which path is asked in place of another: the answer is other data.
    """

    def __init__(
        self,
        *,
        fails: Mapping[str, int] | None = None,
        slow: Mapping[str, float] | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        self._fails = Counter(fails or {})
        self._slow = slow or {}
        self._instead = instead or {}

    async def __call__(self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> Any:
        """Send a request, changed as planned."""
        path = request.url.path
        query = dict(request.url.query)
        if path in self._slow:
            query["latency_s"] = str(self._slow[path])
        if self._fails[path] > 0:
            self._fails[path] -= 1
            query["failure_rate"] = "1"
        request.url = request.url.with_path(self._instead.get(path, path)).with_query(query)
        return await send(request)


def as_asked(path: str) -> str:
    """Return a path as the answer asked for it: without what a plan has put into its query."""
    place, _, query = path.partition("?")
    own = [one for one in query.split("&") if one and one.partition("=")[0] not in ("latency_s", "failure_rate")]
    return f"{place}?{'&'.join(own)}" if own else place
