"""What explains an exception that beginners meet."""

from __future__ import annotations

import re

from helpers.exercises.evidence import Evidence, Raised
from helpers.exercises.exercise import expectation
from helpers.exercises.findings import Finding


@expectation("No event loop inside the event loop")
def no_loop_inside(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it tried to start a second event loop."""
    if not any("running event loop" in error.message for error in _errors(evidence)):
        return None
    return Finding(
        "Write `await` where you wrote `asyncio.run` or `run_until_complete`.",
        "It tried to start an event loop inside the one that runs it.",
        "`asyncio.run` is for the top of a script. A coroutine is in a running loop already.",
    )


@expectation("Each coroutine is awaited once")
def no_coroutine_twice(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it awaited a coroutine a second time."""
    if not any("already awaited coroutine" in error.message for error in _errors(evidence)):
        return None
    return Finding(
        "Await each coroutine once.",
        "It awaited a coroutine that had run to its end.",
        "A coroutine runs once. A task can be awaited as often as you like: it keeps its result.",
    )


@expectation("No coroutine is used as if it were its result")
def no_coroutine_as_a_value(evidence: Evidence) -> Finding | None:
    """Explain a run that raised because it used a coroutine in place of what the coroutine returns."""
    if not any(
        "coroutine" in error.message and error.type in ("TypeError", "AttributeError") for error in _errors(evidence)
    ):
        return None
    (error, *_) = _errors(evidence)
    if "was expected" in error.message:  # create_task(fetch), gather(fetch)
        return Finding(
            "Call the function: a task is made of a coroutine, and a call makes one.",
            f"{error.type}: {re.sub(r' at 0x[0-9a-f]+', '', error.message)}.",
            "`fetch` is the function; `fetch(session, city)` is a coroutine.",
        )
    return Finding(
        "Put `await` before the call.",
        f"It used a coroutine as if it were the result ({error.type}: {error.message}).",
        "Calling an `async def` runs nothing. It makes a coroutine, and `await` makes a result of it.",
    )


RAISED = (no_loop_inside, no_coroutine_twice, no_coroutine_as_a_value)
"""What explains an exception that beginners meet: for an exercise's `explains`."""


def _errors(evidence: Evidence) -> tuple[Raised, ...]:
    return evidence.exception.leaves() if evidence.exception is not None else ()
