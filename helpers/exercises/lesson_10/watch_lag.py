"""10.1: how late the event loop is, told again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import FIRST, Answer, Exercise, Run, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_10._shared import LAG

BLOCKS_S = 0.4
LONGEST_S = 10.0  # no lag is as long: the check would have ended before
CLOCK_S = 50.0  # what is always more is no lag in milliseconds either
SINCE_1970_S = 1e8  # no loop's clock is so far on: it counts from the start of the machine
LATE_S = 0.2  # only the step that blocks makes it as late
EARLY_S = 0.02  # a timer of Windows may fire so much too early


async def watch_lag(interval_s: float, report: Callable[[float], Any]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(loop.time() - due)


def _run(interval_s: float, quiet_s: float, blocks_s: float) -> Run:
    """Make a run: some quiet, one step that blocks the loop, some quiet."""

    async def run(answer: Answer, bench: Bench) -> None:
        reported: list[Any] = []
        watching = asyncio.ensure_future(answer(interval_s, reported.append))
        await asyncio.sleep(quiet_s)
        if blocks_s:
            time.sleep(blocks_s)  # noqa: ASYNC251 - this is what the answer is to notice
        bench.note("by_then", len(reported))
        await asyncio.sleep(quiet_s)
        bench.note("ended", watching.done())
        if watching.done():
            await watching  # raises what ended it
        watching.cancel()
        await asyncio.wait([watching], timeout=0.5)
        bench.note("reported", reported)

    return run


# The interval, for how long nothing blocks, and for how long one step then does. The long interval is longer than the
# lag of a busy machine, so that one taken for the other shows.
QUIET = "long interval"
RUNS = {
    FIRST: (0.05, 0.3, BLOCKS_S),
    QUIET: (0.4, 0.9, 0.0),
    "quick": (0.02, 0.2, 0.25),
}


def _runs(evidence: Evidence) -> list[tuple[float, float, list[Any]]]:
    runs = {FIRST: evidence, **evidence.trials}
    return [(interval, blocks, runs[name].notes["reported"]) for name, (interval, _, blocks) in RUNS.items()]


def _numbers(reported: list[Any]) -> bool:
    return all(isinstance(lag, (int, float)) and not isinstance(lag, bool) for lag in reported)


@expectation("It reports again and again, until it is cancelled")
def _goes_on(evidence: Evidence) -> Found:
    for one in (evidence, *evidence.trials.values()):
        if one.notes["ended"]:
            return Finding("Go on until you are cancelled.", "Your function returned while the program still ran.")
    for _, _, reported in _runs(evidence):
        if not _numbers(reported):
            return Finding("Report a number of seconds.", f"`report` got {shown(reported[0])}.")
    if any(len(reported) < 2 for _, _, reported in _runs(evidence)):
        return Finding("Report after every interval.", f"In one run, `report` was {_times(evidence)}.")
    return None


def _times(evidence: Evidence) -> str:
    least = min(len(reported) for _, _, reported in _runs(evidence))
    return "called once" if least == 1 else "never called"


@expectation("The lag is near 0 while nothing blocks the loop")
def _is_small(evidence: Evidence) -> Found:
    if isinstance(_goes_on.find(evidence), Finding):
        return NOT_ASKED
    blocked: list[Any] = evidence.notes["reported"]
    # The other way round, the lag of the step that blocks is negative as well, and the longest of all.
    if max(_quiet(evidence)) < -EARLY_S and max(blocked) > EARLY_S:
        return Finding(
            "Leave the interval out: `due` has it in it already.",
            f"In a program that blocked nothing, the largest lag was {max(_quiet(evidence)):.3f} s.",
            section=LAG,
            trial=QUIET,
        )
    for interval_s, _, reported in _runs(evidence):
        least = min(reported)
        if least < -EARLY_S:
            return Finding(
                "Subtract `due` from the time now, not the other way round.",
                f"`report` got {least:.3f}: a negative lag.",
                section=LAG,
            )
        if least > SINCE_1970_S:
            return Finding(
                "Use the clock that `due` was read from: `loop.time()`.",
                f"`report` got {least:,.0f}.",
                "`time.time()` counts from 1970, and the clock of the loop does not.",
            )
        if least > CLOCK_S:
            return Finding(
                "Report how late it is, not what time it is.",
                f"`report` got {least:,.0f}.",
                "`due` and `loop.time()` are two times on one clock. The lag is what lies between them.",
            )
        if max(reported) > LONGEST_S:
            return Finding(
                "Report seconds.", f"In a run of a second or two, you reported a lag of {max(reported):.0f}."
            )
        if least >= interval_s * 0.9 and interval_s > 0.1:
            return Finding(
                "Leave the interval out: only what comes on top of it is lag.",
                f"With an interval of {interval_s:g} s, the smallest lag was {least:.3f} s, in a program that blocked "
                "nothing.",
                "A task that sleeps 0.4 s and wakes after 0.4 s is on time.",
                LAG,
            )
    return None


def _quiet(evidence: Evidence) -> list[Any]:
    reported: list[Any] = evidence.trials[QUIET].notes["reported"]
    return reported


@expectation("The step that blocks is in the lag")
def _is_seen(evidence: Evidence) -> Found:
    if _is_small.find(evidence) is not None:
        return NOT_ASKED
    for interval_s, blocks_s, reported in _runs(evidence):
        least_s = blocks_s - interval_s - EARLY_S  # it may have begun just before the time was due, or an interval ago
        if blocks_s and max(reported) < least_s:
            return Finding(
                "Look at the clock *after* the sleep: how much later is it than `due`?",
                f"One step blocked the loop for {blocks_s:g} s, and the largest lag was {max(reported):.3f} s.",
                "A sleep ends when its time is over *and* the loop gets to it: what was ready before runs first.",
                LAG,
            )
    return None


@expectation("Afterwards it is near 0 again")
def _is_over(evidence: Evidence) -> Found:
    if _is_seen.find(evidence) is not None:
        return NOT_ASKED
    for one in (evidence, *evidence.trials.values()):
        reported, by_then = one.notes["reported"], one.notes["by_then"]
        most, after = max(reported), reported[by_then + 1 :]  # the first one after the step has it in it
        if len(after) > 1 and most > LATE_S and min(after) > most / 2:
            return Finding(
                "Report each lag by itself: how late it is *this* time.",
                f"After the step that blocked the loop for {BLOCKS_S:g} s, no lag was below {min(after):.3f} s.",
                "`due` is the end of one sleep. Each sleep needs a new one.",
                LAG,
            )
    return None


EXERCISE = Exercise(
    number="10.1",
    title="The lag",
    reference=watch_lag,
    run=_run(*RUNS[FIRST]),
    trials={name: _run(*how) for name, how in RUNS.items() if name != FIRST},
    expectations=(_goes_on, _is_small, _is_seen, _is_over),
    hints=(
        "`due` is the time at which the sleep should end. `loop.time()` is the time now.",
        "If the loop was busy, the sleep ends later than `due`. By how much?",
    ),
    why="Whatever kept the loop busy when the sleep was over is in the difference between now and `due`.",
    section=LAG,
    own=frozenset({"blocking", "tasks", "errors"}),
    deadline_s=6.0,
)
