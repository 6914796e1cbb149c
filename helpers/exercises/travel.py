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

from helpers.timeline import is_library_file

MOST_BYTES = 64 * 2**20


class Stays(Exception):
    """The answer can't travel: it uses this name from outside, which holds an object of this type."""

    def __init__(self, name: str, type_name: str, why: str) -> None:
        super().__init__(why)
        self.name = name
        self.type = type_name
        self.why = why


@dataclass(frozen=True)
class Packed:
    """An answer as bytes, and the sources of its functions by file name."""

    data: bytes
    sources: dict[str, str]


def pack(answer: Any) -> Packed:
    """Pack an answer and all that it uses of the notebook.

    Raises:
        Stays: naming what it uses that can't travel.
    """
    functions = list(_functions(answer, set()))
    with _by_value({function.__module__ for function in functions}):
        try:
            data = cloudpickle.dumps(answer)
        except Exception as error:
            raise _culprit(answer, functions, error) from None
    if len(data) > MOST_BYTES:
        raise Stays("", "", f"it is {len(data) / 2**20:.0f} MiB with all that it uses")
    files = {function.__code__.co_filename for function in functions}
    return Packed(data, {name: "".join(linecache.getlines(name)) for name in files})


def dumps(value: Any) -> bytes:
    """Pack something of an exercise's own."""
    data: bytes = cloudpickle.dumps(value)
    return data


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
        if id(value) in seen or is_library_file(value.__code__.co_filename) or _is_ours(value):
            return
        seen.add(id(value))
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
                cloudpickle.dumps(value)
            except Exception as its:
                return Stays(name, type(value).__name__, str(its))
    return Stays("", type(answer).__name__, str(error))
