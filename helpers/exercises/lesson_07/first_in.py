"""7.2: a paginator, left early, with nothing left open."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_07._shared import LEFT_EARLY, fetch

if TYPE_CHECKING:
    import aiohttp

ALL_PAGES = 14
# The first city of each, and the page on which it stands: in the middle of a page, its first, its last; behind a
# country whose name holds this one's (Nigeria); the last city of all.
FOUND = {
    "Australia": ("Sydney", 3),
    "Japan": ("Tokyo", 2),
    "South Korea": ("Seoul", 1),
    "Niger": ("Niamey", 6),
    "Nauru": ("Yaren", ALL_PAGES),
}
NOWHERE = "Atlantis"


async def cities(session: aiohttp.ClientSession) -> AsyncGenerator[Any, None]:
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        for city in page["items"]:
            yield city
        path = page["next"]


async def first_in(session: aiohttp.ClientSession, country: str) -> str | None:
    async with aclosing(cities(session)) as listing:
        async for city in listing:
            if city["country"] == country:
                return str(city["name"])
    return None


def _looking_for(country: str) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        async with bench.session() as session:
            return await answer(session, country)

    return run


FIRST_OF_ALL, *OTHERS = FOUND


def _runs(evidence: Evidence) -> dict[str, Evidence]:
    return {FIRST_OF_ALL: evidence, **{country: evidence.trials[country] for country in OTHERS}}


@expectation("The largest city of each country")
def _finds(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    for country, one in _runs(evidence).items():
        city, page = FOUND[country]
        result = one.result
        if result == city:
            continue
        if isinstance(result, dict) and result.get("name") == city:
            return Finding('Return the name alone: `city["name"]`.', "It returned all that is known of the city.")
        seen = f"For {country} your function returned {shown(result)}, not {city!r}, which is on page {page}."
        if result is None and len(one.journal) < page:
            return Finding(
                'Go on to the next page: `page["next"]` has its path, and None on the last.',
                f"{seen} It asked for {len(one.journal)}.",
            )
        if result is None:
            return Finding("Look at every city of a page, from its first to its last.", seen)
        return Finding("Return the first city of exactly that country: the largest come first.", seen)
    return None


@expectation("No page is asked for that is not needed")
def _asks_no_more(evidence: Evidence) -> Found:
    found = {country: one for country, one in _runs(evidence).items() if _name(one.result) == FOUND[country][0]}
    if not found:
        return NOT_ASKED
    for country, one in found.items():
        city, page = FOUND[country]
        asked, wanted = [entry.path for entry in one.journal], [_path(number) for number in range(page)]
        if asked == wanted:
            continue
        if asked[:page] == wanted:
            return Finding(
                "Hand each city out as soon as its page is there.",
                f"{city} is on page {page}, and {len(asked)} pages were asked for.",
                "A generator runs only as far as somebody asks. A list is built to its end first.",
                LEFT_EARLY,
            )
        return Finding(
            "Begin with `/cities?limit=20`, and follow `next`.", f"The pages asked for were {', '.join(asked[:3])}."
        )
    return None


def _name(result: Any) -> Any:
    return result.get("name") if isinstance(result, dict) else result


def _path(number: int) -> str:
    return f"/cities?limit=20{f'&offset={20 * number}' if number else ''}"


@expectation("None where there is no such country")
def _finds_nothing(evidence: Evidence) -> Found:
    nowhere = evidence.trials[NOWHERE]
    if nowhere.result is not None:
        return Finding(
            "Return None where the listing ends without a hit.",
            f"For {NOWHERE} your function returned {shown(nowhere.result)}.",
        )
    if len(nowhere.journal) <= 1:
        return NOT_ASKED
    if len(nowhere.journal) == ALL_PAGES:
        return None
    return Finding(
        "Go on until `next` is None.",
        f"Looking for a country that is not there, it asked for {len(nowhere.journal)} of {ALL_PAGES} pages.",
    )


@expectation("Nothing is left open")
def _closes(evidence: Evidence) -> Found:
    if not evidence.journal:
        return NOT_ASKED
    kinds = [one.kind for run in (evidence, *evidence.trials.values()) for one in run.left_open]
    if "async generator" in kinds:
        return Finding(
            "Close the generator before you return.",
            "An asynchronous generator was left open when your function had its city.",
            "`break` and `return` leave the loop. The generator does not learn of it, and stays where it was.",
            LEFT_EARLY,
        )
    if kinds:
        return Finding("Use the session that your function gets.", f"It left a {kinds[0]} open.")
    return None


EXERCISE = Exercise(
    number="7.2",
    title="Leave a paginator early",
    reference=first_in,
    helpers=(cities,),
    run=_looking_for(FIRST_OF_ALL),
    trials={country: _looking_for(country) for country in (*OTHERS, NOWHERE)},
    services={"weather": {"latency_s": 0.01}},
    expectations=(_finds, _asks_no_more, _finds_nothing, _closes),
    hints=(
        "An asynchronous generator is an `async def` with `yield` in it; `async for` goes through it.",
        'A loop while there is a path: fetch the page, yield its `items` one by one, then take `page["next"]`.',
        "`async with aclosing(cities(session)) as listing:`, and inside it `async for city in listing:`.",
    ),
    why="Pages are asked for only as they are needed, and `aclosing` ends the generator before the function returns.",
    section=LEFT_EARLY,
    own=frozenset({"open"}),
    deadline_s=6.0,
)
