"""2.2: from callbacks to a coroutine, with the same requests and nothing left open."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from helpers.exercises._words import times
from helpers.exercises.bench import Bench
from helpers.exercises.ending import ended
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import CANCEL, ONE_OF_MANY, Plan, as_asked, fetch_or_retry
from helpers.services import Entry

if TYPE_CHECKING:
    import aiohttp

NEIGHBOURS = "/cities/oslo/neighbours"
OF_LIMA = {NEIGHBOURS: "/cities/lima/neighbours"}  # another answer to the same question
OSLO, LIMA = ("gothenburg", "bergen"), ("cusco", "quito")
QUICK_S, SLOW_S = 0.03, 0.2


async def guide(session: aiohttp.ClientSession, store: Any) -> None:
    # What this does not survive: a cancel that comes before the first line has run. Then none of it runs, and the store
    # stays open. Whoever opens a store closes it most safely: here the exercise has it otherwise, as in callbacks.
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
        self.tried = False

    def save(self, row: Any) -> None:
        self.tried = True
        if self._full:
            raise OSError("disk full")
        if not self.open:
            raise ValueError("this store is closed")
        self.saved.append(row)

    def close(self) -> None:
        self.open = False


def _weather(city: str) -> str:
    return f"/cities/{city}/weather"


async def _first_request_fails_once(answer: Answer, bench: Bench) -> None:
    await _well(answer, bench, "weather", Plan(fails={NEIGHBOURS: 1}, slow={_weather(OSLO[0]): SLOW_S}))


async def _last_request_fails_once(answer: Answer, bench: Bench) -> None:
    plan = Plan(fails={_weather(LIMA[1]): 1}, slow={_weather(LIMA[0]): 2 * SLOW_S}, instead=OF_LIMA)
    await _well(answer, bench, "last fails once", plan)


async def _no_page(answer: Answer, bench: Bench) -> None:
    await _with_trouble(answer, bench, "no page", Plan(fails={NEIGHBOURS: 9}), Store())


async def _no_weather(answer: Answer, bench: Bench) -> None:
    plan = Plan(fails={_weather(OSLO[0]): 9}, slow={_weather(OSLO[1]): 2 * SLOW_S})
    await _with_trouble(answer, bench, "no weather", plan, Store())


async def _cannot_save(answer: Answer, bench: Bench) -> None:
    await _with_trouble(answer, bench, "cannot save", Plan(instead=OF_LIMA), Store(full=True))


async def _cancelled_early(answer: Answer, bench: Bench) -> None:
    await _cancelled_at(1, answer, bench)


async def _cancelled_late(answer: Answer, bench: Bench) -> None:
    await _cancelled_at(3, answer, bench)


async def _well(answer: Answer, bench: Bench, service: str, plan: Plan) -> None:
    store = Store()
    try:
        async with bench.session(service, middlewares=[plan]) as session:
            await answer(session, store)
    finally:
        _note(bench, store)


async def _with_trouble(answer: Answer, bench: Bench, service: str, plan: Plan, store: Store) -> None:
    async with bench.session(service, middlewares=[plan]) as session:
        before = asyncio.all_tasks()
        bench.note("ended", await ended(answer(session, store)))
        await _look(bench, store, before)


async def _cancelled_at(request: int, answer: Answer, bench: Bench) -> None:
    """Cancel the answer while it waits for this many requests' answers."""
    import aiohttp

    begun, store, asked = asyncio.Event(), Store(), 0

    async def began(*_: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == request:
            begun.set()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(began)
    plan = Plan(slow={_weather(city): SLOW_S for city in OSLO})
    async with bench.session("cancelled", trace_configs=[tracing], middlewares=[plan]) as session:
        before = asyncio.all_tasks()
        task = asyncio.ensure_future(answer(session, store))
        waiting = asyncio.ensure_future(begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(QUICK_S / 3)
        waiting.cancel()
        task.cancel()
        bench.note("ended", await ended(task))
        await _look(bench, store, before)


async def _look(bench: Bench, store: Store, before: set[asyncio.Task[Any]]) -> None:
    _note(bench, store)
    await bench.settle()
    left = asyncio.all_tasks() - before
    bench.note("still_running", len(left))
    if left:  # they are told of here, and not again as what was left behind
        await asyncio.wait(left)
        for task in left:
            _ = task.cancelled() or task.exception()


def _note(bench: Bench, store: Store) -> None:
    bench.note("saved", store.saved)
    bench.note("open", store.open)
    bench.note("tried", store.tried)


def _run(evidence: Evidence, trial: str) -> Evidence:
    return evidence.trials.get(trial, evidence)


def _entries(evidence: Evidence, trial: str) -> list[tuple[str, Entry]]:
    """What was asked for in a run, by the path that the answer wrote. A request that is aborted at the end of one run
    is seen in the next: so each has a service of its own."""
    again = {there: here for here, there in OF_LIMA.items()}
    found = [(as_asked(entry.path), entry) for entry in _run(evidence, trial).journals[trial]]
    return [(again.get(path, path), entry) for path, entry in found]


def _asked(evidence: Evidence, trial: str) -> Counter[str]:
    return Counter(path for path, _ in _entries(evidence, trial))


def _wanted(cities: Sequence[str], **again: int) -> Counter[str]:
    return Counter({NEIGHBOURS: 1 + again.get("page", 0)}) + Counter(
        {_weather(city): 1 + again.get(f"weather_{place}", 0) for place, city in enumerate(cities)}
    )


@expectation("The same requests as the callbacks make")
def _same_requests(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    if isinstance(_in_time.find(evidence), Finding):
        return NOT_ASKED
    runs = {
        "weather": ("the first request failed once", _wanted(OSLO, page=1)),
        "last fails once": ("one weather failed once", _wanted(LIMA, weather_1=1)),
        "no weather": ("one weather failed twice", _wanted(OSLO, weather_0=1)),
        "no page": ("the neighbours failed twice", _wanted((), page=1)),
        "cannot save": ("the store could not save", _wanted(LIMA)),
    }
    for trial, (what, wanted) in runs.items():
        if (finding := _compared(_asked(evidence, trial), wanted, what)) is not None:
            return finding
    return None


def _compared(asked: Counter[str], wanted: Counter[str], what: str) -> Finding | None:
    if other := [path for path in asked if path not in wanted]:
        return Finding(
            "Ask for what the callbacks ask for, and nothing else.",
            f"When {what}, the service was asked for {other[0]}.",
        )
    for path in wanted:
        seen = f"When {what}, the service was asked for {path} {times(asked[path])}, not {times(wanted[path])}."
        if asked[path] < wanted[path]:
            again = wanted[path] > 1
            return Finding("Ask once more where a request fails." if again else f"Ask for {path}.", seen)
        if asked[path] > wanted[path]:
            return Finding("Ask once more only for what failed, and not more often than twice.", seen)
    return None


@expectation("A request that fails is asked again")
def _asks_again(evidence: Evidence) -> Found:
    """Explain a run that raised because a request failed once, as it does in the check."""
    for trial, path in (("weather", NEIGHBOURS), ("last fails once", _weather(LIMA[1]))):
        error = _run(evidence, trial).exception
        if error is None or not any(leaf.is_a("ClientResponseError") for leaf in error.leaves()):
            continue
        if _asked(evidence, trial)[path] == 1:
            return Finding(
                "Ask once more where a request fails.",
                f"The answer for {path} was a failure, once and on purpose, and your function gave up.",
            )
    return NOT_ASKED


@expectation("Each request begins as soon as it can, and not before")
def _in_time(evidence: Evidence) -> Found:
    for trial, cities in (("weather", OSLO), ("last fails once", LIMA)):
        entries = _entries(evidence, trial)
        answers = [entry.last_byte_ns or 0 for path, entry in entries if path == NEIGHBOURS and entry.outcome == "ok"]
        firsts = dict(reversed(entries))
        there = [entry for path, entry in firsts.items() if path in map(_weather, {*OSLO, *LIMA})]
        if not answers or len(there) < len(cities):
            return NOT_ASKED
        ended_ns = min(answers)
        if early := [entry for entry in there if entry.arrived_ns < ended_ns]:
            return Finding(
                "Take the two cities from the answer about the neighbours.",
                f"{as_asked(early[0].path)} was asked for before that answer was there.",
            )
        first, second = sorted(there, key=lambda entry: entry.arrived_ns)[:2]
        if second.arrived_ns >= (first.last_byte_ns or second.arrived_ns + 1):
            return Finding(
                "Start both requests for weather before you await one of them.",
                "The second was asked for when the first had been answered.",
                "The callbacks start both in one go. An `await` waits until its answer is there.",
                ONE_OF_MANY,
            )
    return _asks_again_at_once(evidence)


def _asks_again_at_once(evidence: Evidence) -> Found:
    if _asked(evidence, "last fails once") != _wanted(LIMA, weather_1=1):
        return None  # told by others
    entries = _entries(evidence, "last fails once")
    again = [entry for path, entry in entries if path == _weather(LIMA[1])][1:]
    slow = [entry for path, entry in entries if path == _weather(LIMA[0])]
    if again[0].arrived_ns < (slow[0].last_byte_ns or again[0].arrived_ns + 1):
        return None
    return Finding(
        "Ask a second time as soon as a request has failed.",
        f"{_weather(LIMA[1])} failed at once, and was asked for again when {_weather(LIMA[0])} had been answered, too.",
        "`gather` and a TaskGroup wait for all. So the second try belongs into what they run: `fetch_or_retry`.",
        ONE_OF_MANY,
    )


@expectation("One row is saved: the weather of both, the nearest first")
def _saves(evidence: Evidence) -> Found:
    for trial, cities in (("weather", OSLO), ("last fails once", LIMA)):
        saved = _run(evidence, trial).notes["saved"]
        if not _asked(evidence, trial):
            return NOT_ASKED
        if len(saved) != 1:
            return Finding("Call `store.save` once, with both answers in a list.", f"It was called {len(saved)} times.")
        row = saved[0]
        several = isinstance(row, (list, tuple))
        got = [each.get("city") if isinstance(each, dict) else each for each in row] if several else row
        if got == list(cities):
            continue
        if isinstance(got, list) and sorted(map(str, got)) == sorted(cities):
            return Finding(
                "Save the nearest city first.",
                f"What was saved is the weather of {got[0]}, then of {got[1]}. The nearest is {cities[0]}.",
                "Tasks in a list keep their order, whichever ends first.",
            )
        return Finding("Save a list of the two answers.", f"What was saved is {shown(got)}.")
    return None


TROUBLE = {"no page": "the neighbours failed twice", "no weather": "one weather failed twice"}
ERRORS = {**TROUBLE, "cannot save": "`store.save` raised"}
CANCELS = {"cancelled early": "it was cancelled", "cancelled late": "it was cancelled"}


def _came_to(evidence: Evidence) -> bool:
    """Whether every trouble met the answer: what fails was asked for, and something was to be saved."""
    no_page, no_weather = (_asked(evidence, trial) for trial in TROUBLE)
    return bool(no_page[NEIGHBOURS] and no_weather[_weather(OSLO[0])] and evidence.trials["cannot save"].notes["tried"])


@expectation("An error, or a cancel, reaches the caller")
def _tells(evidence: Evidence) -> Found:
    if not _came_to(evidence):
        return NOT_ASKED
    for trial, what in {**ERRORS, **CANCELS}.items():
        got = evidence.trials[trial].notes["ended"]
        if got == "returned":
            return Finding(
                "Let the error out. Cleaning up does not need to catch it.",
                f"When {what}, your function returned as if all were well.",
                "Its caller must learn of it. `finally` and `with` clean up without keeping an error.",
                CANCEL,
            )
        own = ("OSError",) if trial == "cannot save" else ("ClientResponseError", "ContentTypeError")
        if trial not in CANCELS and not any(name in got for name in own):
            return Finding(
                "Let the error out as it is.",
                f"When {what}, what came out was {got}.",
                "Its caller looks for the error that there was. `finally` and `with` clean up without another one.",
                CANCEL,
            )
        if trial in CANCELS and got != "CancelledError":
            return Finding("Let the cancel out as it is.", f"When {what}, what came out was {got}.", section=CANCEL)
    return None


@expectation("The store is closed on every way out")
def _closes(evidence: Evidence) -> Found:
    if not _came_to(evidence):
        return NOT_ASKED
    ways = {"all went well": evidence.notes["open"]}
    for trial, what in {**ERRORS, **CANCELS}.items():
        ways[what] = ways.get(what, False) or evidence.trials[trial].notes["open"]
    left = [what for what, is_open in ways.items() if is_open]
    if not left:
        return None
    seen = (
        f"It was left open when {left[0]}{f', and in {len(left) - 1} more of {len(ways)} cases' if left[1:] else ''}."
    )
    if left == ["it was cancelled"]:
        return Finding(
            "Close the store when a cancel comes, too.",
            seen,
            "CancelledError is not an Exception, but a BaseException: `except Exception` does not see it.",
            CANCEL,
        )
    return Finding("Close the store on every way out.", seen, section=CANCEL)


@expectation("No request goes on when the function has ended")
def _ends_the_other(evidence: Evidence) -> Found:
    if not _came_to(evidence):
        return NOT_ASKED
    for trial, what in {**TROUBLE, **CANCELS}.items():
        if evidence.trials[trial].notes["still_running"]:
            return Finding(
                "End the other request, too, before your function ends.",
                f"When {what}, your function had ended, and a request of its own still went on.",
                "A cancel reaches only what your function awaits just then. A TaskGroup hands it to all its tasks."
                if trial in CANCELS
                else "Neither `gather` nor the `await` of one task ends the other tasks when it raises an error.",
                ONE_OF_MANY,
            )
    return None


EXERCISE = Exercise(
    number="2.2",
    title="From callbacks to a coroutine",
    reference=guide,
    run=_first_request_fails_once,
    trials={
        "last fails once": _last_request_fails_once,
        "no page": _no_page,
        "no weather": _no_weather,
        "cannot save": _cannot_save,
        "cancelled early": _cancelled_early,
        "cancelled late": _cancelled_late,
    },
    services={
        name: {"latency_s": QUICK_S}
        for name in ("weather", "last fails once", "no page", "no weather", "cannot save", "cancelled")
    },
    expectations=(_in_time, _same_requests, _saves, _tells, _closes, _ends_the_other),
    hints=(
        "Write it as if nothing could fail: three steps, top to bottom, with `fetch_or_retry` for each request.",
        "Start both requests for weather in a `TaskGroup`, and read each `task.result()` after its block.",
        "Put all of it into `with closing(store):`. Whichever way it ends, the store is closed.",
    ),
    why="The steps stand in their order, the group ends both requests together, and `with` closes on every way out.",
    section="exercise-2-2",
    explains=(_asks_again,),
    deadline_s=5.0,
)
