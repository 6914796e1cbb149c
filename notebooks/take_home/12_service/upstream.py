"""A source that is asked again and again, and that fails now and then."""

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable

import aiohttp
from settings import Settings
from store import Measurement

ODD_ANSWER = (ValueError, LookupError, TypeError, RecursionError)  # not JSON, or not the JSON that we expect
EXPECTED = (aiohttp.ClientError, TimeoutError, *ODD_ANSWER, asyncio.QueueFull, sqlite3.Error)


class Upstream:
    """Polls an address; `succeeded_s`, `failures` in a row and `error` say how it goes."""

    def __init__(self, settings: Settings, keep: Callable[[Measurement], Awaitable[int]]) -> None:
        self._settings, self._keep = settings, keep
        self.succeeded_s: float | None = None
        self.failures, self.error = 0, ""

    async def poll(self) -> None:
        """Ask until cancelled, if there is an address. Errors of the types in EXPECTED are counted, others come out."""
        if not self._settings.upstream:
            return
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    async with asyncio.timeout(self._settings.poll_s):
                        measurement = await self._ask(session)
                    await self._keep(measurement)
                except EXPECTED as error:
                    self.failures, self.error = self.failures + 1, f"{type(error).__name__}: {error}"[:200]
                    # Full jitter: clients that lost the same upstream at the same time must not come back together.
                    longest_s = min(self._settings.longest_pause_s, 0.5 * 2 ** min(self.failures, 20))
                    await asyncio.sleep(random.uniform(0, longest_s))
                else:
                    self.failures, self.error, self.succeeded_s = 0, "", time.monotonic()
                    await asyncio.sleep(self._settings.poll_every_s)

    async def _ask(self, session: aiohttp.ClientSession) -> Measurement:
        body = b""
        async with session.get(self._settings.upstream, raise_for_status=True) as response:
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > self._settings.body_bytes:  # it may send for ever
                    raise ValueError("the answer is too long")
        sent = {"key": f"upstream-{time.time_ns()}", "sensor": "upstream", "value": json.loads(body)["temperature_c"]}
        return Measurement.parse(json.dumps(sent).encode())
