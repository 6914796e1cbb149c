"""12.1: what waits is committed together, in a thread; who waits hears of it after the commit."""

from __future__ import annotations

import asyncio

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_12._disk import (
    ALONE,
    AT_ONCE,
    BURST,
    DISK,
    FULL,
    IDLE_S,
    LEAVES,
    MANY,
    MOST,
    Commit,
    Full,
    Waiting,
    alone,
    burst,
    fails,
    forty,
    leaves,
)
from helpers.exercises.lesson_12._shared import KEEP
from helpers.timeline import State

MOST_LOOKS = (
    10  # of one task while a single client is answered: of five right answers' tasks none woke more than 5 times
)


async def keep(waiting: Waiting, commit: Commit) -> None:
    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and not waiting.empty():
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:  # a full disk, say. Whatever it is, those who wait must hear of it
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids, strict=True):
                if not kept.done():  # its client may have left
                    kept.set_result(id)
        # What this does not survive: a cancel during the commit. The thread goes on and commits, and nobody is told.
        # Stop it when nothing waits and nothing is in flight, as milestone 5 does.


def _small(sizes: list[int]) -> bool:
    """Tell whether commits have fewer than two measurements, on average; of some commits it can't be told yet."""
    return len(sizes) > AT_ONCE // 8 and 2 * len(sizes) > sum(sizes)


