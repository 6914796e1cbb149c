"""10.2: in which functions each task waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_10._shared import STACKS, end, last_part

BEGUN_S = 0.02
Program = Callable[[], list["asyncio.Task[Any]"]]


def waiting() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        coroutine: Any = task.get_coro()
        functions = []
        # It ends at what is no coroutine: a future, or something else that can be awaited. An asynchronous generator
        # is none either: what goes on inside one is not seen. Of two tasks with one name, only one is told.
        while hasattr(coroutine, "cr_await"):
            functions.append(coroutine.__name__)
            coroutine = coroutine.cr_await
        found[task.get_name()] = functions
    return found


def _task(coroutine: Any, name: str) -> asyncio.Task[Any]:
    """Make a task past the loop's factory: its coroutine is the very one, and no wrapper that records its steps."""
    return asyncio.Task(coroutine, name=name)


def _deadlock() -> list[asyncio.Task[Any]]:
    async def transfer(source: asyncio.Lock, target: asyncio.Lock) -> None:
        async with source:
            await asyncio.sleep(0)
            async with target:
                pass

    async def clerk(source: asyncio.Lock, target: asyncio.Lock) -> None:
        await transfer(source, target)

    async def visitor() -> None:
        pass

    one, other = asyncio.Lock(), asyncio.Lock()
    return [
        _task(clerk(one, other), "eva"),
        _task(clerk(other, one), "tom"),
        _task(visitor(), "has ended"),
        _task(asyncio.sleep(30), "sleeps"),
    ]


def _chain() -> list[asyncio.Task[Any]]:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def fetch() -> int:
        return await queue.get()

    async def work() -> None:
        while True:
            await fetch()

    async def dig(depth: int) -> None:
        if depth:
            await dig(depth - 1)
        await asyncio.Event().wait()

    async def boss(worker: asyncio.Task[Any]) -> None:
        await worker

    worker = _task(work(), "worker 7")
    return [worker, _task(boss(worker), "boss"), _task(dig(3), "digger")]


def _nobody() -> list[asyncio.Task[Any]]:
    return []


def _run(program: Program) -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        tasks = program()
        await asyncio.sleep(BEGUN_S)

        async def late() -> None:
            await asyncio.sleep(30)

        if tasks:
            tasks.append(_task(late(), "not begun"))
        try:
            bench.note("wanted", waiting())
            caller = asyncio.current_task()
            bench.note("caller", caller.get_name() if caller else "")
            return answer()
        finally:
            bench.note("cancelled", sorted(task.get_name() for task in tasks if task.cancelling()))
            await end(tasks)

    return run


def _runs(evidence: Evidence) -> list[Evidence]:
    return [evidence, *evidence.trials.values()]


def _names(functions: object) -> list[object] | None:
    return [last_part(one) for one in functions] if isinstance(functions, (list, tuple)) else None


@expectation("Every other task that has not ended, by its name")
def _tasks(evidence: Evidence) -> Found:
    for one in _runs(evidence):
        result, wanted = one.result, one.notes["wanted"]
        if not isinstance(result, dict):
            return Finding("Return a dictionary.", f"It returned {shown(result)}.")
        if any(isinstance(name, Other) for name in result):
            return Finding("Use the name of the task as the key: `task.get_name()`.", "A key is the task itself.")
        if missing := sorted(set(wanted) - set(result)):
            return Finding(
                "Go through all tasks of the loop: `asyncio.all_tasks()`.",
                f"There are {len(wanted)} other tasks that have not ended, and {missing[0]!r} is not in what you "
                "return.",
            )
        if more := sorted(set(result) - set(wanted), key=str):
            return Finding(
                "Leave out the task that calls `waiting`: `asyncio.current_task()`.",
                f"Your dictionary has {more[0]!r} in it"
                + (": the task that called you." if more[0] == one.notes["caller"] else "."),
            )
        if cancelled := one.notes["cancelled"]:
            return Finding(
                "Only look: leave the tasks as they are.", f"You have cancelled {cancelled[0]!r}.", section=STACKS
            )
    return None


@expectation("Its functions, from the outermost to the one that waits")
def _chains(evidence: Evidence) -> Found:
    if isinstance(_tasks.find(evidence), Finding):
        return NOT_ASKED
    for one in _runs(evidence):
        for name, wanted in one.notes["wanted"].items():
            got = _names(one.result[name])
            if got == wanted:
                continue
            seen = f"{name!r} waits in {' → '.join(wanted)}, and you have {shown(one.result[name])}."
            if got is None or any(not isinstance(function, str) for function in got):
                return Finding("Give a list of names for each task, such as `coroutine.__name__`.", seen)
            if len(wanted) > 1 and got == wanted[::-1]:
                return Finding("Begin with the outermost function.", seen)
            if len(wanted) > 1 and got == wanted[:1]:
                return Finding(
                    "Go on inwards: `cr_await` is what a coroutine awaits.",
                    seen,
                    "The stack of a task that waits has one frame, that of the outermost function.",
                    STACKS,
                )
            if [str(function).partition(",")[0] for function in got] == wanted:
                return Finding("Give only the name of each function, without its line.", seen)
            everybodys = {function for chain in one.notes["wanted"].values() for function in chain}
            if got[: len(wanted)] == wanted and got[len(wanted)] not in everybodys:
                return Finding(
                    "Stop at the last coroutine.",
                    f"{name!r} waits in {' → '.join(wanted)}, and after these you have {shown(got[len(wanted)])}.",
                    "At the inner end of a chain there is a future, or something else that is no function of yours.",
                    STACKS,
                )
            if got == wanted[:-1] or got == wanted[1:]:
                return Finding("Begin with the task's own coroutine, and go on to the last one.", seen)
            return Finding(
                "Follow `cr_await` from coroutine to coroutine, as far as it goes, for each task anew.",
                seen,
                section=STACKS,
            )
    return None


@expectation("It stops where what is awaited is no coroutine")
def _stops(evidence: Evidence) -> Found:
    """Explain a run that went one step too far."""
    for one in (evidence, *evidence.trials.values()):
        error = one.exception
        if (
            error is not None
            and error.is_a("AttributeError")
            and ("cr_" in error.message or "__name__" in error.message)
        ):
            return Finding(
                "Stop at the first thing that isn't a coroutine: it has no `cr_await`.",
                f"{error.type}: {error.message}",
                "At the inner end of a chain there is a future, as a rule, or None for a task that has not begun.",
                STACKS,
            )
    return NOT_ASKED


EXERCISE = Exercise(
    number="10.2",
    title="Who waits where?",
    reference=waiting,
    run=_run(_deadlock),
    trials={"chain": _run(_chain), "nobody": _run(_nobody)},
    expectations=(_tasks, _chains),
    hints=(
        "`asyncio.all_tasks()` is the set of tasks that have not ended; `asyncio.current_task()` is the one that runs.",
        "Begin with `coroutine = task.get_coro()`, and go inwards: `coroutine = coroutine.cr_await`.",
        'A loop `while hasattr(coroutine, "cr_await")` stops at the future, and at None.',
    ),
    why="A coroutine knows what it awaits. Followed inwards, that gives the part of the stack which `get_stack` lacks.",
    section=STACKS,
    explains=(_stops,),
    takes="function",
    deadline_s=4.0,
)
