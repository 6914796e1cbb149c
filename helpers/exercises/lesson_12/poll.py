"""12.4: a source that fails is asked again, later and later, and at times that nobody else has."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._shared import POLL
from helpers.exercises.lesson_12._source import (
    BUG,
    BUGS,
    CANCELLED,
    EVERY_S,
    FIRST,
    FIRSTS,
    HANGS,
    KINDS,
    LONG,
    LONGEST_S,
    OUTAGE,
    PATIENCE_S,
    SCRIPT,
    bugs,
    cancelled,
    pauses,
    run,
)

if TYPE_CHECKING:
    import aiohttp


async def poll(
    session: aiohttp.ClientSession,
    keep: Callable[[float], Awaitable[None]],
    pause: Callable[[float], Awaitable[None]],
    health: dict[str, Any],
) -> None:
    import aiohttp

    # Whatever a body can be: not JSON, JSON of another shape, lists in lists in lists, a number of 400 digits.
    no_number = (ValueError, LookupError, TypeError, RecursionError, OverflowError)
    source_fails = (aiohttp.ClientError, TimeoutError, *no_number)
    health["failures"] = 0
    while True:
        try:
            async with asyncio.timeout(1), session.get("/weather") as response:
                response.raise_for_status()
                temperature = float((await response.json())["temperature_c"])
                if not math.isfinite(temperature):  # JSON in Python has a NaN
                    raise ValueError(f"{temperature} is not a temperature")
        except source_fails as error:
            health["failures"] += 1
            health["error"] = repr(error)
            # What this does not survive: an answer without an end, which is read into memory until the limit. The
            # service at the end of the page counts its bytes.
            await pause(random.uniform(0, min(30, 2 ** min(health["failures"], 5))))
        else:
            await keep(temperature)  # outside of the `try`: an error in there is ours, and not the source's
            health["failures"] = 0
            await pause(5)


@expectation("It goes on through failures, and keeps each temperature")
def _goes_on(evidence: Evidence) -> Found:
    notes = evidence.notes
    ends = [one.notes.get("died", "") for one in (evidence, *evidence.trials.values())]
    if unset := next((died for died in ends if died.startswith("KeyError: 'failures'")), ""):
        return Finding(
            'Before the first request set `health["failures"]` to 0: you get `health` empty.',
            f"A source failed at once, and your function ended: {unset}.",
        )
    if not notes["requests"] and notes["died"]:
        return Finding(
            'Ask the source: `session.get("/weather")`.', f"It was never asked. Your function ended: {notes['died']}."
        )
    if -273.0 in notes["kept"]:
        return Finding(
            "Look at the status: `response.raise_for_status()`.",
            "The source answered 503, and your function kept the number in that answer.",
        )
    if notes["died"]:
        return Finding(
            "Catch what the source can do to you: `aiohttp.ClientError`, `TimeoutError`, an answer that is not JSON.",
            f"The source failed once, and your function ended: {notes['died']}.",
            section=POLL,
        )
    if notes["requests"] > len(SCRIPT) + 1 and not pauses(evidence):
        return Finding(
            "Pause between two requests: `await pause(seconds)`.", "It asked again and again without a pause."
        )
    if not notes["over"]:
        return Finding("Ask without end, with a pause after each answer and each failure.", "It stopped asking.")
    wanted = [n + 1.5 for n, word in enumerate(SCRIPT) if word == "ok"]
    if notes["kept"] != wanted:
        return Finding(
            "Keep each temperature once: `await keep(temperature)`.", f"It kept {notes['kept']}, not {wanted}."
        )
    return None


@expectation("It pauses for 5 s after an answer, and longer after each failure in a row, up to 30 s")
def _backs_off(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    for before, seconds, _ in pauses(evidence):
        if before == "ok" and seconds != EVERY_S:
            return Finding("After an answer, `await pause(5)`.", f"It was {seconds:g} s.")
    outage = [seconds for _, seconds, _ in pauses(evidence.trials[LONG])]
    if len(outage) < OUTAGE:
        return Finding("Go on through a long outage.", f"{OUTAGE} failures in a row, and it ended after {len(outage)}.")
    if max(outage) > LONGEST_S:
        return Finding(
            "Pause for 30 s at the most: `min(30, 2 ** failures)`.",
            f"After {OUTAGE} failures in a row it paused for up to {max(outage):.3g} s.",
            "If the pause doubles without a limit, one night without the source makes it many hours long.",
        )
    early = [seconds - 2.0 ** (n + 1) for n, seconds in enumerate(outage[:4])]
    if max(early) > 0:
        n = early.index(max(early))
        return Finding(
            "After the nth failure in a row, pause for 2 ** n seconds at the most.",
            f"After failure {n + 1} it paused for {outage[n]:.3g} s.",
        )
    if max(outage) <= LONGEST_S / 2:
        return Finding(
            "Let the pauses grow: up to `min(30, 2 ** failures)`.",
            f"{OUTAGE} failures in a row, and it never paused for more than {max(outage):.3g} s.",
            "An overloaded source recovers only if it is left alone for a while.",
            POLL,
        )
    firsts = [seconds for before, seconds, _ in pauses(evidence.trials[FIRST]) if before == "503"]
    if len(firsts) == FIRSTS and max(firsts) <= 1:
        return Finding(
            "After the nth failure in a row, draw from 0 to 2 ** n seconds: for the first, from 0 to 2.",
            f"{FIRSTS} times it failed once, and no pause after that was longer than {max(firsts):.3g} s.",
        )
    return None


@expectation("Its pauses are spread over the whole time, from 0 on")
def _jitters(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding) or isinstance(_backs_off(evidence), Finding):
        return NOT_ASKED
    late = [seconds for _, seconds, _ in pauses(evidence.trials[LONG])][5:]
    different = len({round(seconds, 6) for seconds in late})
    if different < 8:  # of whole seconds, at random, there are 18 or more
        each = f"each pause was {late[0]:.3g} s" if different == 1 else f"{len(late)} pauses had {different} lengths"
        return Finding(
            "Draw each pause at random: `random.uniform(0, longest)`.",
            f"After the sixth failure {each}.",
            "All clients that lost the source at the same moment come back at the same moment, again and again.",
            POLL,
        )
    if min(late) > LONGEST_S / 3:
        return Finding(
            "Draw each pause from 0 on: `random.uniform(0, longest)`.",
            f"Of {len(late)} pauses none was shorter than {min(late):.3g} s.",
            "A small jitter around a long pause keeps the clients close together.",
            POLL,
        )
    return None


@expectation("A cancel ends it")
def _ends(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    if not evidence.trials[CANCELLED].notes["goes on"]:
        return None
    return Finding(
        "Let a cancel end your function: `except Exception` doesn't catch it.",
        "It was cancelled while it waited for an answer, counted that as a failure, and went on.",
        "A cancel is a CancelledError, which `except BaseException` and a bare `except` catch.",
        "07:late-seen",
    )


@expectation("It gives up a request that is not answered within a second")
def _limits(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[HANGS].notes
    if notes["died"]:
        return Finding(
            "Catch TimeoutError as well.", f"The source did not answer, and your function ended: {notes['died']}."
        )
    if notes["over"]:
        return None
    return Finding(
        "Give each request a time limit: `async with asyncio.timeout(1)`, the reading of its body included.",
        f"The source did not answer, or stopped half-way, and after {PATIENCE_S:g} s it was still waited for.",
        "aiohttp's own limit is five minutes.",
        "07:late-seen",
    )


@expectation("Every answer that it can't read counts as a failure")
def _kinds(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[KINDS].notes
    if notes["died"]:
        word = notes["events"][-1][0]
        what = {
            "breaks off": "broke the connection off",
            "html": "sent HTML",
            "no key": "sent JSON without a temperature",
        }
        return Finding(
            "Count an answer that you can't read as a failure, too: ValueError and KeyError.",
            f"The source {what.get(word, 'failed')}, and your function ended: {notes['died']}.",
        )
    if -273.0 in notes["kept"]:
        return Finding(
            "Look at the status: `response.raise_for_status()`.",
            "The source answered 404, and your function kept the number in that answer.",
        )
    if notes["over"] and 0.0 not in notes["kept"]:
        return Finding("Keep a temperature of 0, too.", "It was 0.0, and your function did not keep it.")
    return None if notes["over"] else NOT_ASKED


@expectation("`health` says how many failures there were in a row")
def _health(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    row = 0
    for before, _, told in pauses(evidence):
        row = 0 if before == "ok" else row + 1
        if told == row:
            continue
        if row == 0:
            return Finding('After an answer, set `health["failures"]` back to 0.', f"After an answer it was {told!r}.")
        return Finding(
            'Set `health["failures"]` to the number of failures in a row, before you pause.',
            f"After {row} in a row it was {told!r}.",
        )
    return None


@expectation("A bug in `keep` is not caught")
def _bugs(evidence: Evidence) -> Found:
    if isinstance(_goes_on(evidence), Finding):
        return NOT_ASKED
    for bug, died_of in zip(BUGS, evidence.trials[BUG].notes["died of"], strict=True):
        if died_of.startswith(bug.__name__):
            continue
        return Finding(
            "Catch what the source can do, and nothing else: call `keep` outside of the `try`.",
            f"`keep` raised {bug.__name__}, which is a bug, and your function counted it as a failure of the source.",
            "Inside the `try`, a bug looks like a source that is down.",
            "07:rest-seen",
        )
    return None


EXERCISE = Exercise(
    number="12.4",
    title="Ask a source that fails",
    reference=poll,
    run=run(SCRIPT),
    trials={
        LONG: run(["503"] * OUTAGE),
        HANGS: run(["hangs", "stalls", "ok"]),
        KINDS: run(["breaks off", "html", "no key", "404", "zero", "ok"]),
        FIRST: run(["503", "ok"] * FIRSTS),
        CANCELLED: cancelled,
        BUG: bugs,
    },
    expectations=(_goes_on, _backs_off, _jitters, _limits, _kinds, _health, _bugs, _ends),
    hints=(
        "`try` around the request alone, with `asyncio.timeout(1)`, `raise_for_status()` and `json()` in it.",
        'Before the loop: `health["failures"] = 0`. In `except`: `health["failures"] += 1`, then '
        "`await pause(random.uniform(0, min(30, 2 ** failures)))`.",
        "In `else`: keep, failures back to 0, `await pause(5)`. An error in `keep` is no failure of the source.",
    ),
    why="The pause grows, so that the source can recover. It is drawn at random, so that not all come back at once.",
    section="exercise-12-4",
)
