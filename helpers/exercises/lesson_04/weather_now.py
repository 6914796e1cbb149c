"""4.4: a synchronous front for a coroutine, in a script and in a notebook."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Exercise, Expectation, expectation
from helpers.exercises.expectations import asks_once, overlaps, returns_in_order
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_04._shared import CITIES, INTO

if TYPE_CHECKING:
    import aiohttp

ASKED = CITIES[:6]
THERE = ("tokyo", "bogota", "oslo", "riga")
NOTEBOOK = "in a notebook"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}/weather") as response:
        return await response.json()


async def fetch_all(url: str, cities: Sequence[str]) -> list[Any]:
    import aiohttp

    async with aiohttp.ClientSession(url) as session:
        return await asyncio.gather(*[fetch(session, city) for city in cities])


def weather_now(url: str, cities: Sequence[str]) -> list[Any]:
    # A new thread has no event loop yet. This blocks until it is done: in a coroutine, await fetch_all instead. Ctrl-C
    # does not reach the other thread: it comes out when the answers are there, so fetch_all needs a time limit.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, fetch_all(url, cities)).result()


class Call:
    """Calls the answer, and notes what it left running at the moment when it returned."""

    def __init__(self, answer: Any, bench: Bench) -> None:
        self._answer = answer
        self._bench = bench

    def __call__(self, url: str, cities: Sequence[str]) -> Any:
        before, blocking = set(threading.enumerate()), requests.Session.send
        asked: list[None] = []

        def counted(*arguments: Any, **options: Any) -> Any:
            asked.append(None)
            return blocking(*arguments, **options)

        requests.Session.send = counted  # type: ignore[method-assign]
        try:
            result = self._answer(url, list(cities))
            self._bench.note("future", isinstance(result, Future))
            return None if isinstance(result, Future) else result
        finally:
            requests.Session.send = blocking  # type: ignore[method-assign]
            left = [thread for thread in threading.enumerate() if thread not in before and _of_the_answer(thread)]
            self._bench.note("left", len(left))
            self._bench.note("loops", sum(map(_runs_a_loop, left)))
            self._bench.note("by requests", len(asked))


def _of_the_answer(thread: threading.Thread) -> bool:
    return not thread.name.startswith("asyncio_")  # of the grader's own pool


def _runs_a_loop(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "run_forever":
            return True
        frame = frame.f_back
    return False


async def _in_a_script(answer: Any, bench: Bench) -> Any:
    return await asyncio.to_thread(Call(answer, bench), bench.urls["weather"], ASKED)


async def _in_a_notebook(answer: Any, bench: Bench) -> Any:
    return Call(answer, bench)(bench.urls["notebook"], THERE)


@expectation("It works where a loop is running already")
def _in_both(evidence: Evidence) -> Found:
    """Explain the ways in which a synchronous front gets stuck."""
    notebook = evidence.trials.get(NOTEBOOK)
    error = (notebook or evidence).exception
    if error is not None and any(one.is_a("RuntimeError") and "event loop" in one.message for one in error.leaves()):
        if notebook is None:
            return Finding(
                "Start a loop for it: a script has none.",
                f"Called where no loop is running, it raised {error.type}: {error.message.rstrip('.')}.",
                "`asyncio.run` starts one. `get_event_loop` makes one in a main thread at most; from 3.14 on, nowhere.",
                INTO,
            )
        return Finding(
            "Run the coroutine in a thread of its own: in a notebook's thread a loop is running already.",
            f"In a script it worked. In a notebook it raised {error.type}: {error.message.rstrip('.')}.",
            "One thread runs one event loop at a time, and a cell runs in the notebook's.",
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


def _too_soon(run: Evidence, answers: int) -> bool:
    """Tell whether it returned before its thread had done its work."""
    whole = isinstance(run.result, (list, tuple)) and len(run.result) == answers
    return bool(run.notes["left"]) and not whole


@expectation("It returns the answers, in the order of the cities, in a script and in a notebook")
def _answers(evidence: Evidence) -> Found:
    for run, cities, where in ((evidence, ASKED, "a script"), (evidence.trials[NOTEBOOK], THERE, "a notebook")):
        result = run.result
        if run.notes["future"]:
            return Finding(
                "Return the future's result: `future.result()` waits for it.",
                "Your function returned the future itself.",
                section=INTO,
            )
        if _too_soon(run, len(cities)):
            return Finding(
                "Wait for the thread, and for its result, before you return.",
                f"In {where} your function had returned, and its thread was still at work.",
                "`start()` and `submit()` return at once. `join()`, or `result()` of the future, waits.",
                INTO,
            )
        if isinstance(result, Other):
            return Finding("Return the list itself.", f"In {where} your function returned a {result.type}.")
        if (wrong := returns_in_order(cities, key="city", section=INTO)(run)) is not None:
            return wrong if run is evidence or not isinstance(wrong, Finding) else replace(wrong, seen=_there(wrong))
    return None


def _there(finding: Finding) -> str:
    return f"In a script it was right. In a notebook: {finding.seen[0].lower()}{finding.seen[1:]}"


@expectation("It runs `fetch_all`")
def _by_asyncio(evidence: Evidence) -> Found:
    count = evidence.notes["by requests"]
    if not len(evidence.journals["weather"]) or _too_soon(evidence, len(ASKED)):
        return NOT_ASKED
    if not count:
        return None
    return Finding(
        "Run the coroutine `fetch_all`.",
        f"{count} calls were made with `requests`, in threads.",
        "That works. But the task is to use a library written for asyncio from ordinary code.",
        INTO,
    )


@expectation("Nothing goes on after it has returned")
def _ended(evidence: Evidence) -> Found:
    for run, cities in ((evidence, ASKED), (evidence.trials[NOTEBOOK], THERE)):
        left, loops = run.notes["left"], run.notes["loops"]
        if run.notes["future"] or _too_soon(run, len(cities)) or isinstance(run.result, Other):
            return NOT_ASKED
        if run.threads_left and loops:
            return Finding(
                "End the thread and the loop that you start.",
                "After your function had returned, its event loop went on in its thread.",
                "From outside `loop.call_soon_threadsafe(loop.stop)` ends it. Then join the thread and close the loop.",
                INTO,
            )
        if run.threads_left or run.threads_idle:
            return Finding(
                "End the thread that you start: `join()` it, or shut its pool down.",
                "After your function had returned, its thread was still there.",
                section=INTO,
            )
        if left and run.left_open:
            return Finding(
                "Wait until the thread has ended: `join()` it. Then close its loop.",
                "When your function returned, its thread was still ending.",
                section=INTO,
            )
        if run.left_open:
            kind = run.left_open[0].kind
            return Finding(
                "Close what you open before you return: sessions, and an event loop that you made.",
                f"A {kind} was left open.",
                section=INTO,
            )
    return None


def _of_the_script(one: Expectation) -> Expectation:
    """Look at the service that the script has asked, and not at the notebook's; what is asked too late is chance."""

    @expectation(one.label)
    def of_the_script(evidence: Evidence) -> Found:
        if _too_soon(evidence, len(ASKED)):
            return NOT_ASKED
        return one(replace(evidence, journals={"weather": evidence.journals["weather"]}))

    return of_the_script


EXERCISE = Exercise(
    number="4.4",
    title="A synchronous front",
    reference=weather_now,
    helpers=(fetch, fetch_all),
    run=_in_a_script,
    trials={NOTEBOOK: _in_a_notebook},
    # A busy machine once stopped an answer's thread for more than 0.1 s: the first request was over before the sixth.
    services={"weather": {"latency_s": 0.25}, "notebook": {"latency_s": 0.1}},
    expectations=(
        _answers,
        _of_the_script(
            asks_once([f"/cities/{city}/weather" for city in ASKED], label="The service was asked for each city once")
        ),
        _of_the_script(overlaps(len(ASKED), section=INTO)),
        _by_asyncio,
        _ended,
    ),
    hints=(
        "In which thread may you call `asyncio.run`? In one where no loop is running.",
        "`ThreadPoolExecutor(max_workers=1)` has one. `pool.submit(function, argument).result()` waits for it.",
    ),
    why="A new thread has no loop, so `asyncio.run` may make one there. The caller waits for the thread.",
    section="exercise-4-4",
    explains=(_in_both,),
    own=frozenset({"blocking", "threads", "open"}),
    takes="function",
    deadline_s=3.0,
)
