"""What is wrong with an answer whatever the exercise is, in words that fit any.

`before` looks at the answer itself, `unfinished` at how its run ended, `result` at what came out, `behaviour` at what
it left behind or held up.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from helpers.exercises.evidence import Evidence, Other, Raised
from helpers.exercises.exercise import Exercise
from helpers.exercises.findings import Finding
from helpers.exercises.travel import Stays
from helpers.timeline import Ending, duration

LONGEST_HOLD_S = 0.3  # a machine with a process burning each core stretches a step by some 10 ms


def before(exercise: Exercise, answer: Any) -> Finding | None:
    """Look at an answer before it runs."""
    if exercise.takes == "value":
        if callable(answer) or inspect.isawaitable(answer):
            return Finding("Give the value itself.", f"check() got a {type(answer).__name__}.")
        return None
    name = getattr(exercise.reference, "__name__", "answer")
    if inspect.iscoroutine(answer):
        answer.close()
        return Finding(
            f'Give the function itself, without calling it: check("{exercise.number}", {answer.__name__}).',
            "check() got a coroutine: what a call returns.",
        )
    if not callable(answer):
        return Finding(
            f'Give your function: check("{exercise.number}", {name}).',
            f"check() got a {type(answer).__name__}, which can't be called.",
        )
    return None


def stays(why: Stays) -> Finding:
    """Say what keeps an answer from travelling."""
    if not why.name:
        return Finding("Keep the answer small and self-contained.", f"It can't be sent to be checked: {why.why}.")
    return Finding(
        f"Take `{why.name}` from the arguments, or make it inside the function.",
        f"The answer uses the notebook's own `{why.name}`, {_a(why.type)}, which can't travel to another process.",
        "Sessions, locks and services belong to the event loop and the process in which they were made.",
    )


def unfinished(exercise: Exercise, evidence: Evidence) -> Finding:
    """Say how a run ended that did not return."""
    s = f"{exercise.deadline_s:g} s"
    where = _at(evidence.stuck)
    match evidence.outcome:
        case "raised":
            return _raised(evidence)
        case "refused":
            return _refused(exercise, evidence)
        case "never ended":
            return Finding(
                "Look for what is awaited and never comes: an event nobody sets, an empty queue, an endless loop.",
                f"It was still waiting at the deadline, and was cancelled.{_waiting(evidence)}",
            )
        case "would not be cancelled":
            return Finding(
                "Let CancelledError out: catch `Exception`, not `BaseException`, around an await, or raise it again.",
                "It was cancelled at the deadline and went on.",
                "Cancellation is an exception, thrown into the await. What swallows it no timeout can stop.",
            )
        case "blocked":
            return Finding(
                "Await instead of blocking, so that the event loop can go on.",
                f"At the deadline of {s} one call still kept the loop's thread waiting{where}.",
                "`async def` does not make a blocking call non-blocking.",
            )
        case "spun":
            return Finding(
                "Give the loop an end, or an `await` that hands the event loop back.",
                f"At the deadline of {s} it was still computing{where}, and no other task could run.",
                "The event loop takes over at an `await` that has to wait, and nowhere else.",
            )
        case "held the GIL":
            return Finding(
                "Make the computation smaller: no other thread can run while it lasts.",
                f"At the deadline of {s} it was still inside one call of compiled code{where}.",
                "Nothing in Python can interrupt such a call; only ending the process did.",
            )
        case "exited":
            return Finding(
                "Return or raise instead of leaving the program.", f"It called sys.exit({evidence.exit_status})."
            )
        case "took too much memory":
            return _memory()
        case _:
            return Finding("Return or raise instead of ending the process.", f"{_ending(evidence.exit_status)}.")


def result(evidence: Evidence) -> Finding | None:
    """Say so when what came out has yet to be awaited or iterated."""
    items = evidence.result if isinstance(evidence.result, (list, tuple)) else [evidence.result]
    kinds = Counter(item.type for item in items if isinstance(item, Other) and item.type in _TO_DO)
    for kind, count in kinds.most_common(1):
        whole = not isinstance(evidence.result, (list, tuple))
        seen = f"It returned {_a(kind)}." if whole else f"It returned {count} of type {kind} in its result."
        return Finding(_TO_DO[kind], seen, "A call of an `async def` function makes a coroutine, and runs nothing yet.")
    return None


_TO_DO = {
    "coroutine": "Await what you return.",
    "Task": "Await the task, and return its result.",
    "Future": "Await the future, and return its result.",
    "_GatheringFuture": "Await `gather(...)`, and return its result.",
    "generator": "Return the values themselves, such as a list of them.",
    "async_generator": "Collect the values with `async for`, and return those.",
}


def behaviour(exercise: Exercise, evidence: Evidence) -> list[Finding]:
    """Say what a run held up or left behind, in any of its trials."""
    found: dict[str, Finding] = {}
    for one in (evidence, *evidence.trials.values()):
        for name, finding in _behaviour(one):
            if name not in exercise.own:
                found.setdefault(name, finding)
    return list(found.values())


def _behaviour(e: Evidence) -> Iterator[tuple[str, Finding]]:
    if e.blocking_calls:
        call = max(e.blocking_calls, key=lambda call: call.times)
        times = sum(one.times for one in e.blocking_calls if one.name == call.name)
        yield (
            "blocking",
            Finding(
                "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
                f"The loop's thread was kept waiting {_times(times)} by {call.name}{_at(call.line)}.",
                "`async def` does not make a blocking call non-blocking: while it lasts, no other task runs.",
            ),
        )
    elif e.longest_hold_s > LONGEST_HOLD_S:
        yield (
            "blocking",
            Finding(
                "Hand the event loop back more often, or move the work to `asyncio.to_thread`.",
                f"One step held the loop for {duration(e.longest_hold_s)}, and all other tasks waited.",
            ),
        )
    if e.never_awaited:
        yield (
            "coroutines",
            Finding(
                "Put `await` before the call, or make a task of it.",
                f"{_list(e.never_awaited)} {_was(e.never_awaited)} called and never ran.",
                "Calling an `async def` function runs nothing: it makes a coroutine that somebody has to await.",
            ),
        )
    if e.ignored_cancels:
        yield (
            "tasks",
            Finding(
                "Let CancelledError out of your tasks.",
                f"{_tasks(e.tasks_left)} still running after the answer had returned, and went on after a cancel.",
            ),
        )
    elif e.tasks_left:
        yield (
            "tasks",
            Finding(
                "Await every task before you return; a TaskGroup does it for you.",
                f"{_tasks(e.tasks_left)} still running after the answer had returned.",
                "A task goes on by itself. When the loop ends, it is cancelled in the middle of its work.",
            ),
        )
    if e.lost_errors:
        yield (
            "errors",
            Finding(
                "Await each task, so that its exception reaches you.",
                f"{_list([error.type for error in e.lost_errors])} went unseen in a task that nobody awaited.",
                "A task keeps its exception to itself until somebody asks for the result.",
            ),
        )
    yield from _left(e)


def _left(e: Evidence) -> Iterator[tuple[str, Finding]]:
    kinds = Counter(one.kind for one in e.left_open)
    for kind, advice in _CLOSE.items():
        if kinds[kind]:  # type: ignore[index]
            yield "open", Finding(advice, f"It left {_count(kinds[kind], kind)} open.")  # type: ignore[index]
            break
    if e.threads_left:
        yield (
            "threads",
            Finding(
                "Wait for the threads that you start: `join()`, or `with ThreadPoolExecutor()`.",
                f"{_count(len(e.threads_left), 'thread')} still ran after the answer had returned.",
                "A thread can't be cancelled: only its own code can end it.",
            ),
        )
    if e.children_left:
        yield (
            "processes",
            Finding(
                "Wait for the processes that you start, or end them.",
                f"{_count(len(e.children_left), 'process')} still ran after the answer had returned.",
            ),
        )


_CLOSE = {
    "session": "Close each session: `async with aiohttp.ClientSession() as session`.",
    "socket": "Close each connection: `writer.close()` and `await writer.wait_closed()`, or `with`.",
    "async generator": "Close each asynchronous generator that you leave early: `async with aclosing(...)`.",
}


def _raised(evidence: Evidence) -> Finding:
    error = evidence.exception or Raised("Exception", (), "")
    leaves = error.leaves()
    first = leaves[0]
    line = first.line or error.line
    if any(leaf.is_a("MemoryError") for leaf in leaves):
        return _memory()
    if any(leaf.is_a("RecursionError") for leaf in leaves):
        return Finding(
            "Give the recursion an end.", f"It called itself until Python stopped it{_at(line)}: RecursionError."
        )
    if first.is_a("CancelledError"):
        return Finding("Find who cancels it.", f"It ended with CancelledError{_at(line)}.")
    said = f"{first.type}: {first.message}" if first.message else first.type
    if len(leaves) > 1:
        said = f"{_count(len(leaves), 'exception')} in {_a(error.type)}, the first {said}"
    return Finding("Find out why it raises.", f"{said}{_at(line)}.".replace("..", "."))


def _refused(exercise: Exercise, evidence: Evidence) -> Finding:
    why = evidence.exception.message if evidence.exception else ""
    name = getattr(exercise.reference, "__name__", "answer")
    match evidence.refusal:
        case "signature":
            return Finding(
                f"Give it these parameters: `async def {name}{inspect.signature(exercise.reference)}`.",
                f"It can't be called as the exercise says: {why}.",
            )
        case "async generator":
            return Finding(
                "Return the values with `return`, all at once.",
                "There is a `yield` in it, which makes it an asynchronous generator: it can't be awaited.",
            )
        case "generator":
            return Finding(
                f"Begin with `async def {name}`, and `return` instead of `yield`.",
                "It is a generator, which can't be awaited.",
            )
        case "unreadable":
            return Finding(
                "Keep the answer to functions and plain values.", f"It could not be put together again: {why}."
            )
        case _:
            return Finding(
                f"Begin with `async def {name}`.",
                f"Calling it returned {_a(why)}, which can't be awaited: it is no coroutine function.",
            )


def _memory() -> Finding:
    return Finding("Keep less at a time.", "It took more memory than the limit of 512 MiB.")


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        names = {-6: "it aborted", -11: "it crashed (segmentation fault)", -9: "it was killed"}
        return f"The process ended by signal {-status}: {names.get(status, 'it was ended')}"
    return f"The process ended in the middle of the run, with exit status {status}"


def _waiting(evidence: Evidence) -> str:
    """Say what the lanes waited for that had not come to their end when the run was cancelled."""
    lanes = evidence.record.lanes if evidence.record else ()
    unended = (lane for lane in lanes if lane.ending in (Ending.CANCELLED, Ending.UNFINISHED))
    last = (next((one.state for one in reversed(lane.segments) if one.state.is_waiting), None) for lane in unended)
    states = Counter(state.removeprefix("waiting: ") for state in last if state is not None)
    return f" It waited for: {', '.join(states)}." if states else ""


def _at(line: tuple[int, str] | None) -> str:
    if line is None:
        return ""
    return f" in line {line[0]}, `{line[1]}`" if line[1] else f" in line {line[0]}"


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _count(n: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n} {noun if n == 1 else plural}"


def _was(items: tuple[str, ...]) -> str:
    return "was" if len(set(items)) == 1 else "were"


def _list(items: Iterable[str]) -> str:
    counts = Counter(items)
    shown = [f"`{name}`" + (f" (×{n})" if n > 1 else "") for name, n in list(counts.items())[:3]]
    return ", ".join(shown) + (" and others" if len(counts) > 3 else "")


def _tasks(names: tuple[str, ...]) -> str:
    return f"{_count(len(names), 'task')} ({_list(names)}) {'was' if len(names) == 1 else 'were'}"
