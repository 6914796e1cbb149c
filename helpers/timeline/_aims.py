"""Whom a task waits for: noted when it suspends, and when somebody lets it go on.

Of a wait for tasks it is these. Of a wait for a lock it is not known yet: asyncio's locks do not keep who has them. But
a lock passes on only while somebody's step runs: whoever runs when the next in line is told to go on has had it. So it
is known afterwards, without a look at any step of those who never wait. Where nobody ever let go, as in a deadlock, the
others are searched, once: who is within `async with lock` has the lock's `__aexit__` on its stack.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import CodeType, CoroutineType
from typing import Any, Protocol

from ._steps import Marks, clock
from .gauges import kind_of
from .origin import is_library_file
from .reasons import chain, innermost

_current_task: Callable[[Any], asyncio.Task[Any] | None] = asyncio.current_task
if sys.version_info < (3, 12):  # not in C yet: six times as long
    _current_task = asyncio.tasks._current_tasks.get  # type: ignore[attr-defined]
MOST_NAMED = 100  # tasks of one wait
MOST_AIMS = 100_000
SHORT_NS = 50_000  # to find out what a wait is for takes 3 µs: of a shorter one it is not
_MOST_SEARCHES = 50


class Obstacle:
    """What tasks have waited for in one way: to `get` from a queue, to `acquire` a lock.

    `since_ns` is when the first began to wait. `passed` says when one of them was let through, and by whom (None: a
    callback), one after the other in a flat list; `held` who had it at a moment.
    """

    __slots__ = ("action", "held", "kind", "name", "passed", "since_ns", "thing")

    def __init__(self, thing: Any, kind: str, action: str, name: str | None, since_ns: int) -> None:
        self.thing = weakref.ref(thing)
        self.since_ns = since_ns
        self.kind = kind
        self.action = action
        self.name = name
        self.passed: list[Any] = []
        self.held: list[tuple[int, tuple[Marks, ...]]] = []


class Ledger(Protocol):
    """The recorder, as far as this needs it."""

    loop: asyncio.AbstractEventLoop | None
    by_task: dict[int, Marks]
    obstacles: dict[int, Obstacle]
    waiting: dict[int, Obstacle | int]
    all_obstacles: list[Obstacle]
    named: dict[int, str]
    aims: int
    searches: int


def aim(ledger: Ledger, marks: Marks, coro: Any, awaited: object, since_ns: int) -> None:
    """Note whom a task waits for that has just suspended to wait for other tasks."""
    if ledger.aims < MOST_AIMS:
        try:
            _note(ledger, marks, _tasks(ledger, marks, _inner(coro), awaited), since_ns)
        except Exception:  # a learner's own object, or a library's that is not as it was: then it is not known
            return


def _note(ledger: Ledger, marks: Marks, target: Any, since_ns: int) -> None:
    if target:
        ledger.aims += 1
        if marks.aims is None:
            marks.aims = [since_ns, target]
        else:
            marks.aims += since_ns, target


def _inner(coro: Any) -> Any:
    inner, following = coro, None
    while type(inner) is _Coroutine and type(following := inner.cr_await) is _Coroutine:
        inner = following
    return innermost(coro) if following is None else inner


def _find_out(ledger: Ledger, key: int, marks: Marks, coro: Any) -> Obstacle | None:
    """Return what lock or queue a task waits for that is suspended still, and note it."""
    waited = ledger.waiting[key]
    if isinstance(waited, Obstacle):
        return waited
    try:
        found = _obstacle(ledger, _inner(coro), waited)
    except Exception:  # as above
        return None
    if found is not None and ledger.aims < MOST_AIMS:
        _note(ledger, marks, found, waited)
        ledger.waiting[key] = found
        return found
    return None


def _obstacle(ledger: Ledger, inner: Any, since_ns: int) -> Obstacle | None:
    if type(inner) is not _Coroutine:
        return None
    code, held = inner.cr_code, gc.get_referents(inner)
    key = id(code)
    place = _places.get(key, -1)
    if place < 0 or len(held) <= place or type(held[place]) not in _kinds:
        place = _find(held, code)
        if place < 0:
            return None
        _places[key] = place
        _codes.append(code)
    thing = held[place]
    key += id(thing)
    known = ledger.obstacles.get(key)
    if known is None or known.thing() is not thing:
        known = Obstacle(thing, _kinds[type(thing)], code.co_name, ledger.named.get(id(thing)), since_ns)
        ledger.obstacles[key] = known
        ledger.all_obstacles.append(known)
    known.since_ns = min(known.since_ns, since_ns)
    return known


def _find(held: Sequence[object], code: CodeType) -> int:
    """Return the place of a lock or queue among what a coroutine of a library refers to; -1 where there is none."""
    if is_library_file(code.co_filename):
        for place, thing in enumerate(held):
            kind = kind_of(thing)
            if kind is not None:
                _kinds[type(thing)] = kind
                return place
    return -1


_Coroutine = CoroutineType
_kinds: dict[type, str] = {}
_places: dict[int, int] = {}  # by the id of the code, which `_codes` keeps alive
_codes: list[CodeType] = []
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


def let_through(ledger: Ledger, marks: Marks, task: asyncio.Task[Any], now_ns: int, args: Any) -> None:
    """Note who lets a task go on that has waited for a lock or a queue, or who has it where the wait was given up."""
    key = id(task)
    waited = ledger.waiting[key]
    obstacle = None
    if isinstance(waited, Obstacle) or now_ns - waited > SHORT_NS:
        obstacle = _find_out(ledger, key, marks, task.get_coro())
    del ledger.waiting[key]
    if obstacle is None:
        return
    if args and args[0].cancelled():
        search(ledger, obstacle)
    else:
        obstacle.passed += now_ns, ledger.by_task.get(id(_current_task(ledger.loop)))


def search(ledger: Ledger, obstacle: Obstacle) -> None:
    """Note who has what others wait for: those that are within `async with` of it."""
    thing = obstacle.thing()
    if thing is None or obstacle.action != "acquire" or ledger.searches >= _MOST_SEARCHES:
        return
    ledger.searches += 1
    holders = tuple(
        marks for marks in [*ledger.by_task.values()] if marks.task is not None and _is_within(marks.task(), thing)
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


def search_all(ledger: Ledger) -> None:
    """Search for all that is waited for now."""
    found: dict[Obstacle | None, None] = {}
    for key in [*ledger.waiting]:
        marks = ledger.by_task.get(key)
        task = None if marks is None or marks.task is None else marks.task()
        if marks is not None and task is not None:
            found[_find_out(ledger, key, marks, task.get_coro())] = None
    for obstacle in found:
        if obstacle is not None:
            search(ledger, obstacle)
