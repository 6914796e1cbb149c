"""What is wrong with an answer whatever the exercise is, in words that fit any.

`before` looks at the answer itself, `unfinished` at how its run ended. `behaviour` has what a run left behind.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

from helpers.exercises._words import a, at, count
from helpers.exercises.evidence import Evidence, Raised
from helpers.exercises.exercise import Exercise
from helpers.exercises.expectations.results import shown
from helpers.exercises.findings import Finding
from helpers.exercises.travel import Stays
from helpers.exercises.worker import LOOKING_LIMIT_S, MEMORY_BYTES
from helpers.timeline import Ending

STARVED_S = 0.1
"""Of 44 answers checked beside three others on two cores 42 had 0.03 s at most. A right one that was refused: 0.32."""
_BUSY = 0.5


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
    """Say what keeps an answer from travelling: the answer's own fault, or no more than the check's limit."""
    if why.bound:
        service = "session" in why.type.lower() or "service" in why.type.lower()
        return Finding(
            "Use the session that your function gets."
            if service
            else f"Take `{why.name}` from the arguments, or make it inside the function.",
            f"The answer uses the notebook's own `{why.name}`, {a(why.type)}.",
            "Sessions, services and what somebody holds belong to the event loop and the process in which they were "
            "made.",
        )
    if not why.name:
        return Finding(
            "Keep what it uses small and plain, and check it again.",
            f"The check runs an answer in another process, and this one can't be sent there: {why.why}.",
            "That is a limit of the check: it does not say that your answer is wrong.",
        )
    return Finding(
        f"Make `{why.name.partition('.')[0]}` inside the function, or do without it, and check again.",
        f"The check runs an answer in another process, and can't send `{why.name}` there, {a(why.type)}.",
        "That is a limit of the check: it does not say that your answer is wrong.",
    )


def unexpected_shape(label: str, result: object) -> Finding:
    """Say that a result is of a kind that the expectation with this label can't judge."""
    return Finding(
        "Return what the exercise asks for, and in its shape.",
        f"Your function returned {shown(result)}. “{label}” can't be told from that.",
    )


def unfinished(exercise: Exercise, evidence: Evidence) -> Finding:
    """Say how a run ended that did not return."""
    match evidence.outcome:
        case "raised":
            return _raised(evidence)
        case "refused":
            return _refused(exercise, evidence)
        case "never ended" if _keeps_busy(evidence):
            return Finding(
                "Wait for what has to happen, such as an `asyncio.Event`, instead of asking again and again.",
                f"It went round a loop with an `await` that never has to wait, such as `asyncio.sleep(0)`, "
                f"and kept the processor busy for {evidence.cpu_s:.1f} of {evidence.seconds:.1f} s until the deadline.",
                "`sleep(0)` lets the others have a turn and comes straight back: to ask all the time is not to wait.",
            )
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
        case "blocked" | "spun" | "held the GIL":
            return _stuck(exercise, evidence)
        case "exited":
            return Finding(
                "Return or raise instead of leaving the program.", f"It called sys.exit({evidence.exit_status})."
            )
        case "took too much memory":
            return _memory()
        case "could not be looked at":
            return Finding(
                "Return less, and start fewer tasks at a time.",
                f"It had ended, and what it had left was too much to be looked at within {LOOKING_LIMIT_S:g} s.",
            )
        case "garbled":
            return Finding(
                "Write only into files of your own.",
                "What the check's process tells of the run could not be read: something else was written into it.",
            )
        case _:
            return Finding("Return or raise instead of ending the process.", f"{_ending(evidence.exit_status)}.")


def starved(evidence: Evidence) -> bool:
    """Tell whether others kept an answer from running for so long that what was seen may say nothing of it."""
    ended = all(run.outcome in ("returned", "raised") for run in (evidence, *evidence.trials.values()))
    return ended and most_starved_s(evidence) > STARVED_S


def most_starved_s(evidence: Evidence) -> float:
    """Return for how long others kept one thread of an answer from running, in the run in which it was longest."""
    return max(run.most_starved_s for run in (evidence, *evidence.trials.values()))


