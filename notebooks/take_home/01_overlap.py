"""Fetch many pages at the same time: one session, a bound, a time limit, answers in order.

    python notebooks/take_home/01_overlap.py                  # asks a small server of its own
    python notebooks/take_home/01_overlap.py URL [URL ...]    # asks yours

Needs aiohttp. Copy `fetch_all` into your own program. Beyond page 01 it has what a program needs when it asks other
people's servers: a semaphore, so that no more than `at_most` requests are in flight (page 06), and a time limit
(page 07).
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


async def fetch_all(urls: Sequence[str], *, at_most: int, timeout_s: float) -> list[int | str]:
    """Return, for each URL in order, the length of its page, or what went wrong with it.

    One page that fails, or takes too long, does not disturb the others. The time limit of a
    request begins when the request does, not while it waits for a free place. Cancelled, `fetch_all` cancels
    all of its requests and closes its connections.
    """
    if at_most < 1:
        raise ValueError(f"at_most must be 1 or more, got {at_most}")
    places = asyncio.Semaphore(at_most)

    async def fetch(session: aiohttp.ClientSession, url: str) -> int | str:
        async with places:
            try:
                async with asyncio.timeout(timeout_s), session.get(url) as response:
                    response.raise_for_status()
                    return len(await response.read())
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # one bad page must not end the others
                return f"{type(error).__name__}: {error}".rstrip(": ")

    connector = aiohttp.TCPConnector(limit=at_most)  # a session's own limit is 100
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, url)) for url in urls]
    return [task.result() for task in tasks]


@asynccontextmanager
async def slow_server(latency_s: float) -> AsyncIterator[str]:
    """Serve pages on this machine, each after `latency_s` seconds; yield the address."""

    async def page(request: web.Request) -> web.Response:
        await asyncio.sleep(latency_s)
        return web.Response(text=f"page {request.path}\n" * 10)

    application = web.Application()
    application.router.add_get("/{name}", page)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def report(urls: Sequence[str]) -> None:
    begin = time.perf_counter()
    answers = await fetch_all(urls, at_most=5, timeout_s=10.0)
    took_s = time.perf_counter() - begin
    for url, answer in zip(urls, answers, strict=True):
        print(f"{answer} bytes  {url}" if isinstance(answer, int) else f"{answer}  {url}")
    print(f"{len(urls)} pages, at most 5 at a time: {took_s:.2f} s")


async def main(urls: Sequence[str]) -> None:
    if urls:
        await report(urls)
        return
    async with slow_server(latency_s=0.1) as server:
        await report([f"{server}/{number}" for number in range(20)])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
