"""Why a task waits: one table from what it awaits to the reason shown in its lane.

A suspended task is a chain of coroutines with a future at its end. The type of that future, and the module and
name of the innermost coroutine, tell what the wait is for. What the table does not know is `State.OTHER`:
a learner's own `get()` is no queue, and a bare future is not the network.
"""

from __future__ import annotations

import _asyncio
import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType, SimpleNamespace
from typing import Any, cast

from .states import State

Executors = Mapping[int, State]
"""What is known of a future beforehand, by its id: that it runs in an executor, or (`READY`) that it is a task within
`wait_for`, whose steps are those of the task that waits for it."""
Reason = State | Callable[[Any, FrameType, Executors], State]
"""What is known of a function that awaits: the reason, or how to find it from the outermost coroutine of the task
and the function's own frame."""


def _stream(_: Any, frame: FrameType, executors: Executors) -> State:
    """Tell a stream over a socket from one over a pipe of a child process."""
    values = frame.f_locals
    transport = getattr(values.get("self"), "_transport", None)
    if type(values) is dict:
        values.clear()  # until 3.12 a copy that the frame keeps
    if transport is None:
        return State.OTHER
    if transport.get_extra_info("socket") is not None:
        return State.NETWORK
    piped = any(transport.get_extra_info(name) is not None for name in ("pipe", "subprocess"))
    return State.PROCESS if piped else State.OTHER


def _of(name: str) -> Callable[[Any, FrameType, Executors], State]:
    """Tell what is waited for from the future, or the futures, that the function has in a variable of this name."""

    def reason(_: Any, frame: FrameType, executors: Executors) -> State:
        values = frame.f_locals
        futures = values.get(name)
        if type(values) is dict:
            values.clear()
        return _of_several([futures] if asyncio.isfuture(futures) else list(futures or ()), executors)

    return reason


def _queue(coro: Any, _: FrameType, executors: Executors) -> State:
    """Tell a learner's queue from the one through which `asyncio.as_completed` waits for its tasks."""
    caller, inner, following = None, coro, None
    while type(inner) is _Coroutine and type(following := inner.cr_await) is _Coroutine:
        caller, inner = inner, following
    if type(following) is not _FutureIterator:  # there is more than coroutines in between
        caller = [None, *chain(coro)][-2]
    code = _code_of(caller)
    completed = code is not None and code.co_name == "_wait_for_one" and code.co_filename == asyncio.tasks.__file__
    return State.TASK if completed else State.LOCK


def _event(coro: Any, _: FrameType, executors: Executors) -> State:
    """Tell a learner's event from one through which a library waits for something that it is known for."""
    for caller in reversed([*chain(coro)]):
        code = _code_of(caller)
        if code is not None and not _module_of(caller).startswith("asyncio."):
            reason = _look_up(caller, code)
            return reason if isinstance(reason, State) and reason is not State.OTHER else State.LOCK
    return State.LOCK


# "module" or "module:qualified name"; the longest entry that a coroutine's own falls under wins.
_TABLE: dict[str, Reason] = {
    "asyncio.tasks:sleep": State.TIMER,
    "asyncio.tasks:_wait": _of("fs"),
    "asyncio.tasks:_cancel_and_wait": _of("fut"),
    **({"asyncio.tasks:wait_for": _of("fut")} if sys.version_info < (3, 12) else {}),  # awaits in a task of its own
    "asyncio.taskgroups": State.TASK,
    "asyncio.locks": State.LOCK,
    "asyncio.locks:Event.wait": _event,
    "asyncio.queues": State.LOCK,
    "asyncio.queues:Queue.get": _queue,
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
    "asyncio.staggered": State.NETWORK,
    "asyncio.sslproto": State.NETWORK,
    "asyncio.base_subprocess": State.PROCESS,
    "asyncio.subprocess": State.PROCESS,
    "aiohttp": State.NETWORK,
    # Every connection of the pool is in use: what is awaited is another request of this very program.
    "aiohttp.connector:BaseConnector._wait_for_available_connection": State.LOCK,
    "aiohappyeyeballs": State.NETWORK,
    "aiosqlite": State.THREAD,  # each connection has one
    "anyio._backends._asyncio:Event": State.LOCK,
    "anyio._backends._asyncio:SocketStream": State.NETWORK,
    "anyio._backends._asyncio:TaskGroup": State.TASK,
    "anyio._backends._asyncio:UDPSocket": State.NETWORK,
    "anyio._backends._asyncio:ConnectedUDPSocket": State.NETWORK,
    "anyio._backends._asyncio:AsyncIOBackend.run_sync_in_worker_thread": State.THREAD,
    "anyio.streams.memory": State.LOCK,
    "httpcore": State.NETWORK,
    "websockets": State.NETWORK,
}

