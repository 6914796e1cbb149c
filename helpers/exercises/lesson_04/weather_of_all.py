"""4.2: a blocking client made safe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from helpers import legacy
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Expectation, expectation
from helpers.exercises.expectations import ON_THE_LOOP, gives_the_function, never_blocked, returns_in_order
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import (
    BLOCKS,
    CITIES,
    THREADS,
    TOO_EARLY,
    Uses,
    asks_by_client,
)
from helpers.exercises.pulse import BLOCKED, Pulse
from helpers.services import Uniform

AT_ONCE = 4  # the smallest machine's default pool has five threads
AT_ONCE_WITH_FEWER = 2  # of five: on a busy machine a thread may start when the first calls have ended
FEWER = ("bogota", "riga", "sofia", "perth", "hanoi")
OTHERS = "other cities"


async def weather_of_all(connect: Callable[[], legacy.Client], cities: Sequence[str]) -> list[Any]:
    def weather(city: str) -> Any:
        with connect() as client:
            return client.weather(city)

    # If a call raises, the others go on in their threads to their end, and each closes its client.
    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


def _ask(cities: Sequence[str]) -> Callable[[Answer, Bench], Coroutine[Any, Any, Any]]:
    async def run(answer: Answer, bench: Bench) -> Any:
        with Pulse() as pulse:
            uses = Uses(pulse)
            try:
                return await answer(uses.connect_to(bench.urls["weather"]), list(cities))
            finally:
                await uses.ended()
                uses.told(bench)

    return run


def _runs(evidence: Evidence) -> tuple[Evidence, Evidence]:
    return evidence, evidence.trials[OTHERS]


@expectation("No client is used by two threads at once")
def _apart(evidence: Evidence) -> Found:
    if not len(evidence.journal):
        return NOT_ASKED
    most = max(run.notes["most_at_once"] for run in _runs(evidence))
    if most <= 1:
        return None
    return Finding(
        "Open a client for each call, or for each thread.",
        f"Up to {most} threads were inside one client at once.",
        "A library that was written for one thread may mix up the answers of two. That may go well for a long time.",
        THREADS,
    )


@expectation(f"At least {AT_ONCE} calls in flight at once")
def _together(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes[ON_THE_LOOP] or notes[BLOCKED] or not len(evidence.journal):
        return NOT_ASKED
    peak, with_fewer = (run.journal.peak_in_flight for run in _runs(evidence))
    if peak >= AT_ONCE and with_fewer >= AT_ONCE_WITH_FEWER:
        return None
    peak = min(peak, with_fewer)
    seen = f"The service never had more than {peak} in flight."
    if peak == 1 and notes["most_threads"] <= 2:  # a thread may still be ending when the next one begins
        return Finding(
            "Start all calls before you await the first.",
            seen,
            "One thread at a time frees the loop, and nothing overlaps. Each call needs a thread of its own.",
            THREADS,
        )
    if notes["opened"] < AT_ONCE:
        return Finding(
            "Open a client for each call, or for each thread.",
            f"{seen} Your {notes['most_threads']} threads had {notes['opened']} to share.",
            "With a lock around a shared client the others wait: one call is in flight at a time.",
            THREADS,
        )
    return Finding(f"Let at least {AT_ONCE} calls run at the same time.", seen, section=THREADS)


@expectation("Every client is closed")
def _closed(evidence: Evidence) -> Found:
    opened, closed = (sum(run.notes[name] for run in _runs(evidence)) for name in ("opened", "closed"))
    if not opened:
        return NOT_ASKED
    if opened == closed:
        return None
    return Finding("Close each client: `with connect() as client:`.", f"{opened - closed} of {opened} were left open.")


def _in_order_too() -> Expectation:
    first = returns_in_order(CITIES, key="city", section=THREADS)
    other = returns_in_order(FEWER, key="city", section=THREADS)

    @expectation("All answers, in the order of the cities")
    def in_order(evidence: Evidence) -> Found:
        if not len(evidence.journal):
            return NOT_ASKED
        return first(evidence) or other(evidence.trials[OTHERS])

    return in_order


@expectation("A client is asked while it is open")
def _open(evidence: Evidence) -> Found:
    """Explain a run in which a closed client was asked."""
    for run in (evidence, *evidence.trials.values()):
        error = run.exception
        if error is not None and any(leaf.is_a("ClientClosed") for leaf in error.leaves()):
            return Finding(
                "Ask each client inside its own `with` block, in the same function.",
                "A client was asked after it had been closed.",
                "The end of a `with` block closes the client, even while threads still use it.",
                THREADS,
            )
    return None


EXERCISE = Exercise(
    number="4.2",
    title="A blocking client made safe",
    reference=weather_of_all,
    run=_ask(CITIES),
    trials={OTHERS: _ask(FEWER)},
    services={"weather": {"latency_s": Uniform(0.08, 0.16), "seed": 1}},
    expectations=(
        never_blocked(section=BLOCKS),
        _together,
        _apart,
        _in_order_too(),
        asks_by_client(CITIES, label="The service was asked for each city once", give="clients that `connect` opens"),
        _closed,
    ),
    hints=(
        "Write an ordinary function for one city first: it opens a client, asks, closes it, and returns the answer.",
        "Then give that function to a thread, once for each city. What keeps the answers in order?",
    ),
    why="Each call opens a client of its own, in its thread: nobody shares one. `gather` keeps the answers in order.",
    section="exercise-4-2",
    explains=(_open, gives_the_function(section=TOO_EARLY)),
    own=frozenset({"blocking"}),
    deadline_s=6.0,
)
