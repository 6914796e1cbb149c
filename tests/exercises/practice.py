"""A small exercise for the tests of the engine, with a short deadline."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import Finding, Found

CITIES = ("oslo", "lima", "cairo")
NAMES = ["Oslo", "Lima", "Cairo"]


async def name_of(session: aiohttp.ClientSession, city: str) -> str:
    """Ask for the name of a city."""
    async with session.get(f"/cities/{city}") as response:
        answer = await response.json()
    return str(answer["name"])


async def fetch_all(session: aiohttp.ClientSession, cities: tuple[str, ...]) -> list[str]:
    """Return the names of all cities."""
    return await asyncio.gather(*(name_of(session, city) for city in cities))


async def run(answer: Answer, bench: Bench) -> Any:
    """Call the answer with a session and three cities."""
    async with bench.session() as session:
        return await answer(session, CITIES)


@expectation("Three names in order")
def in_order(evidence: Evidence) -> Found:
    """Look at the result."""
    if evidence.result == NAMES:
        return None
    return Finding("Return the names in order.", f"It returned {shown(evidence.result)}.")


@expectation("All at once")
def at_once(evidence: Evidence) -> Found:
    """Look at what the service saw."""
    peak = evidence.journal.peak_in_flight
    if peak == len(CITIES):
        return None
    return Finding("Start all before you await one.", f"The service saw {peak} at once.", "`await` starts nothing.")


EXERCISE = Exercise(
    number="9.1",
    title="Three at once",
    reference=fetch_all,
    run=run,
    services={"weather": {"latency_s": 0.2}},
    expectations=(in_order, at_once),
    hints=("Start them all.", "Use gather."),
    why="All three are started before the first is awaited.",
    section="three",
    helpers=(name_of,),
    deadline_s=10.0,
)
HASTY = replace(EXERCISE, deadline_s=2.0)
"""For answers that do not end: the tests need not wait for ten seconds."""
VALUE = replace(EXERCISE, takes="value", reference=NAMES, services={}, expectations=(in_order,))


async def give_back(answer: Any, bench: Bench) -> Any:
    """Return a value as it was given."""
    return answer


VALUE = replace(VALUE, run=give_back)


def names() -> list[str]:
    """Return the three names, without a service."""
    return NAMES


async def call(answer: Any, bench: Bench) -> Any:
    """Call an ordinary function."""
    return answer()


FUNCTION = replace(VALUE, takes="function", reference=names, run=call)
