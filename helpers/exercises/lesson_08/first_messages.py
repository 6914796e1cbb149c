"""8.3: messages that an old library hands over in a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from helpers.exercises._words import times
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import not_a_list, shown, waits_for_threads
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_08._feed import Feed
from helpers.exercises.lesson_08._shared import BLOCKS, WAKES
from helpers.exercises.pulse import BLOCKED, Pulse
from helpers.timeline import State

Subscribe = Callable[[Callable[[Any], object]], Callable[[], None]]
ONE_BY_ONE = ("rain", "", "rain", "sun", "hail", "fog", "snow")
BURST = tuple(range(40))
WANTED, OF_A_BURST = 3, 12
PAUSE_S = 0.12
SOON_S = 0.3  # more than two pauses: without being woken a loop sleeps until something else happens
BURST_TRIAL, CANCELLED = "a burst", "cancelled"


async def first_messages(subscribe: Subscribe, n: int) -> list[Any]:
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[Any] = asyncio.Queue()
    # The queue belongs to the loop: the thread only asks the loop to put something in. (A library that calls back after
    # `stop()`, when the loop is closed, gets a RuntimeError there.)
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


def _noted(bench: Bench, feed: Feed, wanted: int, returned_at: float) -> None:
    bench.note("subscribed", feed.subscribed)
    bench.note("stopped", feed.stopped)
    bench.note("raised", feed.raised)
    bench.note("sent", len(feed.sent_at))
    bench.note("later_s", returned_at - feed.sent_at[wanted - 1] if len(feed.sent_at) >= wanted else 0.0)


async def _one_by_one(answer: Answer, bench: Bench) -> Any:
    """Let nothing but the answer wake the loop."""
    feed = Feed(ONE_BY_ONE, pause_s=PAUSE_S)
    try:
        return await answer(feed.subscribe, WANTED)
    finally:
        _noted(bench, feed, WANTED, time.monotonic())
        await feed.close()


async def _a_burst(answer: Answer, bench: Bench) -> Any:
    with Pulse() as pulse:
        feed = Feed(BURST, pause_s=0.0, pulse=pulse, rushes_from=OF_A_BURST)  # more than n come before it can look
        try:
            return await answer(feed.subscribe, OF_A_BURST)
        finally:
            _noted(bench, feed, OF_A_BURST, time.monotonic())
            bench.note(BLOCKED, pulse.missed)
            await feed.close()


async def _cancelled(answer: Answer, bench: Bench) -> Any:
    feed = Feed(("rain",), pause_s=0.0)
    task: asyncio.Future[Any] = asyncio.ensure_future(answer(feed.subscribe, WANTED))
    try:
        while not feed.sent_at and not task.done():  # noqa: ASYNC110 - a thread sends
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.03)
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
        bench.note("ended", "" if task.cancelled() else "returned all the same" if task.done() else "went on")
    finally:
        _noted(bench, feed, WANTED, time.monotonic())
        await feed.close()


def _unheard(evidence: Evidence) -> bool:
    return not evidence.notes["subscribed"] or bool(evidence.notes["raised"])


@expectation("The event loop is never blocked")
def _free(evidence: Evidence) -> Found:
    if missed := evidence.trials[BURST_TRIAL].notes.get(BLOCKED, 0):
        return waits_for_threads(times(missed), BLOCKS)
    return None


@expectation("It subscribes, and its callback raises nothing")
def _subscribes(evidence: Evidence) -> Found:
    for run in (evidence, *evidence.trials.values()):
        if raised := run.notes.get("raised"):
            return Finding(
                "Let the callback do nothing but hand the message to the loop.",
                f"It raised in the library's thread: {raised}.",
                "No event loop runs in that thread. `call_soon_threadsafe` leads into yours.",
                WAKES,
            )
        if not run.notes.get("subscribed"):
            return Finding("Call `subscribe` with your callback.", "It was never called.")
        if run.notes["subscribed"] > 1:
            return Finding("Subscribe once.", f"`subscribe` was called {run.notes['subscribed']} times.")
    return None


@expectation("A sleeping loop is woken")
def _asleep(evidence: Evidence) -> Found:
    """Explain a run that never ended although all messages had come."""
    for run, wanted in ((evidence, WANTED), (evidence.trials.get(BURST_TRIAL), OF_A_BURST)):
        if run is None:
            continue
        notes = run.notes
        if notes.get("raised") or notes.get("subscribed", 0) > 1:
            return _subscribes(evidence)
        late = run.outcome == "never ended" or notes.get("later_s", 0.0) > SOON_S  # the deadline's cancel wakes it, too
        if late and notes.get("sent", 0) >= wanted:
            if run.outcome == "never ended" and (woken := _most_steps(run)) > wanted + 1:
                return Finding(
                    "Return as soon as you have `n` messages.",
                    f"{notes['sent']} messages had come, your coroutine had gone on {woken} times, and still waited.",
                )
            return Finding(
                "Wake the event loop from the thread.",
                f"{notes['sent']} messages had come in the thread, and your coroutine still waited.",
                "What belongs to the loop (`asyncio.Queue`, `Event`, `call_soon`) does not wake it from outside.",
                WAKES,
            )
    return None


def _most_steps(run: Evidence) -> int:
    """Return how often the task went on that did so most: one that nobody woke began, and was cancelled at the end."""
    lanes = run.record.lanes if run.record is not None else ()
    return max((sum(one.state is State.RUNNING for one in lane.segments) for lane in lanes), default=0)


def _list_of(wanted: Sequence[Any], run: Evidence) -> Finding | None:
    result: Any = run.result
    if (wrong := not_a_list(result, of="messages")) is not None:
        return wrong
    if list(result) == list(wanted):
        return None
    if len(result) != len(wanted):
        return Finding(
            f"Return {len(wanted)} messages.", f"You returned {len(result)}, when {len(wanted)} were wanted."
        )
    if sorted(map(repr, result)) == sorted(map(repr, wanted)):
        return Finding("Keep the order in which they came.", f"The first in your list is {shown(result[0])}.")
    return Finding("Return the messages as they came.", f"You returned {shown(list(result))}, not {list(wanted)}.")


@expectation("It returns the first messages, in their order")
def _messages(evidence: Evidence) -> Found:
    if _unheard(evidence):
        return NOT_ASKED
    return _list_of(ONE_BY_ONE[:WANTED], evidence) or _list_of(BURST[:OF_A_BURST], evidence.trials[BURST_TRIAL])


@expectation("It returns soon after the last one")
def _soon(evidence: Evidence) -> Found:
    if _unheard(evidence) or evidence.notes["sent"] < WANTED or _list_of(ONE_BY_ONE[:WANTED], evidence) is not None:
        return NOT_ASKED  # what waits for other messages has another last one
    if (later_s := evidence.notes["later_s"]) <= SOON_S:
        return None
    return Finding(
        "Return as soon as the last message has come.",
        f"It had come in the thread, and your function returned {later_s * 1000:.0f} ms later.",
        "A message that waits in a list wakes nobody.",
        WAKES,
    )


@expectation("It does not ask again and again")
def _no_polling(evidence: Evidence) -> Found:
    if _unheard(evidence) or evidence.record is None:
        return NOT_ASKED
    segments = [segment for lane in evidence.record.lanes for segment in lane.segments]
    naps = sum(segment.state is State.TIMER for segment in segments)
    steps = sum(segment.state in (State.RUNNING, State.READY) for segment in segments)
    if naps <= 1 and steps <= 20 * WANTED:
        return None
    return Finding(
        "Let the message wake your coroutine; do not look again and again.",
        f"For {WANTED} messages it woke {max(naps, steps)} times.",
        "A queue or a future of asyncio is awaited once for each message.",
        WAKES,
    )


@expectation("It has unsubscribed when it ends, also when it is cancelled")
def _stops(evidence: Evidence) -> Found:
    if _unheard(evidence):
        return NOT_ASKED
    if not evidence.notes["stopped"]:
        return Finding("Call `stop()` before you return.", "The library went on calling back.")
    cancelled = evidence.trials[CANCELLED]
    if ended := cancelled.notes["ended"]:
        return Finding(
            "Let CancelledError out of your function.",
            f"It was cancelled while it waited, and {ended}.",
        )
    if not cancelled.notes["stopped"]:
        return Finding(
            "Call `stop()` however your function ends.",
            "It was cancelled while it waited, and the library went on calling back.",
            "A cancel is an exception in the `await`. What must happen all the same stands in `finally`.",
        )
    return None


@expectation("No thread is left waiting")
def _no_thread_left(evidence: Evidence) -> Found:
    if _unheard(evidence):
        return NOT_ASKED
    for run in (evidence, *evidence.trials.values()):
        if run.threads_left:
            return Finding(
                "Wait in the loop, not in a thread.",
                "After the end a thread still waited, for a message that does not come.",
                "A cancel ends the wait for a thread, never the thread. The program can't end while it waits.",
                "04:cancel-seen",
            )
    return None


EXERCISE = Exercise(
    number="8.3",
    title="Messages from a thread",
    reference=first_messages,
    run=_one_by_one,
    trials={BURST_TRIAL: _a_burst, CANCELLED: _cancelled},
    expectations=(_free, _subscribes, _messages, _soon, _no_polling, _stops, _no_thread_left),
    hints=(
        "An `asyncio.Queue` keeps the order, and `await messages.get()` waits for the next.",
        "The callback runs in another thread. `loop.call_soon_threadsafe(function, argument)` leads into the loop.",
        "`stop()` belongs into a `finally`.",
    ),
    why="The thread asks the loop to put each message into the queue, which wakes the coroutine that waits for it.",
    section="wake-seen",
    explains=(_asleep,),
    own=frozenset({"threads"}),
    deadline_s=4.0,
)
