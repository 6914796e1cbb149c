"""10.3: a task in the background whose error is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from helpers.exercises._words import a
from helpers.exercises.behaviour import is_not_callable
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_10 import _background
from helpers.exercises.lesson_10._shared import LOST


def spawn(
    running: set[asyncio.Task[Any]],
    coroutine: Coroutine[Any, Any, Any],
    name: str,
    report: Callable[[str, BaseException], Any],
) -> asyncio.Task[Any]:
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task: asyncio.Task[Any]) -> None:
        running.discard(task)
        # The order matters: of a cancelled task, `exception()` raises. What this does not survive: a `report` that
        # raises. The loop's exception handler is told of that, in place of the task's error.
        if not task.cancelled() and (error := task.exception()) is not None:
            report(name, error)

    task.add_done_callback(ended)
    return task


@expectation("It starts a task with that name and returns it")
def _starts(evidence: Evidence) -> Found:
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    kinds, names = evidence.notes["tasks"], evidence.notes["names"]
    if kinds != ["Task"] * 3:
        return Finding(
            "Return the task.", "It returned nothing." if kinds[0] == "NoneType" else f"It returned {a(kinds[0])}."
        )
    if names != ["save", "count", "send"]:
        return Finding(
            "Give the task its name: `create_task(…, name=name)`.", f"The tasks are called {', '.join(names)}."
        )
    return None


@expectation("The task is in `running` until it has ended")
def _keeps(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    if evidence.notes["begun"] < 3:
        return Finding(
            "Put the task into `running`.",
            f"Three tasks were started, and {evidence.notes['begun']} were in the set.",
            "The event loop keeps only a weak reference: a task that nothing refers to may be thrown away.",
            LOST,
        )
    if lost := evidence.notes["lost"]:
        return Finding(
            "Take out of `running` only the task that has ended.",
            f"Three tasks had ended, and {lost} of those that were still running were no longer in the set.",
        )
    if evidence.trials["cancelled"].notes["unbegun"] and not evidence.notes["left"]:
        return Finding(
            "Take the task out of `running` in a callback: `task.add_done_callback(running.discard)`.",
            "A task was cancelled before its first step, and stayed in the set.",
            "What is cancelled before it has begun never runs: no line of it, and no `finally`.",
            LOST,
        )
    if left := max(evidence.notes["left"], evidence.trials["cancelled"].notes["left"]):
        return Finding(
            "Take the task out of `running` when it has ended, however it ends.",
            f"All had ended, and {left} of them were still in the set.",
            "`task.add_done_callback(f)` calls `f(task)` when the task has ended: done, failed or cancelled.",
            LOST,
        )
    return None


@expectation("Each error is reported once, with the task's name")
def _reports(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    reported = evidence.notes["reported"]
    if reported == [["save", "OSError"], ["send", "KeyError"]]:
        return None
    if ["count", "NoneType"] in reported:
        return Finding("Report only where there is an error.", "`count` returned, and `report` got None as its error.")
    if any(error.startswith(("a ", "an ")) for _, error in _pairs(reported)):
        return Finding(
            "Report the error itself: `report` gets the exception.", f"It got {_pairs(reported)[0][1]} as the error."
        )
    if not reported:
        return Finding(
            "Call `report(name, error)` when a task has failed, even if nobody awaits it.",
            "Two tasks failed, and `report` was not called.",
            "A task keeps its error until somebody asks: in a callback, `task.exception()` does.",
            LOST,
        )
    if any(name not in ("save", "send") for name, *_ in reported) or any(len(one) != 2 for one in reported):
        return Finding("Call `report(name, error)`, with the name that `spawn` got.", f"It got {shown(reported[0])}.")
    if missing := [name for name in ("save", "send") if name not in [one[0] for one in reported]]:
        return Finding("Report every error, of whichever type.", f"`{missing[0]}` failed, and was not reported.")
    return Finding("Report each error once.", f"`save` and `send` failed, and `report` got {shown(reported)}.")


def _pairs(reported: list[list[str]]) -> list[list[str]]:
    return [one for one in reported if len(one) == 2 and one[0] in ("save", "send", "count")]


@expectation("Whoever awaits the task gets what it returns or raises")
def _passes_on(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    notes = evidence.trials["awaited"].notes
    if notes["returned"] != "four":
        return Finding(
            "Let the task return what the coroutine returns.", f"It returned {shown(notes['returned'])}, not 'four'."
        )
    if notes.get("raised") != "ValueError":
        return Finding(
            "Report the error without catching it: code that awaits the task has to get it, too.",
            "The coroutine raised ValueError, and `await task` raised "
            + (notes.get("raised") or "nothing; the program went on as if all were well")
            + ".",
            section=LOST,
        )
    return None


@expectation("A cancel is not reported, and gets through")
def _lets_cancel(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    notes = evidence.trials["cancelled"].notes
    if not notes["cancelled"]:
        return Finding(
            "Let a cancel through: if you catch a CancelledError, raise it again.",
            "The task was cancelled, and ended as if it had not been.",
            section="07:late-seen",
            trial="cancelled",
        )
    if not notes["stopped"]:
        return Finding(
            "Let a cancel get to the coroutine: it has to stop, too.",
            "The task was cancelled, and the coroutine went on.",
            trial="cancelled",
        )
    if any(name.startswith("is cancelled") for name, *_ in notes["reported"]):
        return Finding(
            "Ask first whether the task was cancelled: a cancel isn't an error.",
            "A cancel was reported.",
            trial="cancelled",
        )
    if not _faults(evidence) and (faults := _faults(evidence.trials["cancelled"])):
        return Finding(
            "Ask `task.cancelled()` before you ask for its exception.",
            f"The loop's exception handler was told: {faults[0]}.",
            "If the task was cancelled, `task.exception()` raises CancelledError, and so does `task.result()`.",
            trial="cancelled",
        )
    return None


def _faults(evidence: Evidence) -> list[str]:
    return [message for message in evidence.notes["told"] if "callback" in message]


@expectation("Nothing goes wrong in a callback when a task ends")
def _no_fault(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    if faults := _faults(evidence):
        if evidence.callback_errors and all(map(is_not_callable, evidence.callback_errors)):
            return Finding(
                "Give `add_done_callback` the function itself, without calling it.",
                f"The loop's exception handler was told: {faults[0]}.",
            )
        return Finding(
            "Let your callback raise nothing: the task is its only argument, and its error may be None.",
            f"The loop's exception handler was told: {faults[0]}.",
        )
    return NOT_ASKED if _faults(evidence.trials["cancelled"]) else None


@expectation("The callback is called when the task has ended")
def _not_yet(evidence: Evidence) -> Found:
    """Explain a callback that was called where it is given."""
    if evidence.exception is not None and evidence.exception.is_a("InvalidStateError"):
        return Finding(
            "Give `add_done_callback` the function itself, without calling it.",
            "The task was asked for its error before it had ended.",
            section=LOST,
        )
    return NOT_ASKED


EXERCISE = Exercise(
    number="10.3",
    title="Nothing is lost",
    reference=spawn,
    run=_background.unwatched,
    trials={"awaited": _background.awaited, "cancelled": _background.cancelled},
    expectations=(_starts, _no_fault, _keeps, _reports, _passes_on, _lets_cancel),
    explains=(_not_yet,),
    hints=(
        "`task.add_done_callback(f)` calls `f(task)` when the task has ended, however it ends.",
        "In the callback: take the task out of the set, then ask `task.cancelled()`, and only then `task.exception()`.",
        "Don't wrap the coroutine in a `try`: a callback looks at the error and leaves it in the task.",
    ),
    why="The set keeps the task alive, and the callback looks at how it ended without changing what others get.",
    section=LOST,
    own=frozenset({"tasks", "errors", "callbacks"}),
    takes="function",
    deadline_s=4.0,
)