_GATHERING: type = asyncio.tasks._GatheringFuture  # type: ignore[attr-defined]
# In C and in Python: `nest_asyncio` puts the ones in Python in the place of the others.
_FUTURES = frozenset({_asyncio.Future, asyncio.futures._PyFuture})  # type: ignore[attr-defined]
_TASKS = (_asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]
_AWAITED = {kind.__await__.__code__ for kind in _FUTURES if hasattr(kind.__await__, "__code__")}  # Python's own

# One code object, one reason. Keyed by id because hashing a code object costs 0.5 µs; `_codes` keeps the code objects
# alive, so that an id stays its own.
_by_code: dict[int, Reason] = {}
_codes: list[CodeType] = []
_known_by_code = _by_code.get
_NO_EXECUTORS: dict[int, State] = {}

# Module globals: on 3.11 each look-up of an enum's member costs 0.07 µs, and there is one step every few.
_Coroutine, _Future, _State = CoroutineType, _asyncio.Future, State
# What a coroutine awaits that awaits a future: it has no public name. A future asks its loop for nothing else.
_FutureIterator: type = type(_asyncio.Future(loop=cast(Any, SimpleNamespace(get_debug=bool))).__await__())
_READY, _OTHER, _TASK = State.READY, State.OTHER, State.TASK


def reason_for(coro: Any, awaited: object, executors: Executors = _NO_EXECUTORS, own: int = 0) -> State:
    """Say what a coroutine waits for that has just suspended by yielding `awaited`.

    Args:
        coro: the outermost coroutine of a task, suspended (not running).
        awaited: what its `send` returned: a future, or None from a bare `yield` such as `asyncio.sleep(0)`.
        executors: what is known of a future beforehand.
        own: how many callbacks of the future are the task's own: 1 once it has it, before that 0.
    """
    if awaited is None:
        return _READY
    if executors and (known := executors.get(id(awaited))) is not None:
        return known
    # The usual chain, coroutines down to a future, takes no function call: it is walked at every step of every task.
    inner, following = coro, None
    if type(inner) is _Coroutine:
        while type(following := inner.cr_await) is _Coroutine:
            inner = following
        if type(following) is _FutureIterator:
            reason = _known_by_code(id(inner.cr_code))
            if reason is _OTHER:  # for a future of nobody's, unless somebody else waits for it too
                if type(awaited) is _Future and len(awaited._callbacks or ()) <= own:
                    return reason
            elif type(reason) is _State:
                return reason
    try:
        return _asked(coro, inner if type(following) is _FutureIterator else innermost(inner), awaited, executors)
    except Exception:  # a learner's own object, or a library's that is not as it was when the table was written
        return _OTHER


def _asked(coro: Any, inner: Any, awaited: object, executors: Executors) -> State:
    code = _code_of(inner)
    reason = _by_code.get(id(code)) or _learn(inner, code)
    if not isinstance(reason, _State):
        frame = _frame_of(inner)
        reason = _OTHER if frame is None else reason(coro, frame, executors)
    return reason if reason is not _OTHER else _by_future(awaited, executors)


def _learn(inner: Any, code: CodeType | None) -> Reason:
    if code is None:
        return _OTHER
    reason = _look_up(inner, code)
    _codes.append(code)
    _by_code[id(code)] = reason
    return reason


