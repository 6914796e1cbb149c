"""5.2: a WebSocket client that is cut off, refused, and still has each message once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import aiohttp

from helpers.exercises._words import at
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import not_a_list, not_in_asyncio, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_05._channel import Plan, cancelled, collected
from helpers.timeline import State

BUILT_IN, TOLD = "built-in-seen", "told"
COUNT, FEW = 20, 11  # messages that are asked for, in the first run and in the second
SLOW_S = 0.3  # six times what is asked for, and even the shortest of the pauses longer
STORM_S = 0.02  # two attempts that are nearer than this had no pause between them, however busy the machine is
STAYS, CANCELLED = "the connection stays", "cancelled"


async def collect(session: aiohttp.ClientSession, count: int) -> list[int]:
    ids: list[int] = []
    while len(ids) < count:
        try:
            async with session.ws_connect(f"/channel?after={ids[-1] if ids else 0}") as socket:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break  # ERROR: what came is no WebSocket message
                    ids.append(message.json()["id"])
                    if len(ids) == count:
                        break
        except aiohttp.ClientError:  # refused; a program with users would wait longer each time, and not for ever
            await asyncio.sleep(0.05)
    return ids


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
            "A feed has no end, and a connection may end at any time. The client decides when it has enough.",
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
    if gaps and STORM_S <= min(gaps) <= SLOW_S:
        return None
    if not gaps:
        return NOT_ASKED
    if min(gaps) > SLOW_S:
        return Finding(
            "Wait 50 ms after a refusal: `asyncio.sleep(0.05)`.",
            f"You came back after {min(gaps) * 1000:.0f} ms, or later.",
            "Meanwhile the server may be there again, and you miss nothing but time.",
        )
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
                advice = "Go on trying: a refusal says nothing about the next attempt."
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
                "`receive_json` expects text. At the end of a connection another kind of message comes.",
                TOLD,
            )
    return None


@expectation("A message is read before it is used")
def _reads_messages(evidence: Evidence) -> Found:
    for run in (evidence, *evidence.trials.values()):
        for error in run.exception.leaves() if run.exception is not None else ():
            messages = [name for name, kind in error.given.items() if kind.startswith("WSMessage")]
            if error.is_a("TypeError") and messages:
                return Finding(
                    f"Take the dictionary out of the message first: `{messages[0]}.json()`.",
                    f"{error.type}: {error.message}{at(error.line)}.",
                    "A message has a type, its data and an extra; here the data is text, which holds JSON.",
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
    run=collected(Plan(a_connection=6, refused_after=2, refusals=4), COUNT),
    trials={
        STAYS: collected(Plan(a_connection=4, refused_after=0, refusals=3, last=FEW), FEW),  # no more comes after these
        CANCELLED: cancelled,
    },
    expectations=(_all_once, _few_once, _pauses, _closes, _can_be_cancelled),
    hints=(
        "Two loops: the outer one connects, the inner one is `async for message in socket`.",
        "What do you tell the server when you come back? The last id in your list.",
        "A refusal raises `aiohttp.ClientError`. Catch it outside of the connection's block, sleep 50 ms, go on.",
    ),
    why="The client keeps the one thing that only it can know, the last id it has, and tells it at each connection.",
    section="exercise-5-2",
    explains=(
        _first,
        _survives_a_refusal,
        _reads_messages,
        _ends,
        not_in_asyncio("session.ws_connect", section=BUILT_IN),
    ),
    deadline_s=6.0,
)
