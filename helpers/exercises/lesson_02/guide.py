"""2.2: from callbacks to a coroutine, with the same journal and nothing left open."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import CLOSED, ONE_OF_MANY, ended, fetch_or_retry
from helpers.services import Uniform

if TYPE_CHECKING:
    import aiohttp

NEIGHBOURS = "/cities/oslo/neighbours"
NEAREST = ("gothenburg", "bergen")
WEATHERS = tuple(f"/cities/{city}/weather" for city in NEAREST)
SECTION = "exercises"


async def guide(session: aiohttp.ClientSession, store: Any) -> None:
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"]
        paths = [f"/cities/{city['slug']}/weather" for city in nearest[:2]]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, path)) for path in paths]
        store.save([task.result() for task in tasks])


class Store:
    """What the answer gets: it notes what is saved, and whether it was closed."""

    def __init__(self, *, full: bool = False) -> None:
        self._full = full
        self.saved: list[Any] = []
        self.open = True

    def save(self, row: Any) -> None:
        if self._full:
            raise OSError("disk full")
        if not self.open:
            raise ValueError("this store is closed")
        self.saved.append(row)

    def close(self) -> None:
        self.open = False


async def _run(answer: Answer, bench: Bench) -> Any:
    store = Store()
    try:
        async with bench.session("weather") as session:
            return await answer(session, store)
    finally:
        _note(bench, store)


async def _one_fails(answer: Answer, bench: Bench) -> None:
    await _with_trouble(answer, bench, "broken", Store())


async def _cannot_save(answer: Answer, bench: Bench) -> None:
    await _with_trouble(answer, bench, "sound", Store(full=True))


async def _with_trouble(answer: Answer, bench: Bench, service: str, store: Store) -> None:
    async with bench.session(service) as session:
        before = asyncio.all_tasks()
        bench.note("ended", await ended(answer(session, store)))
        _note(bench, store)
        await bench.settle()
        left = asyncio.all_tasks() - before
        bench.note("still_running", len(left))
        if left:  # they are told of here, and not again as what was left behind
            await asyncio.wait(left)
            for task in left:
                _ = task.cancelled() or task.exception()


async def _cancelled(answer: Answer, bench: Bench) -> None:
    import aiohttp

    under_way = asyncio.Event()
    store, asked = Store(), 0

    async def began(*_: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:  # the neighbours are there, and it waits for the weather
            under_way.set()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(began)
    async with bench.session("sound", trace_configs=[tracing]) as session:
        task = asyncio.ensure_future(answer(session, store))
        waiting = asyncio.ensure_future(under_way.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.01)
        waiting.cancel()
        task.cancel()
        bench.note("ended", await ended(task))
        _note(bench, store)


def _note(bench: Bench, store: Store) -> None:
    bench.note("saved", store.saved)
    bench.note("open", store.open)


@expectation("The same requests as the callbacks make: four, one of them asked again")
def _same_journal(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    asked = Counter(entry.path for entry in evidence.journals["weather"])
    wanted = Counter({NEIGHBOURS: 2, **dict.fromkeys(WEATHERS, 1)})
    if asked == wanted:
        return None
    if other := [path for path in asked if path not in wanted]:
        return Finding(
            "Ask for what the callbacks ask for, and nothing else.", f"The service was asked for {other[0]}."
        )
    for path in wanted:
        if asked[path] < wanted[path]:
            return Finding(f"Ask for {path}.", f"The service was asked for it {asked[path]} times.")
        if asked[path] > wanted[path]:
            return Finding(
                f"Ask for {path} once more only where it failed.", f"The service was asked for it {asked[path]} times."
            )
    return None


@expectation("A request that fails is asked again")
def _asks_again(evidence: Evidence) -> Found:
    """Explain a run that raised because the first request failed, as it does in the check."""
    asked = Counter(entry.path for entry in evidence.journals.get("weather", ()))
    error = evidence.exception
    if error is None or asked[NEIGHBOURS] != 1 or asked[WEATHERS[0]]:
        return None
    return Finding(
        "Ask once more where a request fails, as `fetch_or_retry` does.",
        f"The first answer was a failure on purpose, and your function ended with {error.leaves()[0].type}.",
    )


@expectation("Both cities are asked about at the same time")
def _together(evidence: Evidence) -> Found:
    entries = {entry.path: entry for entry in evidence.journals["weather"]}
    if not entries.keys() >= set(WEATHERS):
        return NOT_ASKED
    first, second = sorted((entries[path] for path in WEATHERS), key=lambda entry: entry.arrived_ns)
    if second.arrived_ns < (first.last_byte_ns or second.arrived_ns + 1):
        return None
    return Finding(
        "Start both requests for weather before you await one of them.",
        "The second was asked for when the first had been answered.",
        "The callbacks start both in one go. An `await` waits until its answer is there.",
        ONE_OF_MANY,
    )


@expectation("One row is saved: the weather of both, in order")
def _saves(evidence: Evidence) -> Found:
    saved = evidence.notes["saved"]
    if len(saved) != 1:
        return Finding("Call `store.save` once, with both answers in a list.", f"It was called {len(saved)} times.")
    row = saved[0]
    got = [one.get("city") if isinstance(one, dict) else one for one in row] if isinstance(row, (list, tuple)) else row
    if got == list(NEAREST):
        return None
    if isinstance(got, list) and sorted(map(str, got)) == sorted(NEAREST):
        return Finding("Save the nearest city first.", "The rows came in the order in which the answers arrived.")
    return Finding("Save a list of the two answers.", f"What was saved is {shown(got)}.")


@expectation("An error reaches the caller")
def _tells(evidence: Evidence) -> Found:
    asked = [entry.path for entry in evidence.trials["one fails"].journals["broken"]].count(WEATHERS[0])
    if asked > 2:
        return Finding("Ask a second time, not more often.", f"It asked {asked} times for one page.")
    for trial, what in (("one fails", "one weather failed twice"), ("cannot save", "the store could not save")):
        if evidence.trials[trial].notes["ended"] == "returned":
            return Finding(
                "Let the error out when the second try has failed, too.",
                f"When {what}, your function returned as if all were well.",
                "Who calls it must learn of it. `finally` and `with` clean up without keeping an error.",
                CLOSED,
            )
    return None


@expectation("The store is closed on every way out")
def _closes(evidence: Evidence) -> Found:
    ways = {
        "all went well": evidence,
        "one request failed twice": evidence.trials["one fails"],
        "`store.save` raised": evidence.trials["cannot save"],
        "it was cancelled": evidence.trials["cancelled"],
    }
    left = [way for way, one in ways.items() if one.notes["open"]]
    if not left:
        return None
    if left == ["it was cancelled"]:
        return Finding(
            "Close the store in a `finally`, or use `with`: `except Exception` does not see a cancel.",
            "The store was left open when it was cancelled.",
            "CancelledError is no Exception, but a BaseException, so that nobody catches it by mistake.",
            CLOSED,
        )
    return Finding(
        "Close the store on every way out: `with closing(store):` does it.",
        f"It was left open when {left[0]}{f', and in {len(left) - 1} more of 4 cases' if left[1:] else ''}.",
        section=CLOSED,
    )


@expectation("When one request fails, the other does not go on")
def _ends_the_other(evidence: Evidence) -> Found:
    running = evidence.trials["one fails"].notes["still_running"]
    if not running:
        return None
    return Finding(
        "Start both in a TaskGroup: it cancels the other when one fails.",
        "Your function had ended with an error, and a request of its own still went on.",
        "`gather` passes the first error on and lets the others run. Nobody waits for them any more.",
        ONE_OF_MANY,
    )


EXERCISE = Exercise(
    number="2.2",
    title="From callbacks to a coroutine",
    reference=guide,
    run=_run,
    trials={"one fails": _one_fails, "cannot save": _cannot_save, "cancelled": _cancelled},
    services={
        "weather": {"latency_s": Uniform(0.05, 0.3), "failure_rate": 0.3, "seed": 305},  # the first request fails
        "broken": {"latency_s": Uniform(0.05, 0.5), "failure_rate": 0.5, "seed": 399},  # Gothenburg's weather, twice
        "sound": {"latency_s": 0.05},
    },
    expectations=(_same_journal, _together, _saves, _tells, _closes, _ends_the_other),
    hints=(
        "Write it as if nothing could fail: three lines, top to bottom, with `fetch_or_retry` for each request.",
        "Two requests start together in a `TaskGroup`, and `task.result()` has each answer after it.",
        "Put all of it into `with closing(store):`. Whichever way it ends, the store is closed.",
    ),
    why="The steps stand in their order, the group ends both requests together, and `with` closes on every way out.",
    section=SECTION,
    explains=(_asks_again,),
    deadline_s=6.0,
)
