"""5.5: Server-Sent Events, resumed where they broke off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import not_a_list, not_in_asyncio, shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.hosts import site

if TYPE_CHECKING:
    from aiohttp import web

CLAIM = "built-in-seen"
SSE = "told"
DATA = ["one", "two", "three\nof two lines", "four", "five", "six", "seven", "eight"]  # of these
MORE = ["nine", "ten", "eleven", "twelve"]
BROKEN = 4  # the event in whose middle the first connection breaks
A_CONNECTION = 3


async def listen(session: aiohttp.ClientSession, count: int) -> list[str]:
    events: list[str] = []
    last_id = ""
    while len(events) < count:
        id = ""
        data: list[str] = []
        headers = {"Last-Event-ID": last_id} if last_id else {}
        try:
            async with session.get("/events", headers=headers) as response:
                async for raw in response.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("id: "):
                        id = line.removeprefix("id: ")
                    elif line.startswith("data: "):
                        data.append(line.removeprefix("data: "))
                    elif line == "" and data:  # the event is whole
                        events.append("\n".join(data))
                        last_id, data = id, []
                        if len(events) == count:
                            break
        except aiohttp.ClientError:  # it broke off
            await asyncio.sleep(0.02)
    return events


def event(number: int) -> bytes:
    """Return an event as it is sent, with a comment before every second one."""
    lines = [f"data: {line}" for line in (DATA + MORE)[number - 1].split("\n")]
    comment = ": still here\n\n" if number % 2 == 0 else ""
    return (comment + "\n".join([f"id: {number}", *lines, "", ""])).encode()


class Events:
    """A stream of events that breaks off in the middle of one, then ends after three more, then stays."""

    def __init__(self) -> None:
        self.last_ids: list[str] = []

    async def connect(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        last = request.headers.get("Last-Event-ID", "")
        self.last_ids.append(last)
        first = int(last) + 1 if last.isdecimal() else 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        breaks = len(self.last_ids) == 1
        end = min(first + A_CONNECTION, len(DATA + MORE) + 1)
        stream = b"".join(event(number) for number in range(first, end))
        if breaks:
            stream += event(BROKEN)[:-1]  # all of it but the empty line
        for start in range(0, len(stream), 7):  # however the bytes come
            await response.write(stream[start : start + 7])
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)  # so that all of it has been read
        if breaks and request.transport is not None:
            request.transport.abort()
        elif end > len(DATA + MORE) or len(self.last_ids) > 10:
            await asyncio.sleep(60)  # no more news; the client goes, or the deadline comes
        return response


async def _run(answer: Answer, bench: Bench) -> Any:
    events = Events()
    async with site(bench, "/events", events.connect) as session:
        try:
            return await answer(session, len(DATA))
        finally:
            bench.note("last ids", events.last_ids)


@expectation(f"{len(DATA)} events, each once, in order")
def _all_once(evidence: Evidence) -> Found:
    if (wrong := not_a_list(evidence.result, of="events' data")) is not None:
        return wrong
    got = list(evidence.result)
    if got == DATA:
        return None
    last_ids = evidence.notes["last ids"]
    half = DATA[BROKEN - 1]
    knew = last_ids[1:2] == [str(BROKEN - 1)]
    if f"{half}\n{half}" in got or (got.count(half) > 1 and knew):
        return Finding(
            "Throw away what came of an event that broke off.",
            f"Half of the event {BROKEN} was left over from the first connection, and you put it into your list.",
            "A connection that breaks off leaves half an event behind. The next connection brings it whole.",
            SSE,
        )
    if (wrong := _misread(got)) is not None:
        return wrong
    return _came_back_badly(got, last_ids)


def _came_back_badly(got: list[Any], last_ids: list[str]) -> Finding:
    if len(last_ids) == 1:
        return Finding(
            "Connect again when the stream ends or breaks off.",
            f"You made one connection and returned {len(got)} events.",
            "A stream that ends is no error, and neither is one that breaks: there is more to come.",
            SSE,
        )
    if not any(last_ids[1:]):
        return Finding(
            "Send the header `Last-Event-ID` when you come back.",
            "Your second request did not say which event you have, and the server began again with the first.",
            "The server keeps no note of who has heard what. The client tells it.",
            SSE,
        )
    if "four" not in got:
        return Finding(
            "Take an id as yours only when the event is whole: at the empty line.",
            f"You came back with {last_ids[1]}. The event {BROKEN} had broken off, and you never heard it.",
            "An event counts when its empty line has come. What came of it before is thrown away, its id too.",
            SSE,
        )
    if got[: len(DATA)] == DATA:
        return Finding(
            "Return as soon as you have `count` events.",
            f"You returned {len(got)}; it was called with a count of {len(DATA)}.",
            "A stream of events has no end. The one who listens decides when it is enough.",
        )
    if again := [one for one in got if got.count(one) > 1]:
        return Finding(
            "Send the id of the last event that you have.",
            f"{shown(again[0])} is in your list more than once; you came back with {', '.join(last_ids[1:])}.",
            "The server goes on after the id that it is told.",
            SSE,
        )
    return Finding(f"Return the data of {len(DATA)} events, in order.", f"You returned {shown(got)}.", section=SSE)


def _misread(got: list[Any]) -> Finding | None:
    """Say what is wrong with the way in which the lines were read."""
    if strange := [one for one in got if not isinstance(one, str)]:
        return Finding("Return each event's data as a string.", f"In your list there is {shown(strange[0])}.")
    if pieces := [one for one in got if one not in (*DATA, *MORE, *DATA[2].split("\n"))]:
        return Finding(
            "Read lines, `async for line in response.content`, and keep what comes after `data: `.",
            f"In your list there is {shown(pieces[0])}.",
            "The bytes of a stream come in pieces of any size. The protocol's units are its lines.",
            SSE,
        )
    if "of two lines" in got or "three" in got:
        return Finding(
            "Collect the `data:` lines of an event until its empty line, and join them with a line's end.",
            f"The third event has two lines of data: {DATA[2]!r}. In your list they are not one string.",
            "An event ends at an empty line, not at its first line of data.",
            SSE,
        )
    return None


@expectation("A stream that breaks off is not the end")
def _survives_the_break(evidence: Evidence) -> Found:
    error = evidence.exception
    if evidence.outcome != "raised" or error is None or not any(one.is_a("ClientError") for one in error.leaves()):
        return None
    return Finding(
        "Catch `aiohttp.ClientError` around the request, and connect again.",
        f"The first connection broke off in the middle of an event ({error.leaves()[0].type}).",
        "A stream may end well or break. Both mean: come back, with the last id.",
        SSE,
    )


@expectation("It ends when it has enough")
def _ends(evidence: Evidence) -> Found:
    if evidence.outcome not in ("never ended", "spun"):
        return None
    last_ids = evidence.notes.get("last ids", [])
    if len(last_ids) > 3 and not any(last_ids):
        return None
    return Finding(
        "Return as soon as you have `count` events.",
        f"It still waited at the deadline, after {len(last_ids)} connections. The server had no more news.",
        "A stream of events has no end. The one who listens decides when it is enough.",
    )


EXERCISE = Exercise(
    number="5.5",
    title="Events, resumed",
    reference=listen,
    run=_run,
    expectations=(_all_once,),
    hints=(
        "`async for line in response.content` gives one line after another, as bytes.",
        "Collect the lines of an event. At the empty line it is whole: now keep its data, and its id.",
        'Around it: a loop that connects, with `headers={"Last-Event-ID": last_id}` from the second time on.',
    ),
    why="Only whole events count: their data goes into the list, and their id into the header of the next request.",
    section="exercise-5-5",
    explains=(_survives_the_break, _ends, not_in_asyncio("session.get", section=CLAIM)),
    deadline_s=3.0,
)