def _keeps_busy(evidence: Evidence) -> bool:
    """Tell whether a run that never ended computed most of the time that it had the processor."""
    had_s = evidence.seconds - evidence.starved_s
    return had_s > 0 and evidence.cpu_s > _BUSY * had_s


def _stuck(exercise: Exercise, evidence: Evidence) -> Finding:
    when, where = f"At the deadline of {exercise.deadline_s:g} s", at(evidence.stuck)
    if evidence.outcome == "blocked":
        return Finding(
            "Await instead of blocking, so that the event loop can go on.",
            f"{when} one call still kept the loop's thread waiting{where}.",
            "`async def` does not make a blocking call non-blocking.",
        )
    if evidence.outcome == "spun":
        return Finding(
            "Give the loop an end, or an `await` that hands the event loop back.",
            f"{when} it was still computing{where}, and no other task could run.",
            "Until yours ends, others run only where an `await`, an `async with` or an `async for` suspends.",
        )
    return Finding(
        "Make the computation smaller: no other thread can run while it lasts.",
        f"{when} it was still inside one call of compiled code{where}.",
        "Nothing in Python can interrupt such a call; only ending the process did.",
    )


def _raised(evidence: Evidence) -> Finding:
    error = evidence.exception or Raised("Exception", (), "")
    leaves = error.leaves()
    first = leaves[0]
    line = first.line or error.line
    if any(leaf.is_a("MemoryError") for leaf in leaves):
        return _memory()
    if any(leaf.is_a("RecursionError") for leaf in leaves):
        return Finding(
            "Give the recursion an end.", f"It called itself until Python stopped it{at(line)}: RecursionError."
        )
    if first.is_a("CancelledError"):
        return Finding("Find who cancels it.", f"It ended with CancelledError{at(line)}.")
    said = _said(first)
    if len(leaves) > 1:
        said = f"{count(len(leaves), 'exception')} in {a(error.type)}, the first {said}"
    seen = f"{said}{at(line)}.".replace("..", ".")
    if (cause := first.cause) is not None:
        origin = cause.leaves()[0]
        seen += f" It came from {_said(origin)}{at(origin.line)}.".replace("..", ".")
    return Finding("Find out why it raises.", seen)


def _said(error: Raised) -> str:
    return f"{error.type}: {error.message}" if error.message else error.type


def _refused(exercise: Exercise, evidence: Evidence) -> Finding:
    why = evidence.exception.message if evidence.exception else ""
    name = getattr(exercise.reference, "__name__", "answer")
    define = "def" if exercise.takes == "function" else "async def"
    match evidence.refusal:
        case "signature":
            return Finding(
                f"Give it these parameters: `{define} {name}({parameters(exercise.reference)})`.",
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
        case "no context manager":
            return Finding(
                "Put `@asynccontextmanager` before it, and one `yield` in it.",
                f"Calling it returned {a(why)}, which `async with` can't enter.",
                "An asynchronous context manager has two halves: what is before the `yield`, and what is after it.",
            )
        case "coroutine":
            return Finding(
                f"Begin with `def {name}`, without `async`: the caller doesn't await it.",
                "Calling it returned a coroutine: nothing has run.",
            )
        case "unreadable":
            return Finding(
                "Keep the answer to functions and plain values.", f"It could not be put together again: {why}."
            )
        case _:
            return Finding(
                f"Begin with `async def {name}`.",
                f"Calling it returned {a(why)}, which can't be awaited: it is no coroutine function.",
            )


def parameters(function: Callable[..., object]) -> str:
    """Return a function's parameters as a learner would write them: without annotations."""
    bare = [one.replace(annotation=one.empty) for one in inspect.signature(function).parameters.values()]
    return str(inspect.Signature(bare))[1:-1]


def _memory() -> Finding:
    return Finding("Keep less at a time.", f"It took more memory than the limit of {MEMORY_BYTES // 2**20} MiB.")


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
