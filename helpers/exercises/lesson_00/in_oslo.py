"""0.1: await it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import asks_once, shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_00._shared import COROUTINES

if TYPE_CHECKING:
    import aiohttp


async def temperature(session: aiohttp.ClientSession, city: str) -> float:
    async with session.get(f"/cities/{city}/weather") as response:
        weather = await response.json()
    return float(weather["temperature_c"])


async def in_oslo(session: aiohttp.ClientSession) -> float:
    return await temperature(session, "oslo")


async def _ask(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session)


@expectation("The temperature in Oslo, as a number")
def _is_the_temperature(evidence: Evidence) -> Found:
    from helpers.services import world

    wanted, got = world.weather("oslo", 0)["temperature_c"], evidence.result
    if got == wanted and not isinstance(got, bool):
        return None
    if got is None:
        return Finding(
            "Return the number.",
            "Your function returned None.",
            "A function without `return` returns None; to print is not to return.",
        )
    if isinstance(got, dict):
        return Finding(
            "Return the number alone.",
            "Your function returned the whole answer of the service.",
            "`temperature` picks the number out of it: call that.",
        )
    return Finding("Return what `temperature` gives, as it is.", f"Your function returned {shown(got)}, not {wanted}.")


EXERCISE = Exercise(
    number="0.1",
    title="Await it",
    reference=in_oslo,
    helpers=(temperature,),
    run=_ask,
    services={"weather": {"latency_s": 0.1}},
    expectations=(
        asks_once(["/cities/oslo/weather"], label="The service was asked for Oslo's weather, once"),
        _is_the_temperature,
    ),
    hints=(
        "Calling an `async def` function runs nothing. It makes a coroutine, and somebody must wait for it.",
        "In an `async def` you may write `await` before the call.",
        '`return await temperature(session, "oslo")`',
    ),
    why="The call makes a coroutine; `await` runs it to its end and gives what it returns.",
    section=COROUTINES,
)
