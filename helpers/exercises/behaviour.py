"""What a run gave back unfinished, held up or left behind, whatever the exercise is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from helpers.exercises._words import a, at, count, listed, times
from helpers.exercises.evidence import Evidence, Other, Raised
from helpers.exercises.exercise import Exercise
from helpers.exercises.expectations.requests import never_ran
from helpers.exercises.findings import Finding
from helpers.timeline import duration

LONGEST_BLOCKING_S = 0.5  # four processes on two cores made a right answer to 3.1 stand still for 0.303 s
_RUNS_NOTHING = "Calling an `async def` function runs nothing: it makes a coroutine that somebody has to await."


def unready(evidence: Evidence) -> Finding | None:
    """Say so when what came out has yet to be awaited or iterated."""
    items = evidence.result if isinstance(evidence.result, (list, tuple)) else [evidence.result]
    kinds = Counter(item.type for item in items if isinstance(item, Other) and item.type in _TO_DO)
    for kind, number in kinds.most_common(1):
        whole = not isinstance(evidence.result, (list, tuple))
        seen = f"It returned {a(kind)}." if whole else f"It returned {number} of type {kind} in its result."
        return Finding(_TO_DO[kind], seen, _RUNS_NOTHING if kind == "coroutine" else "")
    return None


_TO_DO = {
    "coroutine": "Await what you return.",
    "Task": "Await the task, and return its result.",
    "Future": "Await the future, and return its result.",
    "_GatheringFuture": "Await `gather(...)`, and return its result.",
    "generator": "Return the values themselves, such as a list of them.",
    "async_generator": "Collect the values with `async for`, and return those.",
}


def faults(exercise: Exercise, evidence: Evidence) -> list[Finding]:
    """Say what a run held up or left behind, in any of its trials; each fault once."""
    found: list[Finding] = []
    for name, look in _FAULTS:
        seen = (look(one) for one in (evidence, *evidence.trials.values()) if name not in exercise.own)
        if (finding := next(filter(None, seen), None)) is not None:
            found.append(finding)
    return found


def _blocks(e: Evidence) -> Finding | None:
    if e.blocking_calls:
        call = max(e.blocking_calls, key=lambda call: call.times)
        often = sum(one.times for one in e.blocking_calls if one.name == call.name)
        return Finding(
            "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
            f"The loop's thread was kept waiting {times(often)} by {call.name}{at(call.line)}.",
            "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
        )
    if _held(e):
        return Finding(
            "Hand the event loop back more often, or move the work to `asyncio.to_thread`.",
            f"One step blocked the loop for {duration(e.longest_blocking_s)}, and all other tasks waited.",
        )
    return None


def _held(e: Evidence) -> bool:
    """Tell whether a step blocked the loop for long, by its own doing: it computed, or was kept waiting.

    A busy machine stretches every step. Then the thread has neither computed nor waited: it was not let run.
    """
    blocking_s = e.longest_blocking_s
    return blocking_s > LONGEST_BLOCKING_S and (
        e.turn_cpu_s > blocking_s / 3 or blocking_s - e.starved_s > LONGEST_BLOCKING_S
    )


def _leaves_tasks(e: Evidence) -> Finding | None:
    if not e.tasks_left:
        return None
    verb = "was" if len(e.tasks_left) == 1 else "were"
    tasks = f"{count(len(e.tasks_left), 'task')} ({listed(e.tasks_left)})"
    seen = f"{tasks} {verb} still running after the answer had returned"
    if e.ignored_cancels:
        return Finding("Let CancelledError out of your tasks.", f"{seen}, and went on after a cancel.")
    return Finding(
        "Await every task before you return; a TaskGroup does it for you.",
        f"{seen}.",
        "A task goes on by itself. When the loop ends, it is cancelled in the middle of its work.",
    )


def _loses_errors(e: Evidence) -> Finding | None:
    # A cancel is the check's own: of what was left running. (`gather` passes it on as if it were an exception.)
    lost = [error.type for error in e.lost_errors if not error.is_a("CancelledError")]
    if not lost:
        return None
    if all(_found_the_session_closed(error) for error in e.lost_errors):
        return Finding(
            "Await every task before you return; a TaskGroup does it for you.",
            "A task of yours was still running when your function had ended, and found its session closed.",
            "A task goes on by itself. What it uses is closed by whoever opened it.",
        )
    return Finding(
        "Await each task, so that its exception reaches you.",
        f"{listed(lost)} went unseen in a task that nobody awaited.",
        "A task keeps its exception to itself until somebody asks for the result.",
    )


def _fails_in_callbacks(e: Evidence) -> Finding | None:
    if not e.callback_errors:
        return None
    error = e.callback_errors[0]
    said = f"The loop's exception handler was told: {error.type}: {error.message}{at(error.line)}.".replace("..", ".")
    if is_not_callable(error):
        return Finding(
            "Give the loop the function itself, without calling it: `call_soon_threadsafe(function, argument)`.",
            said,
            "Python works out the arguments of a call before the call: what stands in its parentheses has run by then.",
        )
    return Finding(
        "Let your callback raise nothing.",
        said,
        "The loop calls a callback, and nobody is there to catch what it raises.",
    )


def is_not_callable(error: Raised) -> bool:
    """Tell whether the loop itself could not call what it was given as a callback."""
    return error.within == "asyncio.events:_run" and error.message.endswith(" object is not callable")


def _found_the_session_closed(error: Raised) -> bool:
    """Tell whether a request failed because the check had closed its session: the function had ended."""
    return error.within.startswith("aiohttp.") and error.type in ("RuntimeError", "ClientConnectionError")


def _leaves_open(e: Evidence) -> Finding | None:
    kinds = Counter[str](one.kind for one in e.left_open)
    for kind, advice in _CLOSE.items():
        if kinds[kind]:
            return Finding(advice, f"It left {count(kinds[kind], kind)} open.")
    return None


_CLOSE = {
    "session": "Close each session: `async with aiohttp.ClientSession() as session`.",
    "socket": "Close each connection: `writer.close()` and `await writer.wait_closed()`, or `with`.",
    "async generator": "Close each asynchronous generator that you leave early: `async with aclosing(...)`.",
}


def _leaves_threads(e: Evidence) -> Finding | None:
    if not e.threads_left:
        return None
    return Finding(
        "Wait for the threads that you start: `join()`, or `with ThreadPoolExecutor()`.",
        f"{count(len(e.threads_left), 'thread')} still ran after the answer had returned.",
        "A thread can't be cancelled: its own code has to end it.",
    )


def _leaves_processes(e: Evidence) -> Finding | None:
    if not e.children_left:
        return None
    return Finding(
        "Wait for the processes that you start, or end them.",
        f"{count(len(e.children_left), 'process')} still ran after the answer had returned.",
    )


_FAULTS: tuple[tuple[str, Callable[[Evidence], Finding | None]], ...] = (
    ("blocking", _blocks),
    ("coroutines", never_ran),
    ("tasks", _leaves_tasks),
    ("errors", _loses_errors),
    ("callbacks", _fails_in_callbacks),
    ("open", _leaves_open),
    ("threads", _leaves_threads),
    ("processes", _leaves_processes),
)
"""By the name that an exercise gives in `own`."""
