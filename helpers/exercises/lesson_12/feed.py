"""12.2: a feed with a bounded queue for each follower, so that one that is slow costs nobody but itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._feed import (
    LAST,
    LEAVES,
    NEXT,
    ROOM,
    ROUNDS,
    SLOW,
    TEXTS,
    Send,
    all_hear,
    last_word,
    leaves,
    one_too_many,
    slow,
)
from helpers.exercises.lesson_12._shared import TELL


def feed(room: int) -> tuple[Callable[[Send], Awaitable[str]], Callable[[str | None], None]]:
    followers: set[asyncio.Queue[tuple[str, str]]] = set()
    ended = False

    async def follow(send: Send) -> str:
        if ended:
            return "the end"
        waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()  # `tell` bounds it, with room for a last word
        followers.add(waiting)
        try:
            while True:
                text, reason = await waiting.get()
                if reason:
                    return reason
                # What this does not survive: a client that takes nothing at all keeps its handler in here for ever.
                # In the service, `asyncio.timeout` around each send ends that.
                await send(text)
        finally:
            followers.discard(waiting)

    def drop(waiting: asyncio.Queue[tuple[str, str]], reason: str) -> None:
        followers.discard(waiting)
        waiting.put_nowait(("", reason))

    def tell(text: str | None) -> None:
        nonlocal ended
        ended = ended or text is None
        for waiting in tuple(followers):  # a copy: `drop` changes the set
            if text is None:
                drop(waiting, "the end")
            elif waiting.qsize() >= room:
                drop(waiting, "too slow")
            else:
                waiting.put_nowait((text, ""))

    return follow, tell


@expectation("Three clients by events and one by WebSocket hear all texts, in order, and the end")
def _hear(evidence: Evidence) -> Found:
    notes = evidence.notes
    if not notes["usable"]:
        return Finding("Return two functions: `return follow, tell`.", "That is not what your function returned.")
    if notes["plain"]:
        return Finding(
            "Make `follow` a coroutine function, and return it first: `return follow, tell`.",
            "What the first of your two functions returned can't be awaited.",
        )
    if notes["waits"]:
        return Finding(
            "Make `tell` an ordinary function, with `put_nowait`.",
            "`tell` returned a coroutine.",
            "`tell` must not wait for a follower: a single slow one would hold up all the others.",
            TELL,
        )
    wanted = [f"text {number}" for number in range(TEXTS)]
    heard = notes["heard"]
    if notes["sent"] == sorted(wanted) and len(heard) > 1:
        return Finding(
            "Give each follower a queue of its own.",
            f"Of {TEXTS} texts each was heard by one follower, and by no other.",
            "When one follower takes a text out of a queue, the others can't get it any more.",
        )
    if None in heard:
        return Finding(
            "Let `follow` return when `tell(None)` has come.",
            f"{heard.count(None)} of {len(heard)} followers waited on after the end.",
        )
    for one in heard:
        if one != wanted:
            return Finding(
                "Send each follower every text, in order.",
                f"A follower that was always there heard {len(one)} of {TEXTS} texts, and then {_cut(one)}.",
            )
    if notes["reasons"] != ["the end"] * len(heard):
        return Finding('Return "the end" when the feed has ended.', f"`follow` returned {notes['reasons'][:1]}.")
    return None


def _cut(texts: list[str]) -> str:
    return f"the last was {texts[-1]!r}" if texts else "nothing"


@expectation("A slow follower is dropped, and holds nobody up")
def _drops(evidence: Evidence) -> Found:
    if isinstance(_hear(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[SLOW].notes
    wanted = [f"text {number}" for number in range(ROUNDS + 1)]
    if notes["raised"] == "QueueFull":
        return Finding(
            "When a follower's queue is full, drop that follower, and tell the others.",
            "One follower was slow, and `tell` raised QueueFull. Those after it were not told.",
            section=TELL,
        )
    if notes["raised"] == "RuntimeError":
        return Finding(
            "Go through a copy of the followers: `for … in tuple(followers)`.",
            "One follower was dropped, and `tell` raised RuntimeError.",
            "A set must not change while a `for` goes through it.",
        )
    if notes["raised"]:
        return Finding("Let `tell` raise nothing.", f"One follower was slow, and `tell` raised {notes['raised']}.")
    if notes["heard"] != wanted:
        heard = len(notes["heard"] or [])
        return Finding(
            "Drop only the follower whose queue is full.",
            f"One follower was slow, and another heard {heard} of {ROUNDS + 1}.",
        )
    got = notes["slow got"]
    if got != wanted[: len(got)]:
        return _gap(got)
    if len(got) > ROOM + 2:
        return _unbounded(notes)
    if notes["slow ended"] != "too slow":
        return Finding(
            'When a follower has been dropped, let its `follow` return "too slow".',
            f"{ROUNDS} texts were told while a follower took one. Its `follow` "
            + ("went on waiting." if notes["slow ended"] is None else f"returned {notes['slow ended']!r}."),
            "Out of the set it gets nothing more, and does not know why. Tell it in its queue or by an event.",
        )
    if notes["reasons"] != ["the end"]:
        return Finding(
            "Keep for each follower by itself why it ends.",
            f"One follower was slow. For another, which was not, `follow` returned {notes['reasons'][0]!r}.",
        )
    return _one_too_many(evidence)


def _one_too_many(evidence: Evidence) -> Found:
    notes = evidence.trials[NEXT].notes
    wanted = [f"text {number}" if number else "" for number in range(ROOM + 2)]
    if notes["got"][: len(wanted)] != wanted:
        if not notes["got"]:
            return Finding(
                "Send an empty text, too: only None is the end.", 'After `tell("")` a follower heard nothing.'
            )
        return Finding(
            "Go through a copy of the followers: `for … in tuple(followers)`.",
            f"One follower was dropped, and the next heard {len(notes['got'])} of {len(wanted)} texts.",
            "When a list changes while a `for` goes through it, the loop skips one.",
        )
    if notes["dropped"] != "too slow":
        return Finding(
            "Drop a follower as soon as a text comes while `room` texts wait for it.",
            f"A follower was sending one text, {ROOM} waited, and one more came: it was not dropped.",
            section=TELL,
        )
    return None


def _unbounded(notes: Any) -> Finding:
    return Finding(
        "Bound what waits for one follower: when `room` texts wait, drop it.",
        f"A follower was slow, and {len(notes['slow got'])} of {ROUNDS + 1} texts waited for it.",
        "Without a bound, the memory of the service belongs to its slowest client.",
        TELL,
    )


def _gap(got: list[str]) -> Finding:
    return Finding(
        "Drop the follower, not the text.",
        f"A slow follower got {len(got)} texts, with a gap between them.",
        "A client that was dropped asks for all after its last text. A gap lies before the last text, so nobody asks.",
        TELL,
    )


@expectation("A follower gets what waits for it before the end")
def _last(evidence: Evidence) -> Found:
    if isinstance(_hear(evidence), Finding) or isinstance(_drops(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[LAST].notes
    if notes["raised"]:
        return Finding(
            "Keep room for the last word: the end, or the reason.",
            f"{ROOM} texts waited, as many as may, and `tell(None)` raised {notes['raised']}.",
            "A queue with `maxsize=room` is full when `room` texts wait in it.",
        )
    if notes["got"] != [f"text {number}" for number in range(ROOM)] or notes["reason"] != "the end":
        return Finding(
            "Send what waits before you end.",
            f"{ROOM} texts waited when the end came, and the follower got {len(notes['got'])}.",
        )
    return None


@expectation("Nothing is kept for a follower that has left")
def _forgets(evidence: Evidence) -> Found:
    if isinstance(_hear(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[LEAVES].notes
    if notes.get("swallowed"):
        return Finding(
            "Let a cancel come out of `follow`.",
            "A handler was cancelled, and its `follow` returned as if it had ended by itself.",
            "Whoever cancels a task, for a stop or a time limit, counts on its end.",
            "07:late-seen",
        )
    if notes.get("goes on"):
        return Finding(
            "End `follow` when `send` raises.",
            "The connection of a follower broke, and `follow` went on.",
            "`send` raises ConnectionResetError when the client has gone.",
        )
    if not notes["kept"] and not notes["raised"]:
        kept = evidence.trials[NEXT].notes["kept"]
        if not kept or isinstance(_drops(evidence), Finding):
            return None
        return Finding(
            "Forget a follower that you drop: its queue, too.",
            f"A follower was dropped, its `follow` had returned, and {kept} texts were kept for it.",
        )
    return Finding(
        "Forget a follower however its `follow` ends: in a `finally`.",
        f"A client had left, and {notes['kept']} texts were kept for it.",
        "When a client leaves, `send` raises, or its handler is cancelled. Lines after the loop don't run then.",
    )


EXERCISE = Exercise(
    number="12.2",
    title="Tell the followers",
    reference=feed,
    run=all_hear,
    trials={SLOW: slow, LEAVES: leaves, LAST: last_word, NEXT: one_too_many},
    expectations=(_hear, _drops, _last, _forgets),
    hints=(
        "`followers` is a set of queues. `follow` makes one, adds it, and takes from it; `tell` puts into each.",
        "`tell` looks at `waiting.qsize()`. If `room` texts wait, it discards the queue and puts a last word into it.",
        "In `follow`: `try` around the loop, `finally: followers.discard(waiting)`. In `tell`: `in tuple(followers)`.",
    ),
    why="`tell` never waits, and only so much may wait for one follower: so nobody pays for the slowest.",
    section="exercise-12-2",
    takes="function",
)
