"""The visits of 12.3: a crowd at the door, and requests that end in each of several ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from helpers.exercises._words import a
from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.hosts import soon
from helpers.exercises.lesson_12._shared import LONG_S, served, within

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SLOTS, CLIENTS, LIMIT_S, FAR_S = 5, 20, 0.3, 30.0
TURNS = 30  # `asyncio.timeout(0)` around an acquire is over long before that
WAITS = {2.3: "3", 0.0: "", 4.0: "4", 0.4: "1"}  # how many seconds a client has to wait, and what it is told
OFTEN, LATE, FAILS, OWN_LIMIT, LEAVES = "too often", "too late", "fails", "a limit of its own", "leaves"


class Slots(asyncio.Semaphore):
    """Slots that know whether somebody waited for one: for more than a few turns of the loop, while none was free."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.waited = False

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()
        counting = asyncio.ensure_future(self._count())
        try:
            return await super().acquire()
        finally:
            counting.cancel()

    async def _count(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.waited = True


class Door:
    """A server with an answer before its handler, and the slots that it has."""

    def __init__(
        self, answer: Answer, handler: Any, waits: list[float] | None = None, *, limit_s: float = FAR_S
    ) -> None:
        from aiohttp import web

        self.slots = Slots(SLOTS)
        self.swallowed = False
        self.asked: list[Any] = []
        self.inside = self.most = self.calls = 0
        self.raised: list[str] = []
        self.odd_header = ""
        self._answer, self._handler, self._waits, self._limit_s = answer, handler, waits or [], limit_s
        self.app = web.Application()
        self.app.router.add_post("/measurements", self._guarded)

    def _wait_s(self, client: Any) -> float:
        self.asked.append(client)
        return self._waits.pop(0) if self._waits else 0.0

    async def _guarded(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        try:
            response: Any = await self._answer(request, self.handler, self._wait_s, self.slots, self._limit_s)
        except web.HTTPException:
            raise
        except Exception as error:
            self.raised.append(f"{type(error).__name__}: {error}".rstrip(": "))
            return web.Response(status=500)
        self.swallowed |= bool((task := asyncio.current_task()) and task.cancelling())
        if not isinstance(response, web.StreamResponse):
            return web.Response(status=599)
        for name, value in tuple(response.headers.items()):
            if not isinstance(value, str):  # aiohttp would break the connection off
                self.odd_header = f"{value!r}, {a(type(value).__name__)}"
                response.headers[name] = str(value)
        return response

    async def handler(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            response: web.StreamResponse = await self._handler(request)
            return response
        finally:
            self.inside -= 1

    async def free(self) -> int:
        """Return how many slots there are once all has settled."""
        await soon(lambda: self.inside == 0)
        await asyncio.sleep(0.01)
        taken = 0
        while not self.slots.locked() and taken <= SLOTS:
            await self.slots.acquire()
            taken += 1
        for _ in range(taken):
            self.slots.release()
        return taken


async def _post(session: Any) -> tuple[int, str]:
    async with session.post("/measurements", data="21.5") as response:
        return int(response.status), str(response.headers.get("Retry-After", ""))


async def _kept(request: web.Request) -> web.StreamResponse:
    from aiohttp import web

    await asyncio.sleep(0)
    return web.Response(status=201)


async def crowd(answer: Answer, bench: Bench) -> None:
    """Twenty at once, and five slots: nobody inside ends before the others have their answer, or a moment is over."""
    from aiohttp import web

    release = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response(status=201)

    door = Door(answer, handler)
    async with served(bench, door.app) as session:
        clients = [asyncio.ensure_future(_post(session)) for _ in range(CLIENTS)]
        bench.note("at once", await soon(lambda: sum(one.done() for one in clients) >= CLIENTS - SLOTS))
        release.set()
        answers = await asyncio.gather(*[within(LONG_S, one) for one in clients])
        bench.note("waited", door.slots.waited)
        bench.note("next", await within(LONG_S, _post(session)))
        bench.note("free", await door.free())
    bench.note("answers", answers)
    bench.note("most", door.most)
    bench.note("raised", door.raised)


async def often(answer: Answer, bench: Bench) -> None:
    """The rate says no for 2.3 s, then yes, then no for a whole number of seconds, and for less than one."""
    door = Door(answer, _kept, list(WAITS))
    async with served(bench, door.app) as session:
        bench.note("answers", [await within(LONG_S, _post(session)) for _ in WAITS])
        bench.note("calls", door.calls)
        bench.note("odd header", door.odd_header)
        bench.note("asked", [str(one) for one in door.asked])
        bench.note("free", await door.free())


async def _one(answer: Answer, bench: Bench, handler: Any, limit_s: float = FAR_S) -> None:
    door = Door(answer, handler, limit_s=limit_s)
    async with served(bench, door.app) as session:
        bench.note("answer", await within(LONG_S, _post(session)))
        bench.note("inside", door.inside)
        bench.note("raised", door.raised)
        bench.note("free", await door.free())


async def late(answer: Answer, bench: Bench) -> None:
    async def handler(request: web.Request) -> None:
        await asyncio.sleep(60)

    await _one(answer, bench, handler, LIMIT_S)


async def fails(answer: Answer, bench: Bench) -> None:
    async def handler(request: web.Request) -> None:
        from aiohttp import web

        raise web.HTTPBadRequest

    await _one(answer, bench, handler)


async def own_limit(answer: Answer, bench: Bench) -> None:
    async def handler(request: web.Request) -> None:
        raise TimeoutError("the disk did not answer")

    await _one(answer, bench, handler)


async def leaves(answer: Answer, bench: Bench) -> None:
    """A client leaves while its request is in flight: the handler is cancelled."""
    inside = asyncio.Event()

    async def handler(request: web.Request) -> None:
        inside.set()
        await asyncio.sleep(60)

    door = Door(answer, handler)
    async with served(bench, door.app) as session:
        client = asyncio.ensure_future(_post(session))
        await within(LONG_S, inside.wait())
        client.cancel()
        with suppress(asyncio.CancelledError):
            await client
        bench.note("free", await door.free())
        bench.note("swallowed", door.swallowed)
