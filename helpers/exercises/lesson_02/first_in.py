"""2.6: a paginator, left early, with nothing left open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import CLOSED, fetch

if TYPE_CHECKING:
    import aiohttp

COUNTRY, CITY = "Australia", "Sydney"
PATHS = [f"/cities?limit=20{offset}" for offset in ("", "&offset=20", "&offset=40")]
ALL_PAGES = 14


async def cities(session: aiohttp.ClientSession) -> AsyncIterator[Any]:
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        for city in page["items"]:
            yield city
        path = page["next"]


async def first_in(session: aiohttp.ClientSession, country: str) -> str | None:
    async with aclosing(cities(session)) as listing:  # type: ignore[type-var]
        async for city in listing:
            if city["country"] == country:
                return str(city["name"])
    return None


async def _there(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session, COUNTRY)


async def _nowhere(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session, "Atlantis")


@expectation(f"The largest city of {COUNTRY}")
def _finds(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    result = evidence.result
    if result == CITY:
        return None
    if isinstance(result, dict) and result.get("name") == CITY:
        return Finding('Return the name alone: `city["name"]`.', "It returned all that is known of the city.")
    if result is None:
        if len(evidence.journal) == 1:
            return Finding(
                'Go on to the next page: `page["next"]` has its path, and None on the last.',
                f"Your function asked for one page. {CITY} is on the third.",
            )
        return Finding("Return the name of the city.", "Your function returned None.")
    return Finding(
        "Return the first city of that country, and stop there: the largest come first.",
        f"For {COUNTRY} your function returned {shown(result)}, not {CITY!r}.",
    )


@expectation("No page is asked for that is not needed")
def _asks_no_more(evidence: Evidence) -> Found:
    asked = [entry.path for entry in evidence.journal]
    if not asked:
        return NOT_ASKED
    if asked == PATHS:
        return None
    if len(asked) > len(PATHS):
        return Finding(
            "Hand each city out as soon as its page is there: `yield` inside the loop over pages.",
            f"{CITY} is on page {len(PATHS)}, and {len(asked)} pages were asked for.",
            "A generator runs only as far as somebody asks. A list is built to its end first.",
            CLOSED,
        )
    return Finding(
        "Begin with `/cities?limit=20`, and follow `next`.", f"The pages asked for were {', '.join(asked[:3])}."
    )


@expectation("None where there is no such country")
def _finds_nothing(evidence: Evidence) -> Found:
    nowhere = evidence.trials["nowhere"]
    if nowhere.result is not None:
        return Finding(
            "Return None where the listing ends without a hit.",
            f'For "Atlantis" your function returned {shown(nowhere.result)}.',
        )
    if len(evidence.journal) <= 1:
        return NOT_ASKED
    if len(nowhere.journal) == ALL_PAGES:
        return None
    return Finding(
        "Go on until `next` is None.",
        f"Looking for a country that is not there, it asked for {len(nowhere.journal)} of {ALL_PAGES} pages.",
    )


@expectation("Nothing is left open")
def _closes(evidence: Evidence) -> Found:
    kinds = [one.kind for one in evidence.left_open]
    if "async generator" in kinds:
        return Finding(
            "Leave the listing through `async with aclosing(...)`.",
            f"{kinds.count('async generator')} asynchronous generator was left open when your function had its city.",
            "`break` and `return` leave the loop. The generator does not learn of it, and stays where it was.",
            CLOSED,
        )
    if kinds:
        return Finding("Use the session that your function gets.", f"It left a {kinds[0]} open.")
    return None


EXERCISE = Exercise(
    number="2.6",
    title="Leave a paginator early",
    reference=first_in,
    helpers=(cities,),
    run=_there,
    trials={"nowhere": _nowhere},
    services={"weather": {"latency_s": 0.03}},
    expectations=(_finds, _asks_no_more, _finds_nothing, _closes),
    hints=(
        "An asynchronous generator is an `async def` with `yield` in it; `async for` goes through it.",
        'A loop while there is a path: fetch the page, yield its `items` one by one, then take `page["next"]`.',
        "`async with aclosing(cities(session)) as listing:`, and inside it `async for city in listing:`.",
    ),
    why="Pages are asked for only as they are needed, and `aclosing` ends the generator before the function returns.",
    section=CLOSED,
    own=frozenset({"open"}),
    deadline_s=6.0,
)
