"""How an answer is taken apart, with what it uses of the notebook, to be put together in another process.

Functions and classes of the notebook's go by value, as cloudpickle does it. What no pickle can hold goes as its recipe,
where a new one does as well: caches, context variables, locks that nobody holds, pools, the running event loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import io
import threading
import weakref
from asyncio.mixins import _LoopBoundMixin
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from types import FunctionType
from typing import Any

import cloudpickle

from helpers.exercises import _arrival
from helpers.services import Service

_Cached = type(functools.lru_cache(lambda: None))
_Lock, _RLock = type(threading.Lock()), type(threading.RLock())
_OF_THE_LOOP = ("aiohttp.client:ClientSession", "aiohttp.client_reqrep:ClientResponse")
_MAPS = (weakref.WeakKeyDictionary, weakref.WeakValueDictionary)


class Bound(Exception):
    """An object belongs to the notebook's process or loop: another one would not do."""


class _Namespace:
    """Stands for the globals of a module while its functions are taken apart."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __reduce__(self) -> Any:
        return _arrival.namespace_of, (self._name,)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc] # it has no types
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._namespaces: dict[int, _Namespace] = {}
        self._names: dict[str, int] = {}

    def reducer_override(self, obj: Any) -> Any:
        if (recipe := _recipe(obj)) is not None:
            return recipe
        reduced = super().reducer_override(obj)
        if isinstance(obj, FunctionType) and isinstance(reduced, tuple) and (space := self._namespace(obj)) is not None:
            make, (code, _, *rest), *state = reduced
            return (make, (code, space, *rest), *state)
        return reduced

    def _namespace(self, function: FunctionType) -> _Namespace | None:
        """Return what stands for a function's globals; None for a second module of the same name."""
        known, name = id(function.__globals__), str(function.__globals__.get("__name__", "__main__"))
        if self._names.setdefault(name, known) != known:
            return None
        return self._namespaces.setdefault(known, _Namespace(name))


def dumps(value: Any) -> bytes:
    """Take a value apart.

    Raises:
        Bound: when it holds something that belongs to the notebook.
        Exception: whatever else keeps it from travelling, as pickle and the objects' own methods say it.
    """
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()


def _recipe(obj: Any) -> Any:
    """Return how to make another one of an object that can't travel; None of one that can, or of which we know none."""
    kind = type(obj)
    if kind is _Cached:
        return _arrival.cached, (obj.__wrapped__, obj.cache_parameters())
    if kind is FunctionType and obj.__qualname__ == "singledispatch.<locals>.wrapper" and hasattr(obj, "registry"):
        registry = dict(obj.registry)
        return _arrival.dispatched, (registry.pop(object), registry)
    if kind is contextvars.ContextVar:
        return _arrival.context_variable, (obj.name, _default(obj))
    if kind is _Lock or kind is _RLock:
        return _arrival.lock, (_free(obj),)
    if kind in _MAPS:
        return kind, (dict(obj),)
    if kind is ThreadPoolExecutor or kind is ProcessPoolExecutor:
        return _arrival.pool, (kind is ProcessPoolExecutor, obj._max_workers)
    if isinstance(obj, _LoopBoundMixin):
        state = {name: held for name, held in vars(obj).items() if name != "_loop"}
        if state.get("_waiters"):
            raise Bound(f"somebody waits for the {kind.__name__}")
        return _arrival.unbound, (kind, state)
    if f"{kind.__module__}:{kind.__name__}" == "unittest.mock:_Call":  # it answers to any name, and so to pickle's
        return _arrival.mocks_call, (kind, tuple(obj), vars(obj))
    if isinstance(obj, asyncio.AbstractEventLoop):
        return (_arrival.the_loop, ()) if obj.is_running() else (_arrival.another_loop, (obj.is_closed(),))
    if isinstance(obj, Service) or f"{kind.__module__}:{kind.__name__}" in _OF_THE_LOOP:
        raise Bound(f"a {kind.__name__} belongs to the process in which it was opened")
    return None


def _default(variable: contextvars.ContextVar[Any]) -> tuple[Any, ...]:
    try:
        return (contextvars.Context().run(variable.get),)
    except LookupError:
        return ()


def _free(lock: Any) -> bool:
    """Return whether a lock may be taken again by who holds it.

    Raises:
        Bound: when somebody holds it.
    """
    if not lock.acquire(blocking=False):
        raise Bound("somebody holds the lock")
    lock.release()
    return type(lock) is _RLock
