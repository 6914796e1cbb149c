"""10.3: a task in the background whose error is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from helpers.exercises._words import a
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import never_ran, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_10._shared import LOST, end

WORK_S = 0.03


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


class Background:
    """A program's background: what was spawned, what was reported, and what the loop's handler was told."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.running: set[Any] = set()
        self.reported: list[list[str]] = []
        self.told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.told.append(str(context["message"])))

    def spawn(self, coroutine: Any, name: str) -> Any:
        return self._answer(self.running, coroutine, name, self._report)

    def _report(self, *what: Any) -> None:
        self.reported.append([one if isinstance(one, str) else type(one).__name__ for one in what])

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def _works(seconds: float, outcome: Any = None) -> Any:
    await asyncio.sleep(seconds)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def _unwatched(answer: Answer, bench: Bench) -> None:
    """Three tasks that nobody awaits: one fails soon, one returns, one fails last."""
    background = Background(answer)
    plan = {"save": (WORK_S, OSError("disk full")), "count": (2 * WORK_S, 7), "send": (3 * WORK_S, KeyError("oslo"))}
    tasks = [background.spawn(_works(seconds, outcome), name) for name, (seconds, outcome) in plan.items()]
    bench.note("tasks", [type(task).__name__ for task in tasks])
    bench.note("names", [task.get_name() if isinstance(task, asyncio.Task) else "" for task in tasks])
    bench.note("begun", sum(task in background.running for task in tasks))
    there = [task for task in tasks if isinstance(task, asyncio.Task)]
    if there:
        await asyncio.wait(there)
    await background.settle()
    bench.note("left", len(background.running))
    bench.note("reported", list(background.reported))
    bench.note("told", list(background.told))


async def _awaited(answer: Answer, bench: Bench) -> None:
    """Two tasks that somebody awaits: what they return and raise still comes out."""
    background = Background(answer)
    returns = background.spawn(_works(WORK_S, "four"), "returns")
    if not isinstance(returns, asyncio.Task):  # the first run has seen it, too
        await end(background.running)
        return
    bench.note("returned", await returns)
    try:
        await background.spawn(_works(WORK_S, ValueError("odd")), "raises")
    except Exception as error:
        bench.note("raised", type(error).__name__)
    await background.settle()
    bench.note("reported", list(background.reported))


async def _cancelled(answer: Answer, bench: Bench) -> None:
    """One task is cancelled while it waits, another one fails a little later."""
    background = Background(answer)
    ends = background.spawn(_works(60.0), "is cancelled")
    if not isinstance(ends, asyncio.Task):
        await end(background.running)
        return
    background.spawn(_works(2 * WORK_S, TimeoutError("late")), "fails")
    await asyncio.sleep(WORK_S)
    ends.cancel()
    await asyncio.wait([ends], timeout=0.5)
    bench.note("cancelled", ends.cancelled())
    await asyncio.sleep(3 * WORK_S)
    bench.note("left", len(background.running))
    bench.note("reported", list(background.reported))
    bench.note("told", list(background.told))
    await end(task for task in background.running if isinstance(task, asyncio.Task))


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
    if left := max(evidence.notes["left"], evidence.trials["cancelled"].notes["left"]):
        return Finding(
            "Take the task out of `running` when it has ended, however it ends.",
            f"All had ended, and {left} of them still stood in the set.",
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
    if not reported:
        return Finding(
            "Call `report(name, error)` when a task has failed, also when nobody awaits it.",
            "Two tasks failed, and `report` was not called.",
            "A task keeps its error until somebody asks: in a callback, `task.exception()` does.",
            LOST,
        )
    if any(name not in ("save", "send") for name, *_ in reported) or any(len(one) != 2 for one in reported):
        return Finding("Call `report(name, error)`, with the name that `spawn` got.", f"It got {shown(reported[0])}.")
    return Finding("Report each error once.", f"`save` and `send` failed, and `report` got {shown(reported)}.")


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
            "Report the error without catching it: who awaits the task has to get it.",
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
            "Let a cancel through: it is no Exception, and nobody may swallow it.",
            "The task was cancelled, and ended as if it had not been.",
            section="07:late-seen",
        )
    if any(name == "is cancelled" for name, *_ in notes["reported"]):
        return Finding("Ask first whether the task was cancelled: that is no error.", "A cancel was reported.")
    if any("callback" in message for message in notes["told"]):
        return Finding(
            "Ask `task.cancelled()` before you ask for its exception.",
            f"The loop's exception handler was told: {_short(notes['told'])}.",
            "Of a cancelled task, `task.exception()` raises CancelledError, and so does `task.result()`.",
        )
    return None


def _short(told: list[str]) -> str:
    """Return the first fault in a callback, without the task that it got and the file in which it is."""
    return next(message for message in told if "callback" in message).partition("(")[0]


@expectation("What is called when a task ends raises nothing")
def _no_fault(evidence: Evidence) -> Found:
    if evidence.notes["tasks"] != ["Task"] * 3:
        return NOT_ASKED
    faults = [message for message in evidence.notes["told"] if "callback" in message]
    if not faults:
        return None
    return Finding(
        "Let your callback raise nothing: the task is its only argument, and its error may be None.",
        f"The loop's exception handler was told: {_short(faults)}.",
    )


EXERCISE = Exercise(
    number="10.3",
    title="Nothing is lost",
    reference=spawn,
    run=_unwatched,
    trials={"awaited": _awaited, "cancelled": _cancelled},
    expectations=(_starts, _keeps, _reports, _no_fault, _passes_on, _lets_cancel),
    hints=(
        "`task.add_done_callback(f)` calls `f(task)` when the task has ended, in whichever way.",
        "In the callback: take the task out of the set, then ask `task.cancelled()`, and only then `task.exception()`.",
        "Don't wrap the coroutine in a `try`: a callback looks at the error and leaves it in the task.",
    ),
    why="The set keeps the task alive, and the callback looks at how it ended without changing what others get.",
    section=LOST,
    own=frozenset({"tasks", "errors"}),
    takes="function",
    deadline_s=4.0,
)
