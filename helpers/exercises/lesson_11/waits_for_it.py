"""11.1: a test that waits for an event, and not for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_11._shared import WAITS
from helpers.exercises.mutants import BROKEN, Mutant, all_ended, as_note, catches

PAGE = {"name": "Oslo"}
QUICK_S, SLOW_S = 0.001, 0.6
LONGEST_S = 0.45  # of a test with a quick cache: one that sleeps long enough for the slow one takes longer
LIMIT_S = 5.5  # more than the 5 s that the page itself takes for a limit


async def test_fetches(make_cache: Callable[[], Any]) -> None:
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched.wait(), timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


class Cache:
    """What the test gets: it fetches in the background, in its own time.

    Args:
        after_s: how long a page takes; None: it never comes.
        pages: what is there then.
    """

    def __init__(self, after_s: float | None, pages: dict[str, Any]) -> None:
        self.pages: dict[str, Any] = {}
        self.fetched = asyncio.Event()
        self._after_s = after_s
        self._come = pages

    def want(self, city: str) -> None:
        self.task = asyncio.create_task(self._fetch(city))

    async def _fetch(self, city: str) -> None:
        if self._after_s is None:
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(self._after_s)
        self.pages |= {city if name == "" else name: page for name, page in self._come.items()}
        self.fetched.set()


def _making(after_s: float | None, pages: dict[str, Any]) -> Callable[[], Cache]:
    return lambda: Cache(after_s, pages)


MUTANTS = (
    Mutant(
        "other page",
        _making(QUICK_S, {"": {"name": "Lima"}}),
        "keeps the page of another city",
        "Look at what was fetched: `assert cache.pages == …`.",
    ),
    Mutant(
        "no page",
        _making(QUICK_S, {}),
        "says that it has fetched, and keeps no page",
        "Look at what was fetched: `assert cache.pages == …`.",
    ),
    Mutant("never", _making(None, {}), "never fetches", "Let your test fail if the page never comes."),
)


async def _quick(answer: Answer, bench: Bench) -> None:
    await _timed(answer, bench, QUICK_S)


async def _slow(answer: Answer, bench: Bench) -> None:
    """Run it with a cache that takes long; what a test raises here is told by the note, and does not end the run."""
    await _timed(answer, bench, SLOW_S)


async def _timed(answer: Answer, bench: Bench, after_s: float) -> None:
    loop = asyncio.get_running_loop()
    bench.note("program", f"whose page came after {after_s * 1000:.0f} ms")
    began = loop.time()
    bench.note("returned", as_note(await answer(_making(after_s, {"": PAGE}))))
    bench.note("took_s", loop.time() - began)


async def _broken(answer: Answer, bench: Bench) -> None:
    tests = {one.name: (lambda make=one.program: answer(make)) for one in MUTANTS}
    bench.note(BROKEN, await all_ended(tests, limit_s=LIMIT_S))


@expectation("It waits as long as it takes")
def _long_enough(evidence: Evidence) -> Found:
    """Explain a run that raised, when the page was quick or slow."""
    for one in (evidence, evidence.trials.get("slow")):
        if one is None or one.outcome != "raised" or one.exception is None:
            continue
        error = one.exception
        seen = f"With a cache {one.notes.get('program', '')}, which is right, your test failed: {error.type}."
        if error.is_a("TypeError") and "await" in error.message:
            return Finding(
                "Fill in what can be awaited: a call of one of the methods of `cache.fetched`.",
                f"What you filled in can't be awaited: {error.message}.",
                "An event isn't awaitable. One of its methods makes a coroutine that ends when the event is set. "
                "`wait_for` awaits it for you.",
                WAITS,
            )
        if error.is_a("TimeoutError"):
            return Finding(
                "Wait for `cache.fetched`, with a limit that leaves the page time to come.",
                seen,
                "The limit came first. Here 1 s is enough; a sleep that is longer than its limit never ends.",
                WAITS,
            )
        if error.is_a("AssertionError"):
            return Finding(
                "Wait for `cache.fetched`, and not for a time.",
                seen,
                "However long you sleep, one day it takes longer.",
                WAITS,
            )
    return NOT_ASKED


@expectation("It waits no longer than it takes")
def _no_longer(evidence: Evidence) -> Found:
    took_s = evidence.notes["took_s"]
    if took_s < LONGEST_S:
        return None
    return Finding(
        "Wait until the page is there, and no longer.",
        f"The page came after 1 ms, and your test took {took_s * 1000:.0f} ms.",
        "A sleep that is long enough on a bad day is too long on all the others.",
        WAITS,
    )


@expectation("A cache that is right passes, whether quick or slow")
def _passes(evidence: Evidence) -> Found:
    return None if evidence.outcome == evidence.trials["slow"].outcome == "returned" else NOT_ASKED


EXERCISE = Exercise(
    number="11.1",
    title="As long as it takes",
    reference=test_fetches,
    run=_quick,
    trials={"slow": _slow, BROKEN: _broken},
    expectations=(_passes, _no_longer, catches(MUTANTS, "Each of three broken caches is caught", limit_s=LIMIT_S)),
    hints=(
        "`cache.fetched` is an `asyncio.Event`. Which of its methods ends when it is set?",
        "`asyncio.wait_for` takes what you would await: a call, with its parentheses.",
    ),
    why="The test goes on as soon as the event is set; the limit matters only if it never is.",
    section=WAITS,
    explains=(_long_enough,),
    own=frozenset({"tasks", "errors"}),
)
