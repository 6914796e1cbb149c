"""12.3: a rate, a bound and a time limit before a handler, and a slot that is given back however the handler ends."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._door import (
    CLIENTS,
    FAILS,
    LATE,
    LEAVES,
    LIMIT_S,
    OFTEN,
    OWN_LIMIT,
    SLOTS,
    WAITS,
    crowd,
    fails,
    late,
    leaves,
    often,
    own_limit,
)
from helpers.exercises.lesson_12._shared import LONG_S, PROTECT

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def guard(
    request: web.Request,
    handler: Handler,
    wait_s: Callable[[str], float],
    slots: asyncio.Semaphore,
    limit_s: float,
) -> web.StreamResponse:
    from aiohttp import web

    # What this does not survive: a client that opens connections and sends nothing at all. No handler is called for it;
    # a proxy in front of the service, or a limit of connections, has to deal with that. And a stream, which has begun
    # when the limit comes: it can't get a status any more.
    if (seconds := wait_s(str(request.remote))) > 0:
        return web.Response(status=429, headers={"Retry-After": str(math.ceil(seconds))})
    if slots.locked():
        return web.Response(status=503, headers={"Retry-After": "1"})
    async with slots:
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await handler(request)
        except TimeoutError:
            if not limit.expired():  # one of the handler's own
                raise
            return web.Response(status=504)


def _lets_in(evidence: Evidence) -> bool:
    """Tell whether a handler is reached, and its response returned."""
    return 201 in [one[0] for one in evidence.notes["answers"] if one] and not evidence.notes["raised"]


@expectation("Five requests get in at a time, and the others are refused immediately")
def _bounds(evidence: Evidence) -> Found:
    notes = evidence.notes
    statuses = [None if one is None else one[0] for one in notes["answers"]]
    if 599 in statuses:
        return Finding("Return the handler's response.", "Your function returned something that is not a response.")
    if notes["raised"]:
        return Finding("Return a response for every request.", f"Your function raised {notes['raised'][0]}.")
    if notes["most"] > SLOTS:
        return Finding(
            "Hold a slot while the handler runs: `async with slots`.",
            f"{CLIENTS} came at once, and {notes['most']} were inside. There were {SLOTS} slots.",
            section=PROTECT,
        )
    if not notes["at once"] and statuses.count(201) > SLOTS:
        return Finding(
            "When no slot is free, answer 503 at once: do not let it wait for one.",
            f"{CLIENTS} came at once, {SLOTS} were inside, and the others were kept waiting.",
            "`async with slots` waits without a limit: if more requests come than go, the queue keeps growing.",
            PROTECT,
        )
    if statuses.count(503) != CLIENTS - SLOTS or statuses.count(201) != SLOTS:
        if notes["free"] < SLOTS:
            return NOT_ASKED
        return Finding(
            f"Let {SLOTS} in, and answer the others with 503.",
            f"Of {CLIENTS} at once {statuses.count(201)} got 201, and {statuses.count(503)} got 503.",
        )
    if notes["waited"]:
        return Finding(
            "When no slot is free, answer 503 at once: ask `slots.locked()`.",
            f"{CLIENTS} came at once, {SLOTS} were inside, and the others waited for a slot before they were refused.",
            "Who is refused at once can come again, or go elsewhere.",
            PROTECT,
        )
    if any(one[1] == "" for one in notes["answers"] if one[0] == 503):
        return Finding("Say when to come again: the header Retry-After, with every 503.", "A 503 came without it.")
    return None


@expectation("A client that comes too often is told when to come again")
def _rates(evidence: Evidence) -> Found:
    notes = evidence.trials[OFTEN].notes
    if 599 in [one[0] for one in evidence.notes["answers"] if one] or evidence.notes["raised"]:
        return NOT_ASKED
    if notes["odd header"]:
        return Finding("A header is text: `str(math.ceil(seconds))`.", f"Retry-After was {notes['odd header']}.")
    if notes["asked"] and notes["asked"][0] != "127.0.0.1":
        return Finding(
            "Ask `wait_s` for the client's address: `request.remote`.", f"It was asked for {notes['asked'][0][:40]!r}."
        )
    (status, retry), second = notes["answers"][0] or (None, ""), notes["answers"][1]
    whole, short = notes["answers"][2:]
    if status != 429:
        return Finding(
            "Ask `wait_s(request.remote)` first, and answer 429 when it says more than 0.",
            f"It said 2.3 s, and the client got {status}.",
        )
    if len(notes["asked"]) > len(WAITS):
        return Finding(
            "Ask `wait_s` once for each request, and keep what it says.",
            f"{len(WAITS)} requests came, and it was asked {len(notes['asked'])} times.",
            "It counts each call as one request.",
        )
    if notes["calls"] > 1 and short is not None and short[0] != 429:
        return Finding("Answer 429 when `wait_s` says more than 0.", f"It said 0.4 s, and the client got {short[0]}.")
    if notes["calls"] > 1:
        return Finding("Do not call the handler for a request that you refuse.", "You answered 429, and it ran.")
    if retry != "3":
        told = f"It was told {retry!r}." if retry else "There was no such header."
        return Finding(
            "Put the seconds into the header Retry-After, as a whole number, rounded up.",
            f"A client has to wait for 2.3 s. {told}",
            "A client that comes back after 2 s is refused again.",
        )
    for seconds, one in ((4.0, whole), (0.4, short)):
        if one is not None and one[1] != WAITS[seconds]:
            return Finding(
                "Round the seconds up with `math.ceil`: 0.4 to 1, and 4 to 4.",
                f"A client has to wait for {seconds:g} s. It was told {one[1]!r}.",
            )
    return None if second is not None and second[0] == 201 else NOT_ASKED


@expectation("A handler that takes too long is cancelled, and its client gets 504")
def _limits(evidence: Evidence) -> Found:
    notes, own = evidence.trials[LATE].notes, evidence.trials[OWN_LIMIT].notes
    if not _lets_in(evidence):
        return NOT_ASKED
    if notes["answer"] is None:
        return Finding(
            "Give the handler a time limit: `async with asyncio.timeout(limit_s)`.",
            f"A handler needed 60 s, the limit was {LIMIT_S:g} s, and its client was still waiting after {LONG_S:g} s.",
            section="07:late-seen",
        )
    if notes["answer"][0] != 504:
        why = f"Your function raised {notes['raised'][0]}." if notes["raised"] else f"It was {notes['answer'][0]}."
        return Finding("When the limit is over, answer 504.", f"A handler took too long. {why}")
    if notes["inside"]:
        return Finding("Cancel the handler when its time is over.", "The client had its 504, and the handler went on.")
    if (own["answer"] or (0,))[0] == 504:
        return Finding(
            "Answer 504 only for your own limit: ask `limit.expired()`.",
            "A handler raised a TimeoutError of its own, at once, and the client was told that it took too long.",
            "You would look for the fault in the wrong place.",
            "07:late-seen",
        )
    return None


@expectation("A slot is given back however the handler ends")
def _gives_back(evidence: Evidence) -> Found:
    if isinstance(_bounds(evidence), Finding):
        return NOT_ASKED
    ends = {
        LATE: "A handler took too long",
        FAILS: "A handler raised HTTPBadRequest",
        OWN_LIMIT: "A handler raised TimeoutError",
        LEAVES: "A client left while its request was in flight",
    }
    for trial, what in ends.items():
        if evidence.trials[trial].notes["free"] > SLOTS:
            return Finding(
                "Give back each slot that you take once, and no more.",
                f"{what}, and after that there was one slot more.",
            )
        if evidence.trials[trial].notes["free"] < SLOTS:
            return Finding(
                "Give the slot back however the handler ends: `async with slots`, or a `finally`.",
                f"{what}, and after that there was one slot fewer.",
                "After as many errors as there are slots, the service answers nothing but 503.",
            )
    if evidence.notes["free"] != SLOTS or evidence.trials[OFTEN].notes["free"] != SLOTS:
        return Finding(
            "Give back each slot that you take, and only that.",
            f"In the end there were {evidence.notes['free']} slots.",
        )
    return None


@expectation("Exceptions of the handler are not caught")
def _lets_out(evidence: Evidence) -> Found:
    if not _lets_in(evidence):
        return NOT_ASKED
    answer = evidence.trials[FAILS].notes["answer"]
    if answer is not None and answer[0] == 400:
        if evidence.trials[LEAVES].notes["swallowed"]:
            return Finding(
                "Let a cancel come out: don't catch CancelledError.",
                "A client left, its request was cancelled, and your function returned a response all the same.",
                section="07:late-seen",
            )
        return None
    return Finding(
        "Do not catch what the handler raises.",
        f"A handler raised HTTPBadRequest, and its client got {answer and answer[0]}.",
        "`except Exception` also catches what the client should be told, and bugs that you should hear of.",
        "07:rest-seen",
    )


EXERCISE = Exercise(
    number="12.3",
    title="Protect the service",
    reference=guard,
    run=crowd,
    trials={OFTEN: often, LATE: late, FAILS: fails, OWN_LIMIT: own_limit, LEAVES: leaves},
    expectations=(_bounds, _rates, _limits, _gives_back, _lets_out),
    hints=(
        "Three questions, the cheapest first: too often? no slot free, `slots.locked()`? Only then `async with slots`.",
        "`async with asyncio.timeout(limit_s) as limit` around the handler; `except TimeoutError` outside of it.",
        "A TimeoutError is yours if `limit.expired()`. Otherwise `raise`.",
    ),
    why="A refusal costs next to nothing, if it comes first; and what was let in has a bound and a limit.",
    section="exercise-12-3",
)
