"""The visits of 12.4: a source that answers by a script."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Run
from helpers.exercises.lesson_12._shared import LONG_S, died, going, served

if TYPE_CHECKING:
    from aiohttp import web

EVERY_S, LONGEST_S = 5.0, 30.0
PATIENCE_S = 4.0  # for the next request or pause: far more than the limit
LONG, HANGS, BUG, KINDS = "a long outage", "it never answers", "a bug", "other failures"
FIRST, CANCELLED = "many first failures", "cancelled"
OUTAGE, FIRSTS = 60, 25
BUGS = (ZeroDivisionError, TimeoutError, ValueError, KeyError, ConnectionResetError)


class Source:
    """A server that answers by a script, a word for each request, and what an answer did meanwhile.

    "ok", "zero", "503", "404", "html", "no key", "breaks off", "stalls" in the middle of its answer, or "hangs".
    """

    def __init__(self, script: list[str], *, bug: type[Exception] | None = None) -> None:
        from aiohttp import web

        self._script, self._bug = script, bug
        self.requests = 0
        self.events: list[tuple[str, float, Any]] = []  # what, how long, the failures that `health` tells
        self.kept: list[float] = []
        self.health: dict[str, Any] = {}
        self.over, self.moved = asyncio.Event(), asyncio.Event()
        self.app = web.Application()
        self.app.router.add_get("/weather", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        self.requests += 1
        self.moved.set()
        word = self._script[self.requests - 1] if self.requests <= len(self._script) else "ok"
        self.events.append((word, 0.0, None))
        if word == "hangs":
            await asyncio.sleep(60)
        if word == "stalls":
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"temperature_c": ')
            await asyncio.sleep(60)
        if word == "breaks off":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if word in ("503", "404"):
            return web.json_response({"temperature_c": -273.0}, status=int(word))
        odd = {"html": "<h1>Moved</h1>", "no key": '{"error": 7}', "zero": '{"temperature_c": 0.0}'}
        text = odd.get(word, f'{{"temperature_c": {self.requests}.5}}')
        return web.Response(text=text, content_type="application/json")

    async def keep(self, temperature: float) -> None:
        await asyncio.sleep(0)
        if self._bug:
            raise self._bug("a bug")
        self.kept.append(temperature)

    async def pause(self, seconds: float) -> None:
        self.events.append(("pause", float(seconds), self.health.get("failures")))
        self.moved.set()
        if sum(what == "pause" for what, _, _ in self.events) >= len(self._script):
            self.over.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)


def run(script: list[str], *, bug: type[Exception] | None = None) -> Run:
    async def run(answer: Answer, bench: Bench) -> None:
        source = Source(script, bug=bug)
        async with (
            served(bench, source.app) as session,
            going(answer(session, source.keep, source.pause, source.health)) as polling,
        ):
            over = asyncio.ensure_future(source.over.wait())
            while not (over.done() or polling.done() or source.requests > len(script) + 5):
                source.moved.clear()
                moved = asyncio.ensure_future(source.moved.wait())
                done, _ = await asyncio.wait(
                    [over, polling, moved], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
                )
                moved.cancel()
                if not done:
                    break
            over.cancel()
            bench.note("over", source.over.is_set())
            bench.note("died", died(polling))
        bench.note("events", source.events)
        bench.note("kept", source.kept)
        bench.note("requests", source.requests)

    return run


async def bugs(answer: Answer, bench: Bench) -> None:
    """Let `keep` raise, once each: what a source that fails could have raised as well is a bug here."""
    died_of = []
    for bug in BUGS:
        await run(["ok", "ok"], bug=bug)(answer, bench)
        died_of.append(bench.notes["died"])
    bench.note("died of", died_of)


async def cancelled(answer: Answer, bench: Bench) -> None:
    """Cancel it while it waits for the source."""
    source = Source(["hangs", "ok", "ok"])
    async with (
        served(bench, source.app) as session,
        going(answer(session, source.keep, source.pause, source.health)) as polling,
    ):
        asked = asyncio.ensure_future(source.moved.wait())
        await asyncio.wait([asked, polling], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        polling.cancel()
        await asyncio.wait([polling], timeout=LONG_S)
        bench.note("goes on", not polling.done())


SCRIPT = ["ok", "503", "503", "503", "503", "ok", "503", "ok"]


def pauses(evidence: Evidence) -> list[tuple[str, float, Any]]:
    """Return each pause as what came before it, how long it is, and the failures that `health` told."""
    events = evidence.notes["events"]
    return [(before[0], one[1], one[2]) for before, one in pairwise(events) if one[0] == "pause"]
