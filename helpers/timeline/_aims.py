"""Whom a task waits for: noted when it suspends, and when somebody lets it go on.

Of a wait for tasks it is these. Of a wait for a lock it is not known yet: asyncio's locks do not keep who has them. But
a lock passes on only while somebody's step runs: whoever runs when the next in line is told to go on has had it. So it
is known afterwards, without a look at any step of those who never wait. Where nobody ever let go, as in a deadlock, the
others are searched, once: who is within `async with lock` has the lock's `__aexit__` on its stack.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from types import CoroutineType
from typing import Any, Protocol

from ._steps import Marks, clock
from .gauges import kind_of
from .origin import is_library_file
from .reasons import chain, innermost
from .states import State

MOST_NAMED = 100  # tasks of one wait
MOST_AIMS = 100_000
_MOST_SEARCHES = 50


class Obstacle:
    """What tasks have waited for in one way: to `get` from a queue, to `acquire` a lock.

    `passed` says when one of them was let through, and by whom (None: a callback); `held` who had it at a moment.
    """

    __slots__ = ("action", "held", "kind", "name", "passed", "thing")

    def __init__(self, thing: Any, kind: str, action: str, name: str | None) -> None:
        self.thing = weakref.ref(thing)
        self.kind = kind
        self.action = action
        self.name = name
        self.passed: list[tuple[int, Marks | None]] = []
        self.held: list[tuple[int, tuple[Marks, ...]]] = []


class Ledger(Protocol):
    """The recorder, as far as this needs it."""

    by_task: dict[int, Marks]
    obstacles: dict[tuple[int, str], Obstacle]
    all_obstacles: list[Obstacle]
    named: dict[int, str]
    aims: int
    searches: int


def aim(ledger: Ledger, marks: Marks, coro: Any, awaited: object, since_ns: int, reason: State) -> None:
    """Note whom a task waits for that has just suspended."""
    inner = coro
    if type(inner) is CoroutineType:
        while type(following := inner.cr_await) is CoroutineType:
            inner = following
    if type(inner) is not CoroutineType or following is None:
        inner = innermost(inner)
    target = _obstacle(ledger, inner) if reason is State.LOCK else _tasks(ledger, marks, inner, awaited)
    if not target or ledger.aims >= MOST_AIMS:
        return
    ledger.aims += 1
    if marks.aims is None:
        marks.aims = []
    marks.aims += since_ns, target
    if reason is State.LOCK:
        marks.obstacle = target


def _obstacle(ledger: Ledger, inner: Any) -> Obstacle | None:
    code = getattr(inner, "cr_code", None)
    if code is None or not is_library_file(code.co_filename):
        return None
    for thing in gc.get_referents(inner):
        kind = _kinds.get(type(thing), "")
        if kind == "":
            kind = _kinds[type(thing)] = kind_of(thing)
        if kind is not None:
            key = (id(thing), code.co_name)
            known = ledger.obstacles.get(key)
            if known is None or known.thing() is not thing:
                known = ledger.obstacles[key] = Obstacle(thing, kind, code.co_name, ledger.named.get(id(thing)))
                ledger.all_obstacles.append(known)
            return known
    return None


_kinds: dict[type, str | None] = {}
_GATHERING: type = asyncio.tasks._GatheringFuture  # type: ignore[attr-defined]


def _tasks(ledger: Ledger, marks: Marks, inner: Any, awaited: Any) -> tuple[Marks, ...]:
    ids = dict.fromkeys(map(id, _awaited(inner, awaited)))
    found = map(ledger.by_task.get, ids)
    return tuple(islice((one for one in found if one is not None and one is not marks), MOST_NAMED))


def _awaited(inner: Any, awaited: Any) -> Iterable[object]:
    """Return the tasks that are waited for, with others that may be among them."""
    if isinstance(awaited, asyncio.Task):
        return (awaited,)
    if type(awaited) is _GATHERING:
        return awaited._children  # type: ignore[attr-defined,no-any-return]
    code = getattr(inner, "cr_code", None)
    if code is None or not is_library_file(code.co_filename):
        return _shielded(awaited)
    return _held_by(inner)


def _held_by(inner: Any) -> Iterator[object]:
    for held in gc.get_referents(inner):
        if type(held) in (set, list, tuple):
            yield from held
        elif isinstance(held, asyncio.TaskGroup):
            yield from held._tasks
        else:
            yield held


def _shielded(awaited: Any) -> Iterator[object]:
    for callback, _ in getattr(awaited, "_callbacks", None) or ():
        if getattr(callback, "__qualname__", "").startswith("shield.<locals>"):
            yield from (cell.cell_contents for cell in callback.__closure__)


def let_through(ledger: Ledger, marks: Marks, args: Any) -> None:
    """Note who lets a task go on that has waited for a lock or a queue, or who has it where the wait was given up."""
    obstacle, marks.obstacle = marks.obstacle, None
    if args and args[0].cancelled():
        search(ledger, obstacle)
    else:
        obstacle.passed.append((clock(), ledger.by_task.get(id(asyncio.current_task()))))


def search(ledger: Ledger, obstacle: Obstacle) -> None:
    """Note who has what others wait for: those that are within `async with` of it."""
    thing = obstacle.thing()
    if thing is None or obstacle.action != "acquire" or ledger.searches >= _MOST_SEARCHES:
        return
    ledger.searches += 1
    holders = tuple(
        marks
        for marks in [*ledger.by_task.values()]
        if marks.obstacle is not obstacle and marks.task is not None and _is_within(marks.task(), thing)
    )
    if holders:
        obstacle.held.append((clock(), holders))


def _is_within(task: asyncio.Task[Any] | None, thing: object) -> bool:
    if task is None or task.done():
        return False
    coros = [*chain(task.get_coro())]
    last = getattr(coros[-1], "cr_code", None)
    if last is not None and last.co_name == "acquire" and any(one is thing for one in gc.get_referents(coros[-1])):
        return False  # it is on its way in
    for coro in coros:
        held = gc.get_referents(coro)
        for place, one in enumerate(held):
            if getattr(one, "__name__", None) == "__aexit__":
                # From 3.14 on a function, and what it is called on after it.
                owner = getattr(one, "__self__", None) or (held[place + 1] if place + 1 < len(held) else None)
                if owner is thing or getattr(owner, "_lock", None) is thing:  # of a condition
                    return True
    return False


def search_all(ledger: Ledger, all_marks: Iterable[Marks]) -> None:
    """Search for all that is waited for now."""
    for obstacle in {id(marks.obstacle): marks.obstacle for marks in all_marks if marks.obstacle is not None}.values():
        search(ledger, obstacle)
