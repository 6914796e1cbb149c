"""4.2: a blocking client made safe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from helpers import legacy
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import (
    ON_THE_LOOP,
    asks_once,
    gives_the_function,
    leaves_the_loop_free,
    returns_in_order,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, CITIES, THREADS, Uses
from helpers.services import Uniform

AT_ONCE = 4  # the smallest machine's default pool has five threads


async def weather_of_all(connect: Callable[[], legacy.Client], cities: Sequence[str]) -> list[Any]:
    def weather(city: str) -> Any:
        with connect() as client:
            return client.weather(city)

    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


async def _all(answer: Answer, bench: Bench) -> Any:
    uses = Uses()
    try:
        return await answer(uses.connect_to(bench.urls["weather"]), list(CITIES))
    finally:
        bench.note(ON_THE_LOOP, uses.on_the_loop)
        bench.note("opened", uses.opened)
        bench.note("closed", uses.closed)
        bench.note("most_at_once", uses.most_at_once)


@expectation("No client is used by two threads at once")
def _apart(evidence: Evidence) -> Found:
    most = evidence.notes["most_at_once"]
    if not most:
        return NOT_ASKED
    if most == 1:
        return None
    return Finding(
        "Open a client for each call, or for each thread.",
        f"Up to {most} threads were inside one client at once.",
        "A library that was written for one thread may mix up the answers of two. It works, until it does not.",
        THREADS,
    )


@expectation(f"At least {AT_ONCE} calls under way at once")
def _together(evidence: Evidence) -> Found:
    peak = evidence.journal.peak_in_flight
    if peak >= AT_ONCE:
        return None
    return Finding(
        "Start all calls before you await the first.",
        f"The service never had more than {peak} in flight.",
        "One thread at a time frees the loop, and nothing overlaps. Each call needs a thread of its own.",
        THREADS,
    )


@expectation("Every client is closed")
def _closed(evidence: Evidence) -> Found:
    opened, closed = evidence.notes["opened"], evidence.notes["closed"]
    if not opened:
        return NOT_ASKED
    if opened == closed:
        return None
    return Finding("Close each client: `with connect() as client:`.", f"{opened - closed} of {opened} were left open.")


EXERCISE = Exercise(
    number="4.2",
    title="A blocking client made safe",
    reference=weather_of_all,
    run=_all,
    services={"weather": {"latency_s": Uniform(0.08, 0.16), "seed": 1}},
    expectations=(
        leaves_the_loop_free(section=BLOCKS),
        _together,
        _apart,
        returns_in_order(CITIES, key="city", section=THREADS),
        asks_once([f"/cities/{city}/weather" for city in CITIES], label="The service was asked for each city once"),
        _closed,
    ),
    hints=(
        "Write an ordinary function for one city first: it opens a client, asks, closes it, and returns the answer.",
        "Then give that function to a thread, once for each city. What keeps the answers in order?",
    ),
    why="Each call has a thread and a client of its own, so nobody shares one; `gather` keeps the answers in order.",
    section="exercises",
    explains=(gives_the_function(section=THREADS),),
    own=frozenset({"blocking"}),
    deadline_s=6.0,
)
