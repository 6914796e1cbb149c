"""What the exercises of 10 have in common: the page's places, and how tasks are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

LAG = "stutter-lag"
STACKS = "hang-seen"
LOST = "lost-seen"
LEAK = "leak-seen"


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, wait until they have ended, and take their errors."""
    there = list(tasks)
    for task in there:
        task.cancel()
    await asyncio.gather(*there, return_exceptions=True)


def last_part(name: object) -> object:
    """Return the last part of a dotted name: functions may be called by `__name__` or by `__qualname__`."""
    return name.rpartition(".")[2] if isinstance(name, str) else name
