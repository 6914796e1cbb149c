"""2.4: ask once, however many want to know. Between a look and a write others come in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import RACE, Plan, as_asked, fetch

if TYPE_CHECKING:
    import aiohttp

AT_ONCE = ("oslo", "lima") * 5
ONE_BY_ONE = ("cairo", "quito", "cairo", "tokyo", "quito", "cairo", "tokyo")
LATENCY_S, APART_S = 0.1, 0.02


async def once(session: aiohttp.ClientSession, cache: dict[str, Any], city: str) -> Any:
    if city not in cache:
        task = cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))

        def forget_a_failure(task: asyncio.Task[Any]) -> None:
            failed = task.cancelled() or task.exception() is not None
            if failed and cache.get(city) is task:  # the cache may have been emptied, and filled again, meanwhile
                del cache[city]

        task.add_done_callback(forget_a_failure)
    # Without `shield`, a caller that is cancelled would cancel the task, and with it everybody who waits.
    # What this does not survive: the end of the session, or of the loop, ends the request for all. An answer is
    # kept for ever. And when all callers have gone, the request still runs to its end; if it fails, no caller
    # is told. From Python 3.14 on, the log is.
    return await asyncio.shield(cache[city])


async def _at_once(answer: Answer, bench: Bench) -> Any:
    """Ten callers at the same moment, then one later; the cities take different times."""
    cache: dict[str, Any] = {}
    async with bench.session(middlewares=[Plan(slow={"/cities/lima": LATENCY_S / 2})]) as session:
        first = await asyncio.gather(*[answer(session, cache, city) for city in AT_ONCE])
        bench.note("again", await answer(session, cache, "oslo"))
        return first


async def _one_by_one(answer: Answer, bench: Bench) -> Any:
    """Seven callers, some of whom come while a request is in flight; and again with another cache."""
    cache: dict[str, Any] = {}
    async with bench.session() as session:

        async def comes(number: int, city: str) -> Any:
            await asyncio.sleep(number * APART_S)
            return await answer(session, cache, city)

        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(comes(number, city)) for number, city in enumerate(ONE_BY_ONE)]
        other: dict[str, Any] = {}
        bench.note("again", await answer(session, other, "tokyo"))
        return [caller.result() for caller in callers]


@expectation("Every caller gets the page of its city")
def _answers(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for one, cities in ((evidence, [*AT_ONCE, "oslo"]), (evidence.trials["one by one"], [*ONE_BY_ONE, "tokyo"])):
        for got, city in zip([*one.result, one.notes["again"]], cities, strict=True):
            if not isinstance(got, dict) or got.get("slug") != city:
                return Finding(
                    "Return the page itself, the same for the first caller and for those after it.",
                    f"A caller who asked for {city} got {shown(got)}.",
                )
    return None


@expectation("The service is asked once for each city")
def _asks_once(evidence: Evidence) -> Found:
    asked = _asked(evidence)
    if asked == Counter({"/cities/oslo": 2, "/cities/lima": 1}):
        return _keep("5 callers wanted /cities/oslo at once, one more came later, and the service was asked twice.")
    if (finding := _once(asked, AT_ONCE, len(evidence.journal))) is not None:
        return finding
    later = _asked(evidence.trials["one by one"])
    if later["/cities/tokyo"] == 1:
        return Finding(
            "Keep what you have in `cache`, and nowhere else.",
            "A second run with another cache, which was empty, asked for nothing.",
        )
    later["/cities/tokyo"] -= 1
    return _once(later, ONE_BY_ONE, sum(later.values()))


def _once(asked: Counter[str], callers: Sequence[str], requests: int) -> Finding | None:
    wanted = Counter({f"/cities/{city}": 1 for city in callers})
    if asked == wanted:
        return None
    if missing := next((path for path in wanted if not asked[path]), None):
        return Finding("Ask for `/cities/{city}`.", f"The service was never asked for {missing}.")
    path = max(wanted, key=lambda path: asked[path])
    times, came = asked[path], callers.count(path.rpartition("/")[2])
    seen = f"{came} callers wanted {path}, and the service was asked for it {times} times ({requests} requests in all)."
    if times > came:
        return _keep(seen)
    return Finding(
        "Let the second caller find in `cache` that somebody has already asked.",
        seen,
        "One thread does not save you. At an `await` others come in, and each of them found the cache still empty. "
        "And an argument is made before the call: `setdefault(city, create_task(…))` makes a task each time.",
        RACE,
    )


def _keep(seen: str) -> Finding:
    return Finding("Keep the answer in `cache`, so that nobody who comes later has to ask.", seen)


def _asked(evidence: Evidence) -> Counter[str]:
    return Counter(as_asked(entry.path) for entry in evidence.journal)


@expectation("One city does not wait for the other")
def _overlaps(evidence: Evidence) -> Found:
    if len(_asked(evidence)) < len(set(AT_ONCE)):
        return NOT_ASKED
    if evidence.journal.peak_in_flight >= len(set(AT_ONCE)):
        return None
    return Finding(
        "Let two cities be fetched at the same time.",
        "The service never had more than 1 request in flight, though two cities were wanted.",
        "A lock that is held during a wait makes every caller wait, even one who wants another city.",
        RACE,
    )


@expectation("A coroutine is awaited once")
def _no_coroutine_in_the_cache(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not any("awaited already" in one.message for one in error.leaves()):
        return NOT_ASKED
    return Finding(
        "Put something into the cache that several callers can await.",
        "Several callers awaited the same coroutine.",
        "A coroutine runs once, for one. A task can be awaited by several, and keeps its result.",
        RACE,
    )


EXERCISE = Exercise(
    number="2.4",
    title="Ask once",
    reference=once,
    run=_at_once,
    trials={"one by one": _one_by_one},
    services={"weather": {"latency_s": LATENCY_S}},
    expectations=(_answers, _asks_once, _overlaps),
    hints=(
        "Between `if city not in cache` and `cache[city] = …` there must be no `await`.",
        "What can you put into the cache at once, before the answer is there, so that others can wait for it?",
        "A task: it can be awaited many times, and gives the same result to all.",
    ),
    why="Nothing is awaited between the look and the write, and all callers wait for the same task. `shield` keeps the "
    "cancel of one caller from the others.",
    section=RACE,
    explains=(_no_coroutine_in_the_cache,),
    own=frozenset({"errors"}),
    deadline_s=4.0,
)
