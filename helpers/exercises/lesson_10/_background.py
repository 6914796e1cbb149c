"""The background in which 10.3 spawns tasks: what is started, cancelled, reported, and told to the loop's handler."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers.exercises._words import a
from helpers.exercises.bench import Bench
from helpers.exercises.exercise import Answer
from helpers.exercises.lesson_10._shared import end

WORK_S = 0.03
OTHERS = 7  # so many that nobody takes the right ones out of the set by luck


def _said(context: dict[str, Any]) -> str:
    """Return what a handler is told, without the task that a callback got and the file in which it is."""
    error = context.get("exception")
    return str(context["message"]).partition("(")[0] + (f": {type(error).__name__}: {error}" if error else "")


class Background:
    """A program's background: what was spawned, what was reported, and what the loop's handler was told."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.running: set[Any] = set()
        self.reported: list[list[str]] = []
        self.told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.told.append(_said(context)))

    def spawn(self, coroutine: Any, name: str) -> Any:
        return self._answer(self.running, coroutine, name, self._report)

    def _report(self, *what: Any) -> None:
        """Note the name as it is, and of an exception its type: "OSError"; of anything else "a str", "a Task"."""
        self.reported.append(
            [
                one if isinstance(one, str) and not place else type(one).__name__ if _is_error(one) else a(_kind(one))
                for place, one in enumerate(what)
            ]
        )

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


def _is_error(one: object) -> bool:
    return one is None or isinstance(one, BaseException)


def _kind(one: object) -> str:
    return type(one).__name__


async def _works(seconds: float, outcome: Any = None) -> Any:
    await asyncio.sleep(seconds)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def unwatched(answer: Answer, bench: Bench) -> None:
    """Three tasks that nobody awaits: one fails soon, one returns, one fails last. Some others outlive them."""
    background = Background(answer)
    plan = {"save": (WORK_S, OSError("disk full")), "count": (2 * WORK_S, 7), "send": (3 * WORK_S, KeyError("oslo"))}
    tasks = [background.spawn(_works(seconds, outcome), name) for name, (seconds, outcome) in plan.items()]
    bench.note("tasks", [type(task).__name__ for task in tasks])
    bench.note("names", [task.get_name() if isinstance(task, asyncio.Task) else "" for task in tasks])
    bench.note("begun", sum(task in background.running for task in tasks))
    over = asyncio.Event()
    others = [background.spawn(over.wait(), f"another {number}") for number in range(OTHERS)]
    there = [task for task in tasks if isinstance(task, asyncio.Task)]
    if there:
        await asyncio.wait(there)
    await background.settle()
    bench.note("lost", sum(task not in background.running for task in others))
    over.set()
    for _ in range(2):  # until those have ended, and what is called then has been
        await background.settle()
    bench.note("left", len(background.running))
    bench.note("reported", list(background.reported))
    bench.note("told", list(background.told))


async def awaited(answer: Answer, bench: Bench) -> None:
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


async def cancelled(answer: Answer, bench: Bench) -> None:
    """One task is cancelled before it has begun, one while it waits, another one fails a little later."""
    background = Background(answer)
    stopped: list[bool] = []

    async def works() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    ends = background.spawn(works(), "is cancelled")
    if not isinstance(ends, asyncio.Task):
        await end(background.running)
        return
    first = works()
    unbegun = background.spawn(first, "is cancelled at once")
    unbegun.cancel()
    background.spawn(_works(2 * WORK_S, TimeoutError("late")), "fails")
    await asyncio.sleep(WORK_S)
    ends.cancel()
    await asyncio.wait([ends], timeout=0.5)
    await background.settle()
    bench.note("cancelled", ends.cancelled())
    bench.note("unbegun", unbegun in background.running)
    first.close()  # a coroutine around it has not begun either, and never awaits it
    bench.note("stopped", bool(stopped))
    await asyncio.sleep(3 * WORK_S)
    await background.settle()  # where the machine stood still, all timers are over at once: what they wake comes now
    bench.note("left", len(background.running))
    bench.note("reported", list(background.reported))
    bench.note("told", list(background.told))
    await end(task for task in background.running if isinstance(task, asyncio.Task))
