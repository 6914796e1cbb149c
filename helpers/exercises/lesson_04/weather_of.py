"""4.1: a thread for one call."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

from helpers import legacy
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import ON_THE_LOOP, gives_the_function, never_blocked, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, THREADS, TOO_EARLY, Uses, asks_by_client
from helpers.exercises.pulse import Pulse

CITY, OTHER = "quito", "accra"
ANOTHER = "another city"


async def weather_of(client: legacy.Client, city: str) -> Any:
    return await asyncio.to_thread(client.weather, city)


def _ask(city: str) -> Callable[[Answer, Bench], Coroutine[Any, Any, Any]]:
    async def run(answer: Answer, bench: Bench) -> Any:
        with Pulse() as pulse:
            uses = Uses(pulse)
            with uses.connect_to(bench.urls["weather"])() as client:
                try:
                    return await answer(client, city)
                finally:
                    uses.told(bench)

    return run


@expectation("It returns the weather of the city that it is given")
def _weather(evidence: Evidence) -> Found:
    for run, city in ((evidence, CITY), (evidence.trials[ANOTHER], OTHER)):
        match run.result:
            case {"city": got, "temperature_c": _}:
                if got != city:
                    return Finding("Ask for the city that your function gets.", f"It got {city} and asked for {got}.")
            case other if len(run.journal):
                got = "None" if other is None else shown(other)
                return Finding("Return what the thread returns.", f"Your function returned {got}.")
            case _:
                return NOT_ASKED
    return None


@expectation("A thread gets something to call")
def _callable(evidence: Evidence) -> Found:
    """Explain a TypeError of what was given to the thread."""
    error = evidence.exception
    if error is None or error.type != "TypeError" or evidence.notes.get(ON_THE_LOOP):
        return None
    if found := re.fullmatch(r"'(.+)' object is not callable", error.message):
        return Finding(
            "Give the thread something that can be called: a method of the client.",
            f"It was given a {found[1]}, which can't be called.",
            section=THREADS,
        )
    if "required positional argument" in error.message:
        return Finding(
            "Give the city as well: a function's arguments come after it.",
            f"The method was called without it. {error.message}.",
            section=THREADS,
        )
    return None


EXERCISE = Exercise(
    number="4.1",
    title="A thread for the call",
    reference=weather_of,
    run=_ask(CITY),
    trials={ANOTHER: _ask(OTHER)},
    services={"weather": {"latency_s": 0.1}},
    expectations=(
        never_blocked(section=BLOCKS),
        asks_by_client([CITY], label="The service was asked for its weather, once", give="the client"),
        _weather,
    ),
    hints=(
        "What is to run in the thread? Name it; don't call it.",
        "A method without its parentheses is a function like any other: `client.weather`.",
    ),
    why="`to_thread` gets the function and its argument, and calls it in a thread; the loop is free meanwhile.",
    section=THREADS,
    explains=(_callable, gives_the_function(section=TOO_EARLY)),
    own=frozenset({"blocking"}),
    deadline_s=4.0,
)
