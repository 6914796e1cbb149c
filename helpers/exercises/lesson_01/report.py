"""1.4: as fast as the longest chain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import asks_in_time, asks_once, not_a_list, shown, uses_the_session
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_01._shared import counted, fetch
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp


async def report(session: aiohttp.ClientSession, city: str) -> list[Any]:
    page = await fetch(session, city)
    async with asyncio.TaskGroup() as group:
        weather = group.create_task(fetch(session, f"{city}/weather"))
        neighbours = await fetch(session, f"{city}/neighbours")
        first = neighbours["neighbours"][0]["slug"]
        weather_there = await fetch(session, f"{first}/weather")
    return [page, weather.result(), neighbours, weather_there]


async def _report(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, "oslo")


REPORT_NEEDS = {
    "/cities/oslo": None,
    "/cities/oslo/weather": "/cities/oslo",
    "/cities/oslo/neighbours": "/cities/oslo",
    "/cities/gothenburg/weather": "/cities/oslo/neighbours",
}


@expectation("All four answers: page, weather, neighbours, the first neighbour's weather")
def _whole_report(evidence: Evidence) -> Found:
    result = evidence.result
    if (wrong := not_a_list(result, of="four answers")) is not None:
        return wrong
    got = [_kind(item) for item in result]
    wanted = ["oslo", "weather of oslo", "neighbours of oslo", "weather of gothenburg"]
    if got == wanted:
        return None
    if sorted(got) == sorted(wanted):
        return Finding(
            "Return page, weather, neighbours, the neighbour's weather, in this order.",
            f"You returned {', '.join(got)}.",
        )
    missing = next((name for name in wanted if name not in got), None)
    return Finding(
        "Return the four answers, as the service gave them.",
        f"In your list there is no {missing}: it has {', '.join(got) or 'nothing'}."
        if missing
        else f"There are {len(got)}.",
    )


def _kind(item: Any) -> str:
    match item:
        case {"slug": slug}:
            return str(slug)
        case {"city": city, "temperature_c": _}:
            return f"weather of {city}"
        case {"city": city, "neighbours": _}:
            return f"neighbours of {city}"
        case _:
            return shown(item)


EXERCISE = Exercise(
    number="1.4",
    title="As fast as the longest chain",
    reference=report,
    helpers=(fetch,),
    run=_report,
    services={"weather": {"latency_s": Uniform(0.1, 0.4), "seed": 807}},
    expectations=(
        asks_once(list(REPORT_NEEDS), label="Four requests"),
        _whole_report,
        asks_in_time(REPORT_NEEDS, late_s=0.1),
        uses_the_session(),
    ),
    hints=(
        "Start the weather as a task. Then await the neighbours.",
        "Who waits for whom? And when is the last moment to wait for the city's weather?",
    ),
    why="Only what needs an answer waits for it: the city's weather is a task beside the chain of the other three.",
    section="exercise-1-4",
)
