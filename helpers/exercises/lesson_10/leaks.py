"""10.4: which tasks are more after each use."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_10._shared import LEAK, end, last_part

SOON_S = 0.03  # what ends so soon is no leak
FOR_EVER_S = 60.0


async def leaks(use: Callable[[], Awaitable[Any]]) -> dict[str, int]:
    rounds, settle_s = 3, 0.1

    def count() -> Counter[str]:
        return Counter(getattr(task.get_coro(), "__name__", "?") for task in asyncio.all_tasks())

    await use()  # what is started only once is there from now on
    await asyncio.sleep(settle_s)
    before = count()
    for _ in range(rounds):
        await use()
    await asyncio.sleep(settle_s)
    # What this does not find: a leak that comes now and then. It would need more rounds.
    return {name: more // rounds for name, more in (count() - before).items() if more >= rounds}


async def keep_alive() -> None:
    await asyncio.sleep(FOR_EVER_S)


async def listen() -> None:
    await asyncio.get_running_loop().create_future()


async def refresh() -> None:
    await asyncio.sleep(FOR_EVER_S)


async def say_goodbye() -> None:
    await asyncio.sleep(SOON_S)


async def pool_worker() -> None:
    await asyncio.Event().wait()


class Client:
    """A client whose every use leaves tasks behind: some for good, some for a moment, some only the first time."""

    def __init__(self, *, leaves: dict[Any, int], goodbyes: int = 1, pool: int = 0) -> None:
        self._leaves = leaves
        self._goodbyes = goodbyes
        self._pool = pool
        self.uses = 0
        self.most_at_once = self._at_once = 0
        self.tasks: list[asyncio.Task[Any]] = []

    async def use(self) -> str:
        self.uses += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        if self.uses == 1:
            self._start(pool_worker, self._pool)
        await asyncio.sleep(0.01)
        for function, number in self._leaves.items():
            self._start(function, number)
        self._start(say_goodbye, self._goodbyes)
        self._at_once -= 1
        return "an answer"

    def _start(self, function: Any, number: int) -> None:
        self.tasks += [asyncio.create_task(function()) for _ in range(number)]


def _run(**what: Any) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        client = Client(**what)
        kept = asyncio.create_task(keep_alive(), name="is older than the client")
        await asyncio.sleep(0)
        try:
            return await answer(client.use)
        finally:
            bench.note("cancelled", sum(task.cancelled() or task.cancelling() > 0 for task in [kept, *client.tasks]))
            bench.note("uses", client.uses)
            bench.note("at_once", client.most_at_once)
            await end([kept, *client.tasks])

    return run


WANTED: dict[str, dict[str, int]] = {
    "": {"keep_alive": 1},
    "two of them": {"refresh": 2, "listen": 1},
    "none": {},
}


def _named(result: Any) -> Any:
    return {last_part(name): number for name, number in result.items()} if isinstance(result, dict) else result


@expectation("It uses the client several times, one use after another")
def _uses(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    runs = (evidence, *evidence.trials.values())
    if (least := min(one.notes["uses"] for one in runs)) < 2:
        return Finding(
            "Use it several times: one use can't tell a leak from what is kept on purpose.",
            f"`use` was {'called once' if least else 'never called'}.",
            section=LEAK,
        )
    if any(one.notes["at_once"] > 1 for one in runs):
        return Finding("Await each use before the next one.", "Several uses ran together.")
    return None


@expectation("It finds the functions whose tasks pile up")
def _finds(evidence: Evidence) -> Found:
    if isinstance(_uses.find(evidence), Finding):
        return NOT_ASKED
    for trial, wanted in WANTED.items():
        result = evidence.trials.get(trial, evidence).result
        if not isinstance(result, dict):
            return Finding("Return a dictionary.", f"It returned {shown(result)}.")
        got = _named(result)
        if missing := [name for name in wanted if name not in got]:
            return Finding(
                "Count the tasks that have not ended by the name of their function: `task.get_coro().__name__`.",
                f"Each use leaves {wanted[missing[0]]} × `{missing[0]}`, and you have {shown(result)}.",
                section=LEAK,
            )
    return None


@expectation("Nothing else: not what is kept, not what is about to end")
def _nothing_else(evidence: Evidence) -> Found:
    if _finds.find(evidence) is not None:
        return NOT_ASKED
    for trial, wanted in WANTED.items():
        result = evidence.trials.get(trial, evidence).result
        got = _named(result)
        if "pool_worker" in got:
            return Finding(
                "Begin to count after a first use: what that one starts and keeps isn't a leak.",
                f"`pool_worker` is started with the first use, never again, and you have {shown(result)}.",
                section=LEAK,
            )
        if "say_goodbye" in got:
            return Finding(
                "Before you count, wait a moment for the tasks that are about to end.",
                f"`say_goodbye` ends by itself after {SOON_S * 1000:.0f} ms, and you have {shown(result)}.",
                section=LEAK,
            )
        if more := [name for name in got if name not in wanted]:
            return Finding(
                "Return only what has grown.",
                f"No use leaves one more of {more[0]!r}, and you have {shown(result)}.",
                section=LEAK,
            )
    return None


@expectation("How many more there are after each use")
def _counts(evidence: Evidence) -> Found:
    if _nothing_else.find(evidence) is not None:
        return NOT_ASKED
    for trial, wanted in WANTED.items():
        got = _named(evidence.trials.get(trial, evidence).result)
        if wrong := [name for name in wanted if got[name] != wanted[name]]:
            name = wrong[0]
            return Finding(
                "Divide the growth by the number of uses.",
                f"Each use leaves {wanted[name]} × `{name}`, and you have {shown(got[name])}.",
                section=LEAK,
            )
    return None


@expectation("It only looks at the tasks")
def _only_looks(evidence: Evidence) -> Found:
    if never_ran(evidence) is not None:
        return NOT_ASKED
    cancelled = max(one.notes["cancelled"] for one in (evidence, *evidence.trials.values()))
    if not cancelled:
        return None
    return Finding(
        "Leave the tasks alone: in a program that runs you don't know who needs them.",
        f"When your function ended, {cancelled} of the tasks that it had found were cancelled.",
    )


EXERCISE = Exercise(
    number="10.4",
    title="Find the leak",
    reference=leaks,
    run=_run(leaves={keep_alive: 1}),
    trials={
        "two of them": _run(leaves={refresh: 2, listen: 1}, pool=3),
        "none": _run(leaves={}, goodbyes=3, pool=5),
    },
    expectations=(_uses, _finds, _nothing_else, _counts, _only_looks),
    hints=(
        "`Counter(task.get_coro().__name__ for task in asyncio.all_tasks())` counts tasks by their function.",
        "Use it once, wait a moment, count; use it some more times, wait a moment, count again.",
        "`after - before` of two Counters keeps what has grown. Divide that by the number of uses in between.",
    ),
    why="What is started once is there at the first count, what ends soon is gone at the second; the rest piles up.",
    section=LEAK,
    own=frozenset({"tasks"}),
    deadline_s=5.0,
)
