"""4.6: a synchronous front for a coroutine, in a script and in a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, Expectation, expectation
from helpers.exercises.expectations import asks_once, overlaps, returns_in_order
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_04._shared import CITIES, INTO

if TYPE_CHECKING:
    import aiohttp

ASKED = CITIES[:6]
NOTEBOOK = "in a notebook"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}/weather") as response:
        return await response.json()


async def fetch_all(url: str, cities: Sequence[str]) -> list[Any]:
    import aiohttp

    async with aiohttp.ClientSession(url) as session:
        return await asyncio.gather(*[fetch(session, city) for city in cities])


def weather_now(url: str, cities: Sequence[str]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, fetch_all(url, cities)).result()


async def _in_a_script(answer: Any, bench: Bench) -> Any:
    return await asyncio.to_thread(answer, bench.urls["weather"], list(ASKED))


async def _in_a_notebook(answer: Any, bench: Bench) -> Any:
    return answer(bench.urls["notebook"], list(ASKED))


@expectation("It works where a loop is running already")
def _in_both(evidence: Evidence) -> Found:
    """Explain the ways in which a synchronous front gets stuck."""
    notebook = evidence.trials.get(NOTEBOOK)
    error = (notebook or evidence).exception
    if error is not None and any(one.is_a("RuntimeError") and "event loop" in one.message for one in error.leaves()):
        if notebook is None:
            return Finding(
                "Start a loop for it: a script has none.",
                f"Called as from a script, it raised {error.type}: {error.message.rstrip('.')}.",
                section=INTO,
            )
        return Finding(
            "Run the coroutine in a thread of its own: in a notebook's thread a loop is running already.",
            f"In a script it worked. In a notebook it raised {error.type}: {error.message.rstrip('.')}.",
            "One thread runs one event loop at a time, and a cell is called by the notebook's.",
            INTO,
        )
    if notebook is not None and notebook.outcome in ("blocked", "never ended"):
        return Finding(
            "Let a loop in *another* thread run the coroutine: this one waits for your function.",
            "In a script it worked. In a notebook the loop waited for the result, and the result for the loop.",
            "`result()` blocks. On the loop's own thread it waits for something that only this thread could do.",
            INTO,
        )
    if notebook is None and evidence.outcome in ("blocked", "never ended") and not len(evidence.journals["weather"]):
        return Finding(
            "Hand the coroutine over with `asyncio.run_coroutine_threadsafe`: it wakes the loop.",
            "Nothing was ever asked of the service: the loop in your thread slept on.",
            "`call_soon` and `create_task` are for the loop's own thread. From another one they do not wake it.",
            INTO,
        )
    return None


@expectation("The same in a notebook")
def _same(evidence: Evidence) -> Found:
    cities = [item.get("city") for item in evidence.trials[NOTEBOOK].result or () if isinstance(item, dict)]
    if cities == list(ASKED):
        return None
    got = ", ".join(map(str, cities)) or "none"
    return Finding("Return the answers in a notebook, too.", f"There it returned those of {got}.")


@expectation("Nothing goes on after it has returned")
def _ended(evidence: Evidence) -> Found:
    for run in (evidence, evidence.trials[NOTEBOOK]):
        if run.threads_left:
            return Finding(
                "End the thread and the loop that you start.",
                "After your function had returned, its event loop went on in its thread.",
                "From outside `loop.call_soon_threadsafe(loop.stop)` ends it. Then join the thread and close the loop.",
                INTO,
            )
        if run.left_open:
            return Finding("Close what you open before you return.", f"A {run.left_open[0].kind} was left open.")
    return None


def _of_the_script(one: Expectation) -> Expectation:
    """Look at the service that the script has asked, and not at the notebook's."""
    return Expectation(
        one.label, lambda evidence: one(replace(evidence, journals={"weather": evidence.journals["weather"]}))
    )


EXERCISE = Exercise(
    number="4.6",
    title="A synchronous front",
    reference=weather_now,
    helpers=(fetch, fetch_all),
    run=_in_a_script,
    trials={NOTEBOOK: _in_a_notebook},
    services={"weather": {"latency_s": 0.1}, "notebook": {"latency_s": 0.1}},
    expectations=(
        returns_in_order(ASKED, key="city", section=INTO),
        _same,
        _of_the_script(
            asks_once([f"/cities/{city}/weather" for city in ASKED], label="The service was asked for each city once")
        ),
        _of_the_script(overlaps(len(ASKED), section=INTO)),
        _ended,
    ),
    hints=(
        "In which thread may you call `asyncio.run`? In one where no loop is running.",
        "`ThreadPoolExecutor(max_workers=1)` has one. `pool.submit(function, argument).result()` waits for it.",
    ),
    why="A new thread has no loop, so `asyncio.run` may make one there. The caller waits for the thread.",
    section="exercise-4-6",
    explains=(_in_both,),
    own=frozenset({"blocking", "coroutines", "threads", "open"}),
    takes="function",
    deadline_s=3.0,
)
