"""Ask a service politely: at most so many in flight and so many a second, and again later when it says no.

    python notebooks/take_home/06_polite.py

Needs aiohttp. Copy `Polite` into your own program. It tries again, so it is for requests that may be made twice: GET.
"""

import asyncio
import email.utils
import random
import time
from typing import Any

import aiohttp
from aiohttp import web

REQUESTS = 60


class GaveUpError(Exception):
    """The service did not answer within the tries allowed, or too many requests fail to retry each of them."""


class Polite:
    """A client with a bound, a rate, and a budget for trying again.

    Args:
        session: the session to ask with; its base URL is that of the service.
        in_flight: how many requests may be in flight.
        per_s: how many may start in a second, evenly spaced.
        tries: for one request.
        budget: how many retries there may be for each request made, on average. In an outage that lasts, all retries
            are in vain, and they are what the service has to turn away when it comes back.
    """

    def __init__(
        self, session: aiohttp.ClientSession, *, in_flight: int, per_s: float, tries: int = 6, budget: float = 0.5
    ) -> None:
        self.session, self.tries, self.budget = session, tries, budget
        self.asked = self.retries = 0
        self._places = asyncio.Semaphore(in_flight)
        self._gap_s, self._free_at = 1 / per_s, 0.0

    async def get(self, path: str) -> Any:
        """Return the answer, as JSON.

        Raises:
            GaveUpError: when it is not worth going on.
            aiohttp.ClientResponseError: on any other status from 400 on; mostly the request is at fault, as with 404.
        """
        for attempt in range(self.tries):
            async with self._places:  # not while it waits to try again: others can use the place
                await self._until_its_turn()
                self.asked += 1
                try:
                    async with self.session.get(path) as response:
                        if response.status not in (429, 502, 503, 504):
                            response.raise_for_status()
                            return await response.json()
                        told_s = seconds_to_wait(response.headers.get("Retry-After"))
                except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
                    told_s = 0.0
            if attempt + 1 == self.tries or self.retries > 10 + self.budget * self.asked:
                break  # now, and not after another pause
            self.retries += 1
            backoff_s = min(5.0, 0.1 * 2**attempt)
            await asyncio.sleep(told_s + random.uniform(0, backoff_s))  # jitter: or all come back together
        raise GaveUpError(f"{path}: no answer in {attempt + 1} tries; {self.retries} retries in all")

    async def _until_its_turn(self) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self._free_at)
        self._free_at = start + self._gap_s  # taken before anybody else can look: there is no `await` in between
        await asyncio.sleep(start - now)


def seconds_to_wait(retry_after: str | None) -> float:
    """Return what `Retry-After` says: a number of seconds, or a date; 0.0 when it says nothing that makes sense."""
    try:
        seconds = float(retry_after or 0)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(str(retry_after)).timestamp() - time.time()
        except ValueError:
            return 0.0
    return min(max(0.0, seconds), 60.0)  # no service makes you wait for a year


async def start_service(runner: web.AppRunner) -> int:
    """Start a service that is out of order for the first 0.3 s; return its port."""
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])


def service() -> tuple[web.Application, list[int]]:
    """Return a service that takes five at a time, and a list to which it adds how many it had in flight."""
    begin, in_flight, seen = time.monotonic(), 0, list[int]()

    async def answer(request: web.Request) -> web.Response:
        nonlocal in_flight
        if time.monotonic() < begin + 0.3:
            return web.Response(status=503)
        if in_flight >= 5:
            return web.Response(status=429, headers={"Retry-After": "1"})
        in_flight += 1
        seen.append(in_flight)
        try:
            await asyncio.sleep(0.05)
            return web.json_response({"n": request.match_info["n"]})
        finally:
            in_flight -= 1

    app = web.Application()
    app.router.add_get("/numbers/{n}", answer)
    return app, seen


async def main() -> None:
    app, seen = service()
    runner = web.AppRunner(app)
    port = await start_service(runner)
    begin = time.perf_counter()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        polite = Polite(session, in_flight=5, per_s=60)
        answers = await asyncio.gather(*[polite.get(f"/numbers/{n}") for n in range(REQUESTS)], return_exceptions=True)
    took_s = time.perf_counter() - begin
    await runner.cleanup()
    answered = sum(isinstance(answer, dict) for answer in answers)
    print(f"{answered} of {REQUESTS} answered in {took_s:.1f} s, with {polite.retries} retries")
    print(f"the service had at most {max(seen)} in flight; {polite.asked / took_s:.0f} requests a second")


if __name__ == "__main__":
    asyncio.run(main())