def _by_future(awaited: Any, executors: Executors) -> State:
    """Say what a future is that no known library awaits: another task, several of them, or nothing that can be told.

    Only futures of asyncio's own are looked into: what another object has under the same names may be anything.
    """
    if type(awaited) in _FUTURES and awaited._callbacks is None:
        return _OTHER
    if isinstance(awaited, _TASKS):
        return _TASK
    if type(awaited) is _GATHERING:
        return _of_several(getattr(awaited, "_children", ()), executors)
    if type(awaited) not in _FUTURES:
        return _OTHER
    # `shield` gives a plain future with a callback of its own, which knows the future inside.
    for callback, _ in awaited._callbacks:
        if getattr(callback, "__qualname__", "").startswith("shield.<locals>"):
            return _of_several([cell.cell_contents for cell in callback.__closure__], executors, besides=awaited)
    return _OTHER


def _of_several(futures: Iterable[object], executors: Executors, *, besides: object = None) -> State:
    """Say what is waited for through futures: another task if one is a task, else what an executor does."""
    found = _OTHER
    for future in futures:
        state = _of_one(future, executors) if future is not besides and asyncio.isfuture(future) else _OTHER
        if state is _TASK or state is _READY:
            return state
        found = found if state is _OTHER else state
    return found


def _of_one(future: object, executors: Executors) -> State:
    known = executors.get(id(future))
    return _by_future(future, executors) if known is None else known


def innermost(coro: Any) -> Any:
    """Return the last coroutine or generator of an await chain: the one that awaits the future itself."""
    *_, last = chain(coro)
    return last


def chain(coro: Any) -> Iterator[Any]:
    """Yield a coroutine, the one that it awaits, and so on down to the one that awaits a future.

    One that is opaque itself (a task made of `anext(ticks)`) is left out, and what it drives is the first.

    The chain is `cr_await` in coroutines, `ag_await` in asynchronous generators, `gi_yieldfrom` in generators.
    Iterators that show nothing (`async_generator_asend`, the `coroutine_wrapper` of an `__await__` that returns
    another's) are stepped through by `gc.get_referents`.
    """
    if type(coro) not in _LINKS:
        coro = _through(coro) or coro
    while coro is not None:
        yield coro
        following = _awaited_by(coro)
        coro = following if type(following) in _LINKS else _through(following)
        if type(coro) is GeneratorType and coro.gi_code in _AWAITED:
            return  # the `__await__` of a future that is written in Python


def _awaited_by(coro: Any) -> Any:
    name = _LINKS.get(type(coro), "cr_await")
    return getattr(coro, name, None)


_LINKS: dict[type, str] = {CoroutineType: "cr_await", GeneratorType: "gi_yieldfrom", AsyncGeneratorType: "ag_await"}
_OPAQUE = frozenset({"async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper"})


def _through(iterator: Any) -> Any:
    """Return the coroutine that an opaque iterator drives, or None where that can't be told.

    Only iterators of Python's own and our own wrapper are looked into: what an unknown object refers to may be
    anything, even the coroutine that awaits it.
    """
    kind = type(iterator)
    if not (kind.__module__ == "builtins" and kind.__name__ in _OPAQUE) and kind.__module__ != _OUR_WRAPPER:
        return None
    held = gc.get_referents(iterator)
    found = next((one for one in held if type(one) in _LINKS), None)
    return found or next(filter(None, map(_through, held)), None)


_OUR_WRAPPER = f"{__package__}._wrapped"


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


def _module_of(coro: Any) -> str:
    frame = _frame_of(coro)
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))


def _look_up(coro: Any, code: CodeType) -> Reason:
    module = _module_of(coro)
    names = [f"{module}:{prefix}" for prefix in _prefixes(code.co_qualname)]
    return next((_TABLE[name] for name in [*names, *_prefixes(module)] if name in _TABLE), State.OTHER)


def _prefixes(dotted: str) -> list[str]:
    """Return "a.b.c", "a.b", "a" for "a.b.c"."""
    parts = dotted.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
