"""4.1: a thread for one call."""

from __future__ import annotations

import asyncio
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
    shown,
)
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_04._shared import BLOCKS, THREADS, Uses


async def weather_of(client: legacy.Client, city: str) -> Any:
    return await asyncio.to_thread(client.weather, city)


async def _one(answer: Answer, bench: Bench) -> Any:
    uses = Uses()
    with uses.connect_to(bench.urls["weather"])() as client:
        try:
            return await answer(client, "oslo")
        finally:
            bench.note(ON_THE_LOOP, uses.on_the_loop)


@expectation("It returns the weather of the city")
def _weather(evidence: Evidence) -> Found:
    match evidence.result:
        case {"city": "oslo", "temperature_c": _}:
            return None
        case None:
            return Finding("Return what the thread returns.", "Your function returned None.")
        case other:
            return Finding("Return what the thread returns.", f"Your function returned {shown(other)}.")


EXERCISE = Exercise(
    number="4.1",
    title="A thread for the call",
    reference=weather_of,
    run=_one,
    services={"weather": {"latency_s": 0.1}},
    expectations=(
        leaves_the_loop_free(section=BLOCKS),
        asks_once(["/cities/oslo/weather"], label="The service was asked for the weather of Oslo, once"),
        _weather,
    ),
    hints=(
        "What is to run in the thread? Name it; do not run it.",
        "A method without its parentheses is a function like any other: `client.weather`.",
    ),
    why="`to_thread` gets the function and its argument, and calls it in a thread; the loop is free meanwhile.",
    section=THREADS,
    explains=(gives_the_function(section=THREADS),),
    own=frozenset({"blocking"}),
    deadline_s=4.0,
)
