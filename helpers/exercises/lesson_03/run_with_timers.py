"""3.0: the page's loop, with timers: how long may it sleep?"""

from __future__ import annotations

import contextlib
import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_03._watched import Made, Watched, watching
from helpers.timeline import duration

SECTION = "loop-seen"
CONNECTIONS, MOMENTS = "connections only", "moments only"


def run_with_timers(coroutines: Iterable[Coroutine[Any, Any, Any]]) -> None:
    ready = deque(coroutines)
    timers: list[tuple[float, int, Coroutine[Any, Any, Any]]] = []
    with selectors.DefaultSelector() as selector:
        while True:
            while ready:
                coroutine = ready.popleft()
                with contextlib.suppress(StopIteration):
                    wanted = coroutine.send(None)
                    if isinstance(wanted, float):  # a moment
                        heapq.heappush(timers, (wanted, id(coroutine), coroutine))
                    else:  # a connection
                        selector.register(wanted, selectors.EVENT_READ, coroutine)
            if not timers and not selector.get_map():
                return  # nobody waits any more
            for key, _ in selector.select(max(0, timers[0][0] - time.monotonic()) if timers else None):
                selector.unregister(key.fileobj)
                ready.append(key.data)
            while timers and timers[0][0] <= time.monotonic():
                ready.append(heapq.heappop(timers)[2])


async def _both(answer: Any, bench: Bench) -> None:
    """Somebody hears something before, and somebody after the first moment; the latest moment is given first."""

    def made(watched: Watched, pairs: list[tuple[socket.socket, socket.socket]]) -> Made:
        now = time.monotonic()
        return [
            watched.at("the latest", now + 0.36),
            watched.hears("ada", pairs[0][0]),
            watched.hears("grace", pairs[1][0]),
            watched.at("the first", now + 0.12, send=pairs[1][1]),
            watched.at("the second", now + 0.24),
        ]

    _run(answer, bench, made, first_says=True)


async def _moments(answer: Any, bench: Bench) -> None:
    def made(watched: Watched, _: Any) -> Made:
        now = time.monotonic()
        return [watched.at("later", now + 0.3), watched.at("over already", now - 1.0), watched.at("soon", now + 0.1)]

    _run(answer, bench, made)


async def _connections(answer: Any, bench: Bench) -> None:
    def made(watched: Watched, pairs: list[tuple[socket.socket, socket.socket]]) -> Made:
        return [watched.hears("ada", pairs[0][0])]

    _run(answer, bench, made, first_says=True)


def _run(answer: Any, bench: Bench, made: Callable[[Watched, Any], Made], *, first_says: bool = False) -> None:
    watched, pairs = Watched(), [socket.socketpair() for _ in range(2)]
    stuck = True
    try:
        coroutines = made(watched, pairs)
        wanted = len(coroutines)
        if first_says:
            pairs[0][1].send(b"x")
        with watching(watched):
            answer(coroutines)
        stuck = False
    finally:
        for one in (one for pair in pairs for one in pair):
            one.close()
        for coroutine in coroutines:
            coroutine.close()
        bench.note("stuck", stuck)
        bench.note("wanted", wanted)
        bench.note("log", watched.log)
        bench.note("calls", watched.calls)
        bench.note("overslept", watched.overslept)
        bench.note("polled", watched.polled)


def _runs(evidence: Evidence) -> list[Evidence]:
    return [evidence, *evidence.trials.values()]


@expectation("It sleeps no longer than until the earliest moment")
def _wakes_in_time(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        if run.notes.get("overslept"):
            told, until_s = run.notes["overslept"]
            how_long = "until something comes" if told is None else f"for up to {duration(told)}"
            return Finding(
                "Work out how long it is until the earliest moment that a coroutine waits for.",
                f"`select` was to sleep {how_long}, and a coroutine wanted to go on after {duration(until_s)}.",
                "`select` wakes up for connections. Of moments it knows only what you tell it.",
                SECTION,
            )
    return None


@expectation("It does not wake up without a reason")
def _sleeps(evidence: Evidence) -> Found:
    for run in _runs(evidence):
        if run.notes.get("polled"):
            told, until_s = run.notes["polled"]
            reason = (
                f"the earliest moment was {duration(until_s)} away"
                if until_s is not None
                else "nobody waited for a moment"
            )
            return Finding(
                "Let the thread sleep until there is something to do.",
                f"`select` was to sleep for {duration(told)}, though {reason}. Calls: {run.notes['calls']}.",
                "A loop that looks again and again spends processor time, and finds nothing.",
                SECTION,
            )
    return None


@expectation("Every coroutine comes to its end")
def _ends_all(evidence: Evidence) -> Found:
    if evidence.notes.get("overslept"):
        return NOT_ASKED
    for run in _runs(evidence):
        if len(run.notes["log"]) < run.notes["wanted"]:
            return Finding(
                "Go on until every coroutine has come to its end.",
                f"{len(run.notes['log'])} of {run.notes['wanted']} had.",
                section=SECTION,
            )
    return None


@expectation("There may be no timers")
def _no_timers(evidence: Evidence) -> Found:
    types = {leaf.type for run in _runs(evidence) if run.exception for leaf in run.exception.leaves()}
    if "IndexError" in types:
        return Finding(
            "Think of the case without timers: then there is no earliest moment.",
            "Nobody waited for a moment, and the list of timers was empty: IndexError.",
            section=SECTION,
        )
    if "Stuck" in types:
        return Finding("Go on until every coroutine has come to its end.", "It slept, and nothing was left to wake it.")
    return None


EXERCISE = Exercise(
    number="3.0",
    title="A loop with timers",
    reference=run_with_timers,
    run=_both,
    trials={MOMENTS: _moments, CONNECTIONS: _connections},
    expectations=(_wakes_in_time, _sleeps, _ends_all),
    explains=(_no_timers,),
    hints=(
        "When must the thread be awake again, even if nothing comes? `timers[0][0]` knows, if there are timers.",
        "`timers[0][0] - time.monotonic()` is how long that is. Without timers: `None`.",
    ),
    why="`select` sleeps until something comes, or until the earliest moment; whichever is first wakes the loop.",
    section=SECTION,
    own=frozenset({"blocking"}),
    takes="function",
    deadline_s=5.0,
)