@expectation("Forty measurements: each is answered after its commit, with its id")
def _kept(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes["odd"]:
        return Finding(
            "Give `commit` the measurements alone, as a list.",
            f"In its list there was a {notes['odd']}.",
            "What waits in the queue is a pair: the measurement, and the future of its client.",
        )
    if (
        evidence.trials[ALONE].notes["first"] != [201]
        and not notes["died"]
        and None in evidence.trials[ALONE].notes["first"]
    ):
        return Finding(
            "Commit what is there; do not wait for more.",
            "A client that came alone had no answer in time.",
            "`waiting.empty()` says that nothing more is waiting now. What comes later goes into the next commit.",
        )
    if notes["died"]:
        return Finding("Go on until you are cancelled.", f"Your function ended: {notes['died']}.")
    if notes["early"]:
        return Finding(
            "Set the results after the commit has returned.",
            f"{notes['early']} of {AT_ONCE} clients had their answer before their measurement was on the disk.",
            "A 201 is a promise: whatever happens to this program now, the measurement is there.",
            KEEP,
        )
    if notes["wrong ids"]:
        return Finding(
            "Give each client the id of its own measurement.",
            f"{notes['wrong ids']} of {AT_ONCE} clients got another id than their measurement has.",
            "`commit` returns the ids in the order of the measurements that it got.",
        )
    if _small(notes["sizes"]):
        return NOT_ASKED  # with a commit for each, how many are answered in time depends on the disk
    if notes["first"] != [201] * AT_ONCE:
        return Finding(
            "Set the result of each future.",
            f"{notes['first'].count(None)} of {AT_ONCE} clients had no answer in time.",
        )
    return None


@expectation("Measurements that wait are committed together")
def _together(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    sizes = evidence.notes["sizes"]
    if not _small(sizes):
        return None
    return Finding(
        "Put all measurements that wait into one commit.",
        f"{AT_ONCE} clients sent at once, and {len(sizes)} commits had {sum(sizes)} of their measurements.",
        "A commit waits for the disk once, however many rows it has. Of a small commit, that wait is the most.",
        KEEP,
    )


@expectation("It waits for measurements without looking again and again")
def _sleeps(evidence: Evidence) -> Found:
    record = evidence.trials[ALONE].record
    if isinstance(_kept(evidence), Finding) or record is None:
        return NOT_ASKED
    theirs = record.lanes[1:]  # the first is the check's own
    looks = max((sum(one.state is State.RUNNING for one in lane.segments) for lane in theirs), default=0)
    if looks <= MOST_LOOKS:
        return None
    return Finding(
        "Wait for the first with `await waiting.get()`: it sleeps until there is one.",
        f"For {IDLE_S * 1000:.0f} ms no measurement came, and a task of yours woke {looks} times in all.",
        "A service waits most of the time. One that looks again and again needs a processor for that.",
    )


@expectation("What the first runs show is said first")
def _first(evidence: Evidence) -> Found:
    """Explain a trial that never ended by what the others have shown."""
    return _kept(evidence) if evidence.outcome == "returned" else None


@expectation("The event loop goes on during a commit")
def _in_a_thread(evidence: Evidence) -> Found:
    if not evidence.notes["on the loop"]:
        if evidence.trials[BURST].notes["elsewhere"]:
            return Finding(
                "Let the thread do nothing but `commit`. Set the futures after that, on the event loop.",
                "A future was set in the thread.",
                "Futures belong to their event loop. Set in another thread, one does not wake who awaits it: that "
                "happens when the loop has something else to do.",
            )
        return None if evidence.notes["sizes"] else NOT_ASKED
    return Finding(
        "Call `commit` in a thread: `await asyncio.to_thread(commit, batch)`.",
        "`commit` ran in the thread of the event loop, and blocked it: nobody else was served meanwhile.",
        "`commit` blocks, in an `async def` as anywhere else.",
        KEEP,
    )


@expectation("At most 100 in a commit")
def _bounded(evidence: Evidence) -> Found:
    if _kept(evidence) is not None or _together(evidence) is not None:
        return NOT_ASKED
    largest = max(evidence.trials[BURST].notes["sizes"], default=0)
    if largest < MOST:
        return Finding(
            "Take everything that waits, up to 100.",
            f"{MANY} waited, and the largest commit had {largest}.",
        )
    if largest == MOST:
        return None if evidence.trials[BURST].notes["told"] == MANY else NOT_ASKED
    return Finding(
        "Commit 100 at most at a time.",
        f"{MANY} waited, and one commit had {largest}.",
        "A bound on the batch bounds how long its first one has to wait.",
    )


@expectation("Clients hear of a commit that fails, and the next one is tried")
def _survives(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    notes = evidence.trials[DISK].notes
    if notes["died"]:
        return Finding(
            "When `commit` raises, pass the exception to the futures of the batch, and go on.",
            f"The first commit failed, and your function ended with it: {notes['died']}. Nobody was served after that.",
            "One bad moment of the disk must not end the service.",
        )
    if None in notes["first"]:
        return Finding(
            "When `commit` raises, give the exception to each future of the batch: `kept.set_exception(error)`.",
            f"The first commit failed, and {notes['first'].count(None)} of its clients had no answer in time.",
            "A future that nobody sets is waited for without end.",
        )
    if 201 in notes["first"] and notes["early"]:
        return Finding(
            "When `commit` raises, give the exception to each future of the batch: `kept.set_exception(error)`.",
            f"The first commit failed, and {notes['early']} of its clients were told that all went well.",
            "Nothing of it is on the disk.",
        )
    if notes.get("next") != [201] * 3:
        return Finding("After a commit that failed, try the next.", f"The next three clients got {notes.get('next')}.")
    return _any_error(evidence)


def _any_error(evidence: Evidence) -> Found:
    notes = evidence.trials[LEAVES].notes.get(FULL)
    if notes is None or evidence.notes["on the loop"] or _together(evidence) is not None:
        return None  # who leaves, and when, means something else then
    if notes["died"].startswith(Full.__name__):
        return Finding(
            "Catch whatever `commit` raises: `except Exception as error`.",
            f"It raised something other than an sqlite3.Error, and your function ended: {notes['died']}.",
            "Whatever it is, those who wait must hear of it.",
        )
    if notes["died"]:
        return NOT_ASKED
    if notes["failed"] != [Full.__name__] * 2:
        got = " and ".join(notes["failed"]) or "none"
        return Finding(
            "When `commit` raises, give that exception to each future of the batch: `kept.set_exception(error)`.",
            f"A commit raised {Full.__name__}, and of the two clients that waited for it the exceptions were: {got}.",
        )
    if notes.get("goes on"):
        return Finding(
            "Let a cancel end your function: `except Exception` doesn't catch it.",
            "It was cancelled during a commit, and went on.",
            "A cancel is a CancelledError, which `except BaseException` and a bare `except` catch.",
            "07:late-seen",
        )
    return None


@expectation("A client that has left costs the others nothing")
def _others(evidence: Evidence) -> Found:
    if isinstance(_kept(evidence), Finding):
        return NOT_ASKED
    if evidence.notes["on the loop"]:
        return NOT_ASKED  # while the loop is blocked nobody leaves
    notes = evidence.trials[LEAVES].notes
    if notes["told"] == 3 and notes["wrong ids"]:
        return Finding(
            "Give each client the id of its own measurement, even if another has left.",
            f"A client left during the commit, and {notes['wrong ids']} of the others got a wrong id.",
            "The ids come in the order of the measurements that `commit` got: one for each, also for who has left.",
        )
    if notes["told"] == 3:
        if FULL in notes and notes[FULL]["died"].startswith("InvalidStateError"):
            return Finding(
                "Before you give a future an exception, too, ask whether it is `done()`.",
                f"A client left, and then the commit failed. Your function ended: {notes[FULL]['died']}.",
                "`set_exception` raises InvalidStateError where `set_result` would.",
            )
        return None
    died_of = f" Your function ended: {notes['died']}." if notes["died"] else ""
    return Finding(
        "Before you set a future, ask whether it is `done()`.",
        "A client left while its measurement was committed. "
        f"Of the three others {notes['told']} {'was' if notes['told'] == 1 else 'were'} told.{died_of}",
        "When a client leaves, this server cancels its handler (`handler_cancellation=True`), and with it the future "
        "that it waits for. Setting that one raises InvalidStateError.",
    )


EXERCISE = Exercise(
    number="12.1",
    title="Acknowledge what is kept",
    reference=keep,
    run=forty,
    trials={ALONE: alone, BURST: burst, DISK: fails, LEAVES: leaves},
    expectations=(_kept, _together, _sleeps, _in_a_thread, _bounded, _survives, _others),
    explains=(_first,),
    hints=(
        "`await waiting.get()` waits for the first. Then `waiting.get_nowait()`, until `waiting.empty()` is true.",
        "`ids = await asyncio.to_thread(commit, measurements)`: the loop goes on meanwhile, and more come to wait.",
        "Around the commit: `try`, `except Exception as error`, `else`. In both of the last two, skip futures that are "
        "`done()`.",
    ),
    why="While one commit waits for the disk, the next batch gathers by itself: the more come, the larger it is.",
    section="exercise-12-1",
    own=frozenset({"blocking", "open"}),
)
