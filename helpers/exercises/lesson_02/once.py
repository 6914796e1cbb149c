"""2.4: ask once, however many want to know. Between a look and a write others run."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import RACE, fetch

if TYPE_CHECKING:
    import aiohttp

CALLERS = 5
PLACES = ("oslo", "lima")


async def once(session: aiohttp.ClientSession, cache: dict[str, Any], city: str) -> Any:
    if city not in cache:
        cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return await cache[city]


async def _callers(answer: Answer, bench: Bench) -> Any:
    cache: dict[str, Any] = {}
    async with bench.session() as session:
        first = await asyncio.gather(*[answer(session, cache, city) for city in PLACES * CALLERS])
        bench.note("again", await answer(session, cache, PLACES[0]))
        return first


@expectation("Every caller gets the answer for its city")
def _answers(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for got, city in zip([*evidence.result, evidence.notes["again"]], [*PLACES * CALLERS, PLACES[0]], strict=True):
        if not isinstance(got, dict) or got.get("slug") != city:
            return Finding(
                "Return the answer itself, the same for the first caller and for those after it.",
                f"A caller who asked for {city} got {shown(got)}.",
            )
    return None


@expectation("The service is asked once for each city")
def _asks_once(evidence: Evidence) -> Found:
    asked = Counter(entry.path for entry in evidence.journal)
    if all(asked[f"/cities/{city}"] == 1 for city in PLACES) and len(asked) == len(PLACES):
        return None
    times = asked[f"/cities/{PLACES[0]}"]
    if times == 0:
        return Finding("Ask for `/cities/{city}`.", f"The service was never asked for /cities/{PLACES[0]}.")
    if times > CALLERS:
        return Finding(
            "Keep the answer in `cache`, so that who comes later need not ask.",
            f"{CALLERS} callers asked for {PLACES[0]} at once and one later, and the service was asked {times} times.",
        )
    return Finding(
        "Put something into `cache` before you await: the task that fetches, not its answer.",
        f"{CALLERS} callers asked for {PLACES[0]} at once, and the service was asked {times} times.",
        "One thread does not save you. At an `await` others run, and each of them found the cache still empty.",
        RACE,
    )


@expectation("One city does not wait for the other")
def _overlaps(evidence: Evidence) -> Found:
    if len(evidence.journal) < len(PLACES):
        return NOT_ASKED
    if evidence.journal.peak_in_flight >= len(PLACES):
        return None
    return Finding(
        "Let two cities be fetched at the same time: one lock for each, or no lock at all.",
        "The service never had more than 1 request in flight, though two cities were wanted.",
        "A lock that is held during a wait makes everybody queue, also those with whom there is no quarrel.",
        "colour-seen",
    )


@expectation("A coroutine is awaited once")
def _no_coroutine_in_the_cache(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or "coroutine is being awaited already" not in error.leaves()[0].message:
        return None
    return Finding(
        "Put a task into the cache: `asyncio.create_task(...)`.",
        "Several callers awaited the same coroutine.",
        "A coroutine runs once, for one. A task can be awaited by as many as like, and keeps its result.",
        RACE,
    )


EXERCISE = Exercise(
    number="2.4",
    title="Ask once",
    reference=once,
    helpers=(),
    run=_callers,
    services={"weather": {"latency_s": 0.1}},
    expectations=(_answers, _asks_once, _overlaps),
    hints=(
        "Between `if city not in cache` and `cache[city] = …` there must be no `await`.",
        "What can you put into the cache at once, before the answer is there, so that others can wait for it?",
        "A task: it can be awaited many times, and gives the same result to all.",
    ),
    why="Look and write happen in one turn, without an `await` between them. All callers await the same task.",
    section=RACE,
    explains=(_no_coroutine_in_the_cache,),
    deadline_s=4.0,
)
