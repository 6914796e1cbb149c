"""Why a task waits: one table from what it awaits to the reason shown in its lane.

A suspended task is a chain of coroutines with a future at its end. The type of that future, and the module and
name of the innermost coroutine, tell what the wait is for. What the table does not know is `State.OTHER`:
a learner's own `get()` is no queue, and a bare future is not the network.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

from .states import State

Reason = State | Callable[[FrameType], State]


def _stream(frame: FrameType) -> State:
    """Tell a stream over a socket from one over a pipe of a child process."""
    owner = frame.f_locals.get("self")
    transport = getattr(owner, "_transport", None)
    if transport is None:
        return State.OTHER
    if transport.get_extra_info("socket") is not None:
        return State.NETWORK
    piped = any(transport.get_extra_info(name) is not None for name in ("pipe", "subprocess"))
    return State.PROCESS if piped else State.OTHER


# "module" or "module:qualified name"; the longest entry that a coroutine's own falls under wins.
_TABLE: dict[str, Reason] = {
    "asyncio.tasks:sleep": State.TIMER,
    "asyncio.tasks": State.TASK,  # wait, as_completed, and wait_for on 3.11
    "asyncio.taskgroups": State.TASK,
    "asyncio.locks": State.LOCK,
    "asyncio.queues": State.LOCK,
    "asyncio.streams": _stream,
    "asyncio.base_events": State.NETWORK,
    "asyncio.base_events:BaseEventLoop.subprocess_exec": State.PROCESS,
    "asyncio.base_events:BaseEventLoop.subprocess_shell": State.PROCESS,
    "asyncio.base_events:BaseEventLoop.shutdown_default_executor": State.THREAD,
    "asyncio.selector_events": State.NETWORK,
    "asyncio.proactor_events": State.NETWORK,
    "asyncio.windows_events": State.NETWORK,
    "asyncio.unix_events": State.PROCESS,
    "asyncio.unix_events:_UnixSelectorEventLoop.create_unix_connection": State.NETWORK,
    "asyncio.sslproto": State.NETWORK,
    "asyncio.base_subprocess": State.PROCESS,
    "asyncio.subprocess": State.PROCESS,
    "aiohttp": State.NETWORK,
    # Every connection of the pool is in use: what is awaited is another request of this very program.
    "aiohttp.connector:BaseConnector._wait_for_available_connection": State.LOCK,
    "aiohappyeyeballs": State.NETWORK,
    "anyio._backends._asyncio:Event": State.LOCK,
    "anyio._backends._asyncio:TaskGroup": State.TASK,
    "anyio.streams.memory": State.LOCK,
    "httpcore": State.NETWORK,
    "websockets": State.NETWORK,
}

# A future that stands for other tasks says so by its type, whoever awaits it.
_GATHERING: type = asyncio.tasks._GatheringFuture  # type: ignore[attr-defined]
_by_future_type: dict[type, State] = {asyncio.Task: State.TASK, _GATHERING: State.TASK}

# One code object, one reason. Keyed by id because hashing a code object costs 0.5 µs; the second item keeps the
# code alive, so that the id stays its own.
_by_code: dict[int, tuple[Reason, CodeType | None]] = {}


def reason_for(coro: Any, awaited: object) -> State:
    """Say what a coroutine waits for that has just suspended by yielding `awaited`.

    Args:
        coro: the outermost coroutine of a task, suspended (not running).
        awaited: what its `send` returned: a future, or None from a bare `yield` such as `asyncio.sleep(0)`.
    """
    if awaited is None:
        return State.READY
    by_type = _by_future_type.get(type(awaited))
    if by_type is not None:
        return by_type
    # The usual chain, coroutines down to a future, takes no function call: it is walked at every step of every task.
    inner, following = coro, getattr(coro, "cr_await", None)
    while type(following) is CoroutineType:
        inner, following = following, following.cr_await
    if type(following) not in _future_iterators:
        if isinstance(awaited, asyncio.Task):
            return _by_future_type.setdefault(type(awaited), State.TASK)
        inner = innermost(inner)
    code = inner.cr_code if type(inner) is CoroutineType else _code_of(inner)
    known = _by_code.get(id(code))
    if known is None:
        known = _by_code[id(code)] = (_look_up(inner, code), code)
    reason = known[0]
    if reason is State.OTHER:
        return State.TASK if _is_shield(awaited) else State.OTHER
    if isinstance(reason, State):
        return reason
    frame = _frame_of(inner)
    return State.OTHER if frame is None else reason(frame)


def innermost(coro: Any) -> Any:
    """Return the last coroutine or generator of an await chain: the one that awaits the future itself.

    The chain is `cr_await` in coroutines, `ag_await` in asynchronous generators, `gi_yieldfrom` in generators.
    Iterators that show nothing (`async_generator_asend`, the `coroutine_wrapper` of an `__await__` that returns
    another's) are stepped through by `gc.get_referents`.
    """
    while True:
        kind = type(coro)
        if kind is CoroutineType:
            following = coro.cr_await
        elif kind is GeneratorType:
            following = coro.gi_yieldfrom
        elif kind is AsyncGeneratorType:
            following = coro.ag_await
        else:
            following = getattr(coro, "cr_await", None)
        if following is None:
            return coro
        kind = type(following)
        if kind in _LINKS:
            coro = following
        elif kind in _future_iterators or (following := _through(following)) is None:
            return coro
        else:
            coro = following


_LINKS = frozenset({CoroutineType, GeneratorType, AsyncGeneratorType})
_future_iterators: set[type] = set()  # in CPython one type, which has no public name


def _through(iterator: Any) -> Any:
    """Return the coroutine that an opaque iterator drives, or None where it drives none."""
    referents = gc.get_referents(iterator)
    if type(iterator).__module__ == "_asyncio" and any(isinstance(held, asyncio.Future) for held in referents):
        _future_iterators.add(type(iterator))
    return next((held for held in referents if type(held) in _LINKS), None)


def _code_of(coro: Any) -> CodeType | None:
    for name in ("cr_code", "gi_code", "ag_code"):
        code = getattr(coro, name, None)
        if isinstance(code, CodeType):
            return code
    return None


def _frame_of(coro: Any) -> FrameType | None:
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(coro, name, None)
        if isinstance(frame, FrameType):
            return frame
    return None


def _look_up(coro: Any, code: CodeType | None) -> Reason:
    frame = _frame_of(coro)
    if frame is None or code is None:
        return State.OTHER
    module = str(frame.f_globals.get("__name__", ""))
    names = [f"{module}:{prefix}" for prefix in _prefixes(code.co_qualname)]
    return next((_TABLE[name] for name in [*names, *_prefixes(module)] if name in _TABLE), State.OTHER)


def _prefixes(dotted: str) -> list[str]:
    """Return "a.b.c", "a.b", "a" for "a.b.c"."""
    parts = dotted.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _is_shield(awaited: Any) -> bool:
    """Whether a plain future is the outer one of `asyncio.shield`; seen before the task adds its own callback."""
    callbacks = getattr(awaited, "_callbacks", None) or ()
    return any(getattr(entry[0], "__qualname__", "").startswith("shield.<locals>") for entry in callbacks)
