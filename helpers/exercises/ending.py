"""How an answer that a run awaits has ended: what it raised, or whether a cancel ended it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from helpers.exercises.hosts import PATIENCE_S


async def ended(awaitable: Awaitable[Any], *, of: Sequence[BaseException] | None = None) -> str:
    """Wait for an answer and return how it ended: "returned", or the names of what it raised, those in a group too.

    Args:
        awaitable: the answer's.
        of: the errors that the run has raised on purpose. Where they are given, any other one is the answer's own
            mistake, and comes out.
    """
    try:
        await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is this very run that is cancelled, at the deadline
            raise
        return "CancelledError"
    except (Exception, BaseExceptionGroup) as error:
        found = leaves(error)
        if of is not None and not any(one is own for one in found for own in of):
            raise
        return ", ".join(sorted(type(leaf).__name__ for leaf in found))
    return "returned"


def leaves(error: BaseException) -> list[BaseException]:
    """Return the exceptions in a group, in groups within it too; of anything else itself."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in leaves(one)]
    return [error]


async def ends_when_cancelled(task: asyncio.Future[Any]) -> bool:
    """Cancel a task, and tell whether one cancel ended it; in the end it is cancelled until it has ended."""
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE_S)
    at_once = task.done()
    for _ in range(50):  # one that catches it once may end at the next; it is not to be taken for one left behind
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task], timeout=0.02)
    if task.done() and not task.cancelled():
        task.exception()  # another run says what it raises
    return at_once
