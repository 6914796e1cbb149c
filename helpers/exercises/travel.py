"""An answer on its way to the grader's process: by value, with the source lines it was written in."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from helpers.exercises._departure import Bound
from helpers.exercises._departure import dumps as dumps_apart
from helpers.exercises._words import clean
from helpers.timeline import is_library_file

MOST_BYTES = 64 * 2**20
_BY_NAME = frozenset({"__main__", "eval", "exec", "getattr", "globals", "locals", "modules", "vars"})


class Stays(Exception):
    """The answer can't travel: it uses this name from outside, which holds an object of this type.

    Attributes:
        name: what it uses, as the answer calls it; empty, when that is not known.
        type: of the object.
        why: it can't travel.
        bound: whether the object belongs to the notebook's own event loop or service, and so is none of the answer's;
            otherwise it is only the check that can't do with it.
    """

    def __init__(self, name: str, type_name: str, why: str, *, bound: bool = False) -> None:
        super().__init__(why)
        self.name = name
        self.type = type_name
        self.why = why
        self.bound = bound


@dataclass(frozen=True)
class Packed:
    """An answer as bytes, the sources of its functions by file name, and the names that they could use."""

    data: bytes
    sources: dict[str, str]
    names: tuple[str, ...]


def pack(answer: Any) -> Packed:
    """Pack an answer and all that it uses of the notebook.

    Raises:
        Stays: naming what it uses that can't travel.
    """
    functions = list(_functions(answer, set()))
    modules = {function.__module__ for function in functions}
    try:
        with _by_value(modules):
            data = _data(answer, functions)
    except Exception as error:
        try:
            data = _data(answer, functions)  # modules of the learner's own, by their names
        except Exception:
            with _by_value(modules):
                raise _culprit(answer, functions, error) from None
    if len(data) > MOST_BYTES:
        raise Stays("", "", f"it is {len(data) / 2**20:.0f} MiB with all that it uses")
    files = {function.__code__.co_filename for function in functions}
    names = {name for function in functions for name in function.__globals__ if not name.startswith("_")}
    return Packed(data, {name: "".join(linecache.getlines(name)) for name in files}, tuple(sorted(names)))


def dumps(value: Any) -> bytes:
    """Pack something of an exercise's own."""
    data: bytes = cloudpickle.dumps(value)
    return data


def _data(answer: Any, functions: list[FunctionType]) -> bytes:
    """Return the answer with what it looks up by name, as far as that can travel."""
    more = _looked_up(functions)
    try:
        return dumps_apart((answer, more))
    except Exception:
        if not more:
            raise
    return dumps_apart((answer, {}))


def _looked_up(functions: list[FunctionType]) -> dict[str, dict[str, Any]]:
    """Return what functions look up by name, as in `globals()["fetch"]` or `__main__.fetch`, by module."""
    found: dict[str, dict[str, Any]] = {}
    for function in functions:
        if _BY_NAME.isdisjoint(_names(function.__code__)):
            continue
        names = {*_names(function.__code__), *_texts(function.__code__)}
        there = found.setdefault(str(function.__globals__.get("__name__", "__main__")), {})
        for name in names & function.__globals__.keys():
            value = function.__globals__[name]
            try:
                dumps_apart(value)
            except Exception:
                continue
            there[name] = value
    return found


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str) and constant.isidentifier():
            yield constant
        elif isinstance(constant, CodeType):
            yield from _texts(constant)


@contextmanager
def _by_value(names: set[str]) -> Iterator[None]:
    """Let what these modules define travel by value, as what a notebook defines does anyway."""
    modules = [sys.modules[name] for name in names if name != "__main__" and name in sys.modules]
    registered = []
    for module in modules:
        if module.__name__ not in cloudpickle.list_registry_pickle_by_value():
            cloudpickle.register_pickle_by_value(module)
            registered.append(module)
    try:
        yield
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)


def _functions(value: Any, seen: set[int]) -> Iterator[FunctionType]:
    """Yield the learner's functions that an answer is made of: itself, and those that it uses."""
    while isinstance(value, partial):
        value = value.func
    value = getattr(value, "__func__", value)
    if isinstance(value, FunctionType):
        if id(value) in seen or _is_ours(value):
            return
        seen.add(id(value))
        if not is_library_file(value.__code__.co_filename):  # as is what a decorator of a library's makes of a function
            yield value
            for _, used in _used(value):
                yield from _functions(used, seen)
        yield from _functions(getattr(value, "__wrapped__", None), seen)
    elif value is not None and not isinstance(value, ModuleType):
        kind = value if isinstance(value, type) else type(value)
        if id(kind) in seen or kind.__module__ in ("builtins", "typing"):
            return
        seen.add(id(kind))
        for member in vars(kind).values():
            if isinstance(member, (FunctionType, staticmethod, classmethod)):
                yield from _functions(member, seen)


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] == "helpers"


def _used(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the names from outside that a function uses, with what they hold now."""
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not given a value yet
            continue
    for name, value in (function.__kwdefaults__ or {}).items():
        yield name, value
    code = function.__code__
    defaults = function.__defaults__ or ()
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=False)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _culprit(answer: Any, functions: list[FunctionType], error: Exception) -> Stays:
    for function in functions:
        for name, value in _used(function):
            if isinstance(value, (FunctionType, ModuleType)):
                continue  # what a function uses is looked at by itself
            try:
                dumps_apart(value)
            except Exception as its:
                bound = isinstance(its, Bound)
                what, inside = (name, value) if bound else _innermost(name, value)
                return Stays(what, type(inside).__name__, clean(str(its)), bound=bound)
    return Stays("", type(answer).__name__, clean(str(error)), bound=isinstance(error, Bound))


def _innermost(name: str, value: Any) -> tuple[str, Any]:
    """Return what exactly can't travel of an object with this name, one level down: an attribute, or a member."""
    try:
        inside = vars(value).items()
    except TypeError:
        return name, value
    for part, held in inside:
        if part.startswith("__") or isinstance(held, (FunctionType, staticmethod, classmethod, property)):
            continue
        try:
            dumps_apart(held)
        except Exception:
            return f"{name}.{part}", held
    return name, value
