"""One job that cleans up after itself: it closes the store and tells its caller, after an error or a cancel, too.

    python notebooks/take_home/02_structured.py         # asks a small server of its own

Needs aiohttp. Copy `fetch`, `fetch_or_retry`, `opened` and `load` into your own program.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


async def fetch(session: aiohttp.ClientSession, path: str) -> dict:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


async def fetch_or_retry(session: aiohttp.ClientSession, path: str) -> dict:
    try:
        return await fetch(session, path)
    except aiohttp.ClientError:
        return await fetch(session, path)


class Store:
    """Stands for a database: it has to be closed, and closing takes a moment."""

    def __init__(self) -> None:
        self.rows: list[dict] = []
        self.open = True

    async def close(self) -> None:
        await asyncio.sleep(0.01)
        self.open = False


@asynccontextmanager
async def opened() -> AsyncIterator[Store]:
    store = Store()
    try:
        yield store
    finally:  # after the block, after an error in it, after a cancel
        # What this does not survive: a cancel that comes now, while it closes. Then the store stays open.
        await store.close()
        print(f"  the store has {len(store.rows)} rows and is {'open' if store.open else 'closed'}")


async def load(server: str, *, most: int) -> None:
    """Load the first `most` items together, and save all of them or none.

    By the time an error comes out, the other requests have been cancelled and the store is closed.

    Raises:
        aiohttp.ClientError: when the list of items has failed twice.
        ExceptionGroup: of the items that have failed twice, even if it is only one.
    """
    async with aiohttp.ClientSession(server) as session, opened() as store:
        paths = (await fetch_or_retry(session, "/items"))["items"][:most]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, path)) for path in paths]
        store.rows += [task.result() for task in tasks]


@asynccontextmanager
async def moody_server() -> AsyncIterator[str]:
    """Serve a list of twenty items. Item 3 fails once, item 12 always; yield the address."""
    asked: dict[str, int] = {}

    async def listing(_: web.Request) -> web.Response:
        return web.json_response({"items": [f"/items/{n}" for n in range(20)]})

    async def item(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        asked[name] = asked.get(name, 0) + 1
        await asyncio.sleep(0.05)
        if name == "12" or (name == "3" and asked[name] == 1):
            raise web.HTTPServiceUnavailable
        return web.json_response({"name": name})

    application = web.Application()
    application.router.add_get("/items", listing)
    application.router.add_get("/items/{name}", item)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def main() -> None:
    async with moody_server() as server:
        for most in (8, 15):
            print(f"the first {most} items:")
            try:
                await load(server, most=most)
            except* aiohttp.ClientResponseError as errors:  # in a group or alone; any other error gets through
                print(f"  failed twice: {len(errors.exceptions)}; nothing was saved")


if __name__ == "__main__":
    asyncio.run(main())
