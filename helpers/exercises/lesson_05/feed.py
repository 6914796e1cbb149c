"""5.2: a WebSocket client that is cut off, refused, and still has each message once."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import not_a_list, not_in_asyncio, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.hosts import site
from helpers.timeline import State

if TYPE_CHECKING:
    from aiohttp import web

BUILT_IN, TOLD = "built-in-seen", "told"
COUNT, FEW = 20, 11  # messages that are asked for, in the first run and in the second
MEANWHILE = 3  # messages that are published while a client is cut off
ENOUGH = 10  # connections
STORM_S = 0.02  # two attempts that are nearer than this had no pause between them, however busy the machine is
PATIENCE_S = 1.0  # for what ought to come at once: the close of a connection, the end after a cancel
STAYS, CANCELLED = "the connection stays", "cancelled"


async def collect(session: aiohttp.ClientSession, count: int) -> list[int]:
    ids: list[int] = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break  # the connection broke off in the middle of a message
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:  # refused; a program with users would wait longer each time, and not for ever
            await asyncio.sleep(0.05)
    return ids


@dataclass(frozen=True)
class Plan:
    """How a feed treats its clients: what a connection carries, when how many of them are refused, when one stays."""

    a_connection: int
    refused_after: int  # connections
    refusals: int
    last: int | None = None  # the highest id that there is; the connection that has it is not cut


class Feed:
    """A feed of numbered messages that cuts every connection after a few, and refuses some."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.sent = 0  # the highest id that any connection was sent
        self.accepted = 0
        self.closed = 0  # connections that the client has closed
        self.refused_at: list[float] = []
        self.asked_after: list[str] = []

    async def connect(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        plan = self._plan
        if self.accepted == plan.refused_after and len(self.refused_at) < plan.refusals:
            self.refused_at.append(time.perf_counter())
            return web.Response(status=503, text="back in a moment")
        after = request.query.get("after", "")
        self.asked_after.append(after)
        begin = int(after) if after.isdecimal() else self.sent + (MEANWHILE if self.accepted else 0)
        self.accepted += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        last = begin + plan.a_connection
        if plan.last is not None:
            last = min(last, plan.last)
        if self.accepted <= ENOUGH:
            for number in range(begin + 1, last + 1):
                await socket.send_json({"id": number, "data": f"message {number}"})
            self.sent = max(self.sent, last)
        if self.accepted > ENOUGH or last == plan.last:  # it gets nowhere, or has all there is: nothing more comes
            async for _ in socket:
                pass
            self.closed += 1
        elif request.transport is not None:
            request.transport.abort()  # cut off, without a word
        return socket


def _collected(plan: Plan, count: int) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        feed = Feed(plan)
        async with site(bench, "/channel", feed.connect) as session:
            try:
                result = await answer(session, count)
                if plan.last is not None:
                    bench.note("closed", await _soon(lambda: feed.closed > 0))
                return result
            finally:
                bench.note("connections", feed.accepted)
                bench.note("refused", feed.refused_at)
                bench.note("after", feed.asked_after)
                bench.note("sent", feed.sent)

    return run


async def _soon(true: Any) -> bool:
    """Tell whether this comes true within a moment."""
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:  # noqa: ASYNC110 - nothing there tells of it
        await asyncio.sleep(0.01)
    return bool(true())


async def _cancelled(answer: Answer, bench: Bench) -> None:
    """Cancel the answer while it waits for a message, and note whether it ends."""
    feed = Feed(Plan(a_connection=3, refused_after=0, refusals=1, last=3))
    async with site(bench, "/channel", feed.connect) as session:
        collecting = asyncio.ensure_future(answer(session, COUNT))
        await _soon(lambda: feed.sent == 3 or collecting.done())
        await asyncio.sleep(0.05)  # it has read them
        bench.note("waited", not collecting.done())
        collecting.cancel()
        await asyncio.wait([collecting], timeout=PATIENCE_S)
        bench.note("ended", collecting.done())
        if collecting.done() and not collecting.cancelled():
            collecting.exception()  # the first run says what it raises


@expectation(f"{COUNT} messages, each once, in order")
def _all_once(evidence: Evidence) -> Found:
    return _wrong(evidence, COUNT)


@expectation(f"Refused at first, and with other cuts: {FEW} messages")
def _few_once(evidence: Evidence) -> Found:
    if _wrong(evidence, COUNT) is not None:
        return NOT_ASKED
    return _wrong(evidence.trials[STAYS], FEW)


def _wrong(run: Evidence, count: int) -> Finding | None:
    if (wrong := not_a_list(run.result, of="ids")) is not None:
        return wrong
    ids = list(run.result)
    notes = run.notes
    if strange := [one for one in ids if not isinstance(one, int)]:
        what = f"a {strange[0].type}" if isinstance(strange[0], Other) else shown(strange[0])
        return Finding("Return the ids, as numbers.", f"In your list there is {what}.")
    if notes["connections"] == 0:
        return Finding("Connect to `/channel` with `session.ws_connect`.", "The server had no connection from you.")
    if invented := [one for one in ids if one > notes["sent"]]:
        return Finding(
            "Return ids of messages that you have received.",
            f"You returned {invented[0]}, and the server had sent you nothing after {notes['sent']}.",
        )
    if ids == list(range(1, count + 1)):
        return None
    if notes["connections"] == 1:
        return Finding(
            "Connect again when the connection is lost.",
            f"You made one connection, and it was cut after {notes['sent']} messages. You returned {len(ids)}.",
            "An `async for` over a WebSocket simply ends when the connection does, whichever side ended it.",
            TOLD,
        )
    if again := sorted({one for one in ids if ids.count(one) > 1}):
        return Finding(
            "Continue after the last id that you have; begin at the beginning only once.",
            f"The message {again[0]} came twice: you asked for what comes after {_after(run)}.",
            "The server can't know what has reached you. Only you do.",
        )
    if lost := [number for number in range(1, (max(ids, default=0)) + 1) if number not in ids]:
        return Finding(
            "Tell the server which id you have last: `/channel?after=6`.",
            f"The message {lost[0]} is missing: you asked for what comes after {_after(run)}.",
            "What is sent while you are not connected does not wait for you. You have to ask for it.",
        )
    if len(ids) > count:
        return Finding(
            "Return as soon as you have `count` messages.",
            f"You returned {len(ids)} ids; it was called with a count of {count}.",
            "A feed has no end, and a connection ends when it likes. The client decides when it has enough.",
        )
    if sorted(ids) == ids:
        return Finding(f"Return `count` ids, here {count}.", f"You returned {len(ids)}.")
    return Finding("Keep the ids in the order in which they came.", f"You returned {shown(ids)}.")


def _after(run: Evidence) -> str:
    return ", ".join(after or "(nothing)" for after in run.notes["after"])


@expectation("A pause before each new attempt")
def _pauses(evidence: Evidence) -> Found:
    if _wrong(evidence, COUNT) is not None:
        return NOT_ASKED
    runs = [evidence, evidence.trials[STAYS]]
    gaps = [after - before for run in runs for before, after in itertools.pairwise(run.notes["refused"])]
    if gaps and min(gaps) >= STORM_S:
        return None
    if not gaps:
        return NOT_ASKED
    return Finding(
        "Wait a moment before you try again.",
        f"After a refusal you came back within {min(gaps) * 1000:.0f} ms.",
        "A server that is restarting meets all its clients at once. Those that do not wait keep it down.",
    )


@expectation("When it has enough, it closes the connection")
def _closes(evidence: Evidence) -> Found:
    run = evidence.trials[STAYS]
    if _wrong(run, FEW) is not None:
        return NOT_ASKED
    if run.notes.get("closed"):
        return None
    return Finding(
        "Close the connection when you have enough: use `async with session.ws_connect(…)`.",
        "Your function had returned, and its last connection was still open.",
        "An open WebSocket costs the server a place and memory for as long as it stays.",
    )


@expectation("Cancelled while it waits, it ends")
def _can_be_cancelled(evidence: Evidence) -> Found:
    notes = evidence.trials[CANCELLED].notes
    if not notes.get("waited"):
        return NOT_ASKED
    if notes.get("ended"):
        return None
    return Finding(
        "Let CancelledError out: catch `aiohttp.ClientError`, and not everything.",
        "It was cancelled while it waited for a message, and went on.",
        "Cancellation is an exception, thrown into the await. A bare `except` catches it, too.",
    )


@expectation("What the first run shows is said first")
def _first(evidence: Evidence) -> Found:
    return _wrong(evidence, COUNT) if evidence.outcome == "returned" else None


@expectation("A refusal is not the end")
def _survives_a_refusal(evidence: Evidence) -> Found:
    for run in (evidence, *evidence.trials.values()):
        if run.exception is None or run.outcome != "raised":
            continue
        leaves = run.exception.leaves()
        refused = len(run.notes.get("refused", ()))
        if any(error.is_a("ClientError") for error in leaves) and refused:
            if refused == 1:
                advice = "Catch `aiohttp.ClientError` around the connection, wait a moment, and try again."
            else:
                advice = "Go on trying: a refusal says nothing of the next attempt."
            return Finding(
                advice,
                f"The server had refused you {'once' if refused == 1 else f'{refused} times'} "
                f"({leaves[0].type}), and your function gave up.",
                "A server that refuses now may be there in a second.",
            )
        if any("WSMsgType" in error.message or "Received message" in error.message for error in leaves):
            return Finding(
                "Look at the message's type, or use `async for`: a message may say that the connection is gone.",
                f"{leaves[0].type}: {leaves[0].message}.",
                "`receive_json` expects text. At the end of a connection there comes another kind of message.",
                TOLD,
            )
    return None


@expectation("It ends when it has enough")
def _ends(evidence: Evidence) -> Found:
    run = next((one for one in (evidence, *evidence.trials.values()) if one.outcome in ("never ended", "spun")), None)
    if run is None:
        return None
    refused, connections = len(run.notes.get("refused", ())), run.notes.get("connections", 0)
    if run.outcome == "never ended" and refused and _slept(run):
        return Finding(
            "Give `asyncio.sleep` the pause in seconds: 50 ms are 0.05.",
            "At the deadline it slept after a refusal.",
        )
    asked = Counter(run.notes.get("after", ())).most_common(1)
    if asked and asked[0][1] > 3:
        return Finding(
            "Continue after the last id that you have; begin at the beginning only once.",
            f"You asked for what comes after {asked[0][0] or '(nothing)'} in {asked[0][1]} connections, "
            "and never had all messages.",
            "The server can't know what has reached you. Only you do.",
        )
    if connections == 0:
        return None
    return Finding(
        "Return as soon as you have `count` messages.",
        f"It still waited at the deadline. It had made {connections} connections, and the feed had no more to say.",
        "A feed has no end. The client decides when it has enough.",
    )


def _slept(run: Evidence) -> bool:
    """Tell whether any task waited for a timer much longer than it had to."""
    lanes = run.record.lanes if run.record else ()
    return any(one.state is State.TIMER and one.length_s > 1.0 for lane in lanes for one in lane.segments)


EXERCISE = Exercise(
    number="5.2",
    title="Cut off, and nothing lost",
    reference=collect,
    run=_collected(Plan(a_connection=6, refused_after=2, refusals=4), COUNT),
    trials={
        STAYS: _collected(Plan(a_connection=4, refused_after=0, refusals=3, last=FEW + 1), FEW),
        CANCELLED: _cancelled,
    },
    expectations=(_all_once, _few_once, _pauses, _closes, _can_be_cancelled),
    hints=(
        "Two loops: the outer one connects, the inner one is `async for message in socket`.",
        "What do you tell the server when you come back? The last id in your list.",
        "A refusal raises `aiohttp.ClientError`. Catch it outside of the connection's block, sleep 50 ms, go on.",
    ),
    why="The client keeps the one thing that only it can know, the last id it has, and tells it at each connection.",
    section="exercise-5-2",
    explains=(_first, _survives_a_refusal, _ends, not_in_asyncio("session.ws_connect", section=BUILT_IN)),
    deadline_s=6.0,
)
