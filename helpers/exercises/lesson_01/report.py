"""1.3: as fast as the longest chain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import FIRST, Answer, Exercise, Expectation, expectation
from helpers.exercises.expectations import (
    asks_in_time,
    asks_once,
    in_each_run,
    not_a_list,
    shown,
    uses_the_session,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_01._shared import counted, fetch
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp

LATE_S = 0.1
"""As much as the text allows: "within a tenth of a second"."""
ABOUT_LIMA = "About Lima"
RUNS = {FIRST: ("weather", "oslo", "gothenburg"), ABOUT_LIMA: ("elsewhere", "lima", "cusco")}


async def report(session: aiohttp.ClientSession, city: str) -> list[Any]:
    page = await fetch(session, city)
    async with asyncio.TaskGroup() as group:
        weather = group.create_task(fetch(session, f"{city}/weather"))
        neighbours = await fetch(session, f"{city}/neighbours")
        first = neighbours["neighbours"][0]["slug"]
        weather_there = await fetch(session, f"{first}/weather")
    return [page, weather.result(), neighbours, weather_there]


async def _report(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, RUNS[FIRST][0]) as session:
        return await answer(session, RUNS[FIRST][1])


async def _report_lima(answer: Answer, bench: Bench) -> Any:
    async with counted(bench, RUNS[ABOUT_LIMA][0]) as session:
        return await answer(session, RUNS[ABOUT_LIMA][1])


def _needs(city: str, first: str) -> dict[str, str | None]:
    """Return, for each request, the one whose answer it needs."""
    return {
        f"/cities/{city}": None,
        f"/cities/{city}/weather": f"/cities/{city}",
        f"/cities/{city}/neighbours": f"/cities/{city}",
        f"/cities/{first}/weather": f"/cities/{city}/neighbours",
    }


def _whole_report(city: str, first: str) -> Expectation:
    wanted = [city, f"weather of {city}", f"neighbours of {city}", f"weather of {first}"]

    @expectation("All four answers: page, weather, neighbours, the first neighbour's weather")
    def whole(evidence: Evidence) -> Found:
        result = evidence.result
        if (wrong := not_a_list(result, of="four answers")) is not None:
            return wrong
        got = [_kind(item) for item in result]
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

    return whole


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


def _not_before(needs: Mapping[str, str | None]) -> Expectation:
    @expectation("No request is sent before the answer that it comes after")
    def not_before(evidence: Evidence) -> Found:
        entries = {entry.path.partition("?")[0]: entry for entry in evidence.journal}
        if not entries.keys() >= needs.keys():
            return NOT_ASKED
        for path, need in needs.items():
            if need is None:
                continue
            answered_ns = entries[need].first_byte_ns
            if answered_ns is None or entries[path].arrived_ns < answered_ns:
                return Finding(
                    f"Ask for {path} only when {need} is there.",
                    "It was asked for before that answer had come.",
                    "A task begins when the code that made it pauses: make it below the `await` of what it needs.",
                )
        return None

    return not_before


EXERCISE = Exercise(
    number="1.3",
    title="As fast as the longest chain",
    reference=report,
    helpers=(fetch,),
    run=_report,
    services={
        # By their seeds (page, weather, neighbours, the neighbour's weather) take 150, 350, 130 and 190 ms, and about
        # Lima 240, 120, 340 and 250: once the weather is slower than the neighbours, once the other way round.
        RUNS[FIRST][0]: {"latency_s": Uniform(0.1, 0.35), "seed": 29},
        RUNS[ABOUT_LIMA][0]: {"latency_s": Uniform(0.1, 0.35), "seed": 6},
    },
    trials={ABOUT_LIMA: _report_lima},
    expectations=(
        in_each_run(
            "Four requests",
            {
                run: (service, asks_once(list(_needs(city, first)), label=""))
                for run, (service, city, first) in RUNS.items()
            },
        ),
        in_each_run(
            "All four answers: page, weather, neighbours, the first neighbour's weather",
            {run: (service, _whole_report(city, first)) for run, (service, city, first) in RUNS.items()},
        ),
        in_each_run(
            "No request is sent before the answer that it comes after",
            {run: (service, _not_before(_needs(city, first))) for run, (service, city, first) in RUNS.items()},
        ),
        in_each_run(
            "As fast as its longest chain",
            {
                run: (service, asks_in_time(_needs(city, first), late_s=LATE_S))
                for run, (service, city, first) in RUNS.items()
            },
        ),
        in_each_run(
            "It uses the session that it is given",
            {run: (service, uses_the_session()) for run, (service, _, _) in RUNS.items()},
        ),
    ),
    hints=(
        "When the page is there, make a task of the weather. Then await the neighbours.",
        "The neighbour's weather needs the neighbours, and nothing else. When is the last moment to wait for the task?",
    ),
    why="Only what needs an answer waits for it: the weather is a task, and the other three are awaited meanwhile.",
    section="exercise-1-3",
)
