"""5.3: a WebSocket client that is cut off, refused, and still has each message once."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import not_a_list, not_in_asyncio, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_05._server import site

if TYPE_CHECKING:
    from aiohttp import web

CLAIM = "claim"
FEED = "tls-seen"
COUNT = 20  # messages that are asked for
A_CONNECTION = 6  # messages that a connection carries before it is cut
MEANWHILE = 3  # messages that are published while a client is cut off
REFUSALS = 4  # after the second cut
ENOUGH = 10  # connections
STORM_S = 0.02  # two attempts that are nearer than this had no pause between them, however busy the machine is


async def collect(session: aiohttp.ClientSession, count: int) -> list[int]:
    ids: list[int] = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    return ids


class Feed:
    """A feed of numbered messages that cuts every connection after a few, and refuses some."""

    def __init__(self) -> None:
        self.sent = 0  # the highest id that any connection was sent
        self.accepted = 0
        self.refused_at: list[float] = []
        self.asked_after: list[str] = []

    async def connect(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        if self.accepted == 2 and len(self.refused_at) < REFUSALS:
            self.refused_at.append(time.perf_counter())
            return web.Response(status=503, text="back in a moment")
        after = request.query.get("after", "")
        self.asked_after.append(after)
        begin = int(after) if after.isdecimal() else self.sent + (MEANWHILE if self.accepted else 0)
        self.accepted += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.accepted > ENOUGH:
            await socket.receive()  # a client that gets nowhere: nothing more is published
            return socket
        for number in range(begin + 1, begin + 1 + A_CONNECTION):
            await socket.send_json({"id": number, "data": f"message {number}"})
        self.sent = max(self.sent, begin + A_CONNECTION)
        if request.transport is not None:
            request.transport.abort()  # cut off, without a word
        return socket


async def _run(answer: Answer, bench: Bench) -> Any:
    feed = Feed()
    async with site(bench, "/channel", feed.connect) as session:
        try:
            return await answer(session, COUNT)
        finally:
            bench.note("connections", feed.accepted)
            bench.note("refused", feed.refused_at)
            bench.note("after", feed.asked_after)


def _ids(evidence: Evidence) -> list[Any]:
    items = evidence.result if isinstance(evidence.result, (list, tuple)) else []
    return [item.get("id") if isinstance(item, dict) else item for item in items]


@expectation(f"{COUNT} messages, each once, in order")
def _all_once(evidence: Evidence) -> Found:
    if (wrong := not_a_list(evidence.result, of="ids")) is not None:
        return wrong
    ids = _ids(evidence)
    if ids == list(range(1, COUNT + 1)):
        return None
    if strange := [one for one in ids if not isinstance(one, int)]:
        return Finding("Return the ids, as numbers.", f"In your list there is {shown(strange[0])}.")
    if evidence.notes["connections"] == 1:
        return Finding(
            "Connect again when the connection is lost.",
            f"You made one connection, and it was cut after {A_CONNECTION} messages. You returned {len(ids)}.",
            "An `async for` over a WebSocket simply ends when the connection does, whoever ended it.",
            FEED,
        )
    if again := sorted({one for one in ids if ids.count(one) > 1}):
        return Finding(
            "Continue after the last id that you have; begin at the beginning only once.",
            f"The message {again[0]} came twice: you asked for what comes after {_after(evidence)}.",
            "The server can't know what has reached you. Only you do.",
            FEED,
        )
    if lost := [number for number in range(1, (max(ids, default=0)) + 1) if number not in ids]:
        return Finding(
            "Tell the server which id you have last: `/channel?after=6`.",
            f"The message {lost[0]} is missing: you asked for what comes after {_after(evidence)}.",
            "What is sent while you are not connected does not wait for you. You have to ask for it.",
            FEED,
        )
    if len(ids) > COUNT:
        return Finding(
            "Return as soon as you have `count` messages.",
            f"You returned {len(ids)} ids; it was called with a count of {COUNT}.",
            "A feed has no end, and a connection ends when it likes. The one who listens decides when it is enough.",
        )
    if sorted(ids) == ids:
        return Finding(f"Return `count` ids, here {COUNT}.", f"You returned {len(ids)}.")
    return Finding("Keep the ids in the order in which they came.", f"You returned {shown(ids)}.")


def _after(evidence: Evidence) -> str:
    return ", ".join(after or "(nothing)" for after in evidence.notes["after"])


@expectation("A pause before each new attempt")
def _pauses(evidence: Evidence) -> Found:
    at = evidence.notes["refused"]
    gaps = [after - before for before, after in itertools.pairwise(at)]
    if not gaps:
        return NOT_ASKED
    if min(gaps) >= STORM_S:
        return None
    return Finding(
        "Wait a moment before you try again: `await asyncio.sleep(0.05)`.",
        f"After a refusal you came back within {min(gaps) * 1000:.0f} ms.",
        "A server that is restarting meets all its clients at once. Those that do not wait keep it down.",
    )


@expectation("A refusal is not the end")
def _survives_a_refusal(evidence: Evidence) -> Found:
    if evidence.exception is None or evidence.outcome != "raised":
        return None
    leaves = evidence.exception.leaves()
    if any(error.is_a("ClientError") for error in leaves) and evidence.notes.get("refused"):
        return Finding(
            "Catch `aiohttp.ClientError` around the connection, wait a moment, and try again.",
            f"The server refused you once ({leaves[0].type}), and your function gave up.",
            "A server that refuses now may be there in a second. Bound how often you try, not to once.",
            FEED,
        )
    if any("WSMsgType" in error.message or "Received message" in error.message for error in leaves):
        return Finding(
            "Look at the message's type, or use `async for`: a message may say that the connection is gone.",
            f"{leaves[0].type}: {leaves[0].message}.",
            "`receive_json` expects text. At the end of a connection there comes another kind of message.",
            FEED,
        )
    return None


@expectation("It ends when it has enough")
def _ends(evidence: Evidence) -> Found:
    if evidence.outcome not in ("never ended", "spun"):
        return None
    refused, connections = len(evidence.notes.get("refused", ())), evidence.notes.get("connections", 0)
    if 0 < refused < REFUSALS:
        return None
    return Finding(
        "Return as soon as you have `count` messages.",
        f"It still waited at the deadline. It had made {connections} connections, and the feed has no more to say.",
        "A feed has no end. The one who listens decides when it is enough.",
    )


EXERCISE = Exercise(
    number="5.3",
    title="Cut off, and nothing lost",
    reference=collect,
    run=_run,
    expectations=(_all_once, _pauses),
    hints=(
        "Two loops: the outer one connects, the inner one is `async for message in socket`.",
        "What do you tell the server when you come back? The last id in your list.",
        "A refusal raises `aiohttp.ClientError`. Catch it outside of the connection's block, sleep 50 ms, go on.",
    ),
    why="The client keeps the one thing that only it can know, the last id it has, and tells it at each connection.",
    section="exercise-5-3",
    explains=(_survives_a_refusal, _ends, not_in_asyncio("session.ws_connect", section=CLAIM)),
    deadline_s=3.0,
)
