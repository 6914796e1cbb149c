"""12.5: a clean stop. The door first, then the followers, then what is in flight, and the file last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._shared import LONG_S, STOP
from helpers.exercises.lesson_12._stopping import (
    CANCELLED,
    FAILS,
    IN_GRACE,
    OVERLONG_S,
    SHORT_S,
    TOO_LONG,
    cancelled,
    fails,
    in_grace,
    stops,
    too_long,
)

if TYPE_CHECKING:
    from aiohttp import web


async def serve(
    app: web.Application,
    store: Any,
    followers: Any,
    stop: asyncio.Event,
    announce: Callable[[int], None],
    grace_s: float,
) -> None:
    from aiohttp import web

    await store.open()
    try:
        runner = web.AppRunner(app, shutdown_timeout=grace_s)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            announce(runner.addresses[0][1])
            await stop.wait()
            await site.stop()  # nobody new
        finally:
            followers.end()  # they would stay for ever, and `cleanup` would wait for them
            await runner.cleanup()  # for what is in flight: aiohttp waits for `grace_s`, at the most for twice that
    finally:
        await store.close()  # last: what is in flight needs it
    # What this does not survive: SIGKILL. It needs no survivor: what was acknowledged is on the disk.


@expectation("It serves until it is told to stop")
def _serves(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not notes["announced"]:
        raised = f" Your function raised {notes['raised']}." if "raised" in notes else ""
        return Finding("Call `announce(port)` once the server listens.", f"Nobody could know its port.{raised}")
    if not isinstance(notes["announced"][0], int):
        what = type(notes["announced"][0]).__name__
        return Finding(
            "Announce the port alone, as a number: `announce(runner.addresses[0][1])`.", f"You announced a {what}."
        )
    if "raised" in notes and ("first" not in notes or notes["early"] or notes["gone"]):
        return Finding("Go on serving until `stop` is set.", f"Your function raised {notes['raised']}.")
    if "first" not in notes:
        return Finding("Go on serving until `stop` is set.", "Your function had returned, and nobody had set `stop`.")
    if "not open" in notes["log"][:1]:
        return Finding("Open the store before you serve: `await store.open()`.", "The first client came too early.")
    if notes["early"]:
        return Finding("Go on serving until `stop` is set.", "Your function had returned, and nobody had set `stop`.")
    if notes["first"] != 201:
        return Finding("Serve `app`, on the port that you announce.", f"The first client got {notes['first']}.")
    if notes["elsewhere"]:
        return Finding(
            'Listen on 127.0.0.1 alone: `web.TCPSite(runner, "127.0.0.1", 0)`.',
            "A client reached it on 127.0.0.2, too.",
            "A server that listens on every address of a machine, as 0.0.0.0 says, may be reached from other machines.",
        )
    return Finding("Go on serving until `stop` is set.", "It had ended before that.") if notes["gone"] else None


@expectation("No new client after the stop")
def _refuses(evidence: Evidence) -> Found:
    if isinstance(_serves(evidence), Finding):
        return NOT_ASKED
    if evidence.notes["refuses"]:
        return None
    return Finding("First of all stop listening: `await site.stop()`.", "After the stop a new client could connect.")


@expectation("Requests in flight are answered, and only then is the store closed")
def _finishes(evidence: Evidence) -> Found:
    if isinstance(_serves(evidence), Finding):
        return NOT_ASKED
    notes = evidence.notes
    log = notes["log"]
    if "not open" in log or ("close" in log and "close" in log[: log.index("kept") + 2] and log.count("kept") < 2):
        return Finding(
            "Close the store last, when no request is in flight any more.",
            "A request was in flight when the stop came. The store was closed under it, and its client got "
            f"{notes['answer']}.",
            "A request in flight may still need what you are about to close.",
            STOP,
        )
    if notes["answer"] != 201:
        return Finding(
            "Let requests in flight end before you do: `await runner.cleanup()` waits, for `shutdown_timeout`.",
            f"A request was in flight when the stop came, and its client got {notes['answer'] or 'no answer'}.",
            "Its measurement may be kept, and its client does not know.",
            STOP,
        )
    if "close" not in log:
        return Finding("Close the store: `await store.close()`.", "It was left open.")
    return None


@expectation("Followers are told at once")
def _tells(evidence: Evidence) -> Found:
    if isinstance(_serves(evidence), Finding) or isinstance(_finishes(evidence), Finding):
        return NOT_ASKED
    notes = evidence.notes
    if notes["told"] and notes["followed"] and notes["followed"].startswith("event: end"):
        return None
    return Finding(
        "End the followers before you wait: `followers.end()`.",
        "The last answer was sent, and the followers had not been told yet."
        if not notes["told"]
        else "A follower was cut off without the last word.",
        "A stream doesn't end by itself. `cleanup()` waits for it, too, until the time is over.",
        STOP,
    )


@expectation("It waits for requests in flight, but not for ever")
def _in_time(evidence: Evidence) -> Found:
    if isinstance(_serves(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[TOO_LONG].notes
    kept = "kept" in notes["log"]
    if notes.get("in time") and not kept:
        return None
    return Finding(
        "Bound the wait: `web.AppRunner(app, shutdown_timeout=grace_s)`.",
        f"A request needed {OVERLONG_S:g} s, `grace_s` was {SHORT_S:g} s, and "
        + ("your function waited until it was done." if kept else f"{LONG_S * 2:g} s after the stop it still waited."),
        "aiohttp's own limit is 60 s. What stops your service may kill it sooner: Docker does after 10 s.",
        STOP,
    )


@expectation("The store is closed however it ends")
def _closes(evidence: Evidence) -> Found:
    if isinstance(_serves(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[CANCELLED].notes
    if "close" in notes["log"] and not notes.get("listens") and not notes.get("swallowed"):
        return _closes_later(evidence)
    if "close" in notes["log"]:
        return Finding(
            "After a cancel, stop the server as well, and let the cancel come out.",
            "It was cancelled, the store was closed, and "
            + ("new clients could still connect." if notes.get("listens") else "it returned as if nothing had been."),
            section="07:close-seen",
        )
    return Finding(
        "Close the store in a `finally`: a cancel ends your function, too.",
        "It was cancelled, as on Ctrl-C, and the store was left open.",
        section="07:close-seen",
    )


def _closes_later(evidence: Evidence) -> Found:
    if isinstance(_finishes(evidence), Finding):
        return None
    log = evidence.trials[FAILS].notes["log"]
    if "open" in log and "close" not in log:
        return Finding(
            "Begin the `try` right after `store.open()`: the lines that start the server may raise, too.",
            "The app could not start, your function raised, and the store was left open.",
            section="07:close-seen",
        )
    notes = evidence.trials[IN_GRACE].notes
    if "closed" in notes and not notes["closed"]:
        return Finding(
            "Close the store in a `finally` of its own: `runner.cleanup()` can be cancelled, too.",
            "It was cancelled while it waited for a request in flight, and the store was left open.",
            "In a `finally` with two lines, the second does not run when the first raises.",
            "07:close-seen",
        )
    return None


@expectation("What the first run shows is said first")
def _first(evidence: Evidence) -> Found:
    if evidence.outcome != "returned":
        return None
    asked = (_serves, _refuses, _finishes, _tells)
    return next((found for one in asked if isinstance(found := one(evidence), Finding)), None)


EXERCISE = Exercise(
    number="12.5",
    title="Stop, and lose nothing",
    reference=serve,
    run=stops,
    trials={TOO_LONG: too_long, CANCELLED: cancelled, IN_GRACE: in_grace, FAILS: fails},
    expectations=(_serves, _refuses, _finishes, _tells, _in_time, _closes),
    hints=(
        "Four lines before `stop.wait()`: open the store, `runner.setup()`, `site.start()`, `announce`.",
        "Four after it: `site.stop()`, `followers.end()`, `runner.cleanup()`, `store.close()`, in this order.",
        "`web.AppRunner(app, shutdown_timeout=grace_s)` bounds what `cleanup()` waits for. Begin a `try` right after "
        "`store.open()`, with nothing but `store.close()` in its `finally`.",
    ),
    why="No new connections, then the streams end, requests in flight get their answers, and the file is closed last.",
    section="exercise-12-5",
    explains=(_first,),
)
