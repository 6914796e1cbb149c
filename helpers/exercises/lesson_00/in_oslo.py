"""0.1: await it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import FIRST, Answer, Exercise, Expectation, expectation
from helpers.exercises.expectations import asks_once, in_each_run, shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_00._shared import COROUTINES

if TYPE_CHECKING:
    import aiohttp

ASKED = "/cities/oslo/weather"
ANOTHER_DAY = "On another day"
SEEDS = {FIRST: 2, ANOTHER_DAY: 4}  # 6.9 and 7.8 °C: neither is a whole number
SERVICES = {FIRST: "weather", ANOTHER_DAY: "another day"}


async def temperature(session: aiohttp.ClientSession, city: str) -> float:
    async with session.get(f"/cities/{city}/weather") as response:
        weather = await response.json()
    return float(weather["temperature_c"])


async def in_oslo(session: aiohttp.ClientSession) -> float:
    return await temperature(session, "oslo")


async def _ask(answer: Answer, bench: Bench) -> Any:
    return await answer(bench.session(SERVICES[FIRST]))


async def _ask_another_day(answer: Answer, bench: Bench) -> Any:
    return await answer(bench.session(SERVICES[ANOTHER_DAY]))


def _is_the_temperature(seed: int) -> Expectation:
    @expectation("The temperature in Oslo, as a number")
    def is_it(evidence: Evidence) -> Found:
        from helpers.services import world

        wanted, got = world.weather("oslo", seed)["temperature_c"], evidence.result
        if got == wanted and not isinstance(got, bool):
            return None
        if got is None:
            return Finding(
                "Return the number.",
                "Your function returned None.",
                "A function without `return` returns None. Printing a value does not return it.",
            )
        if isinstance(got, dict):
            return Finding(
                "Return the number alone.",
                "Your function returned the whole answer of the service.",
                "`temperature` picks the number out of it: call that.",
            )
        return Finding(
            "Return what `temperature` gives, as it is.", f"Your function returned {shown(got)}, not {wanted}."
        )

    return is_it


@expectation("It asks for a page that there is")
def _asks_for_what_there_is(evidence: Evidence) -> Found:
    """Explain a KeyError in the given `temperature`: the service had no such page, and said so."""
    asked = [entry for one in evidence.journals.values() for entry in one if entry.status == 404]
    if not asked:
        return None
    return Finding(
        f"Ask for {ASKED}.",
        f"The service was asked for {asked[0].path}, and there is no such page.",
        "Small and capital letters are different letters in a path." if asked[0].path.lower() == ASKED else "",
    )


EXERCISE = Exercise(
    number="0.1",
    title="Await it",
    reference=in_oslo,
    helpers=(temperature,),
    run=_ask,
    services={
        SERVICES[FIRST]: {"latency_s": 0.1, "seed": SEEDS[FIRST]},
        SERVICES[ANOTHER_DAY]: {"latency_s": 0.03, "seed": SEEDS[ANOTHER_DAY]},
    },
    trials={ANOTHER_DAY: _ask_another_day},
    expectations=(
        in_each_run(
            "The service was asked for Oslo's weather, once",
            {run: (service, asks_once([ASKED], label="")) for run, service in SERVICES.items()},
        ),
        in_each_run(
            "The temperature in Oslo, as a number",
            {run: (service, _is_the_temperature(SEEDS[run])) for run, service in SERVICES.items()},
        ),
    ),
    hints=(
        "Calling `temperature` does not run it. It makes a coroutine, which has to be awaited.",
        "In an `async def` function you may write `await` before the call.",
        '`return await temperature(session, "oslo")`',
    ),
    why="The call makes a coroutine; `await` runs it to its end and gives what it returns.",
    section=COROUTINES,
    explains=(_asks_for_what_there_is,),
)
