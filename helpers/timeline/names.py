"""What a lane is called: the call as the learner wrote it, shortened."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import CO_VARARGS
from types import CodeType, FunctionType
from typing import Any
from urllib.parse import urlsplit

MAX_VALUE = 28
MAX_NAME = 40
_ELLIPSIS = "…"


Plain = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was made: the name of the function, and those of its arguments that can be shown.

    Only strings, numbers and booleans are kept, each with its parameter's name where it was given by name: what a
    lane holds on to must not keep a session open or a task from being collected.
    """

    function: str
    arguments: tuple[tuple[str | None, Plain], ...] = ()

    def __str__(self) -> str:
        """Return `fetch("/cities/oslo", tries=3)`: URLs as their paths, long values cut, other objects left out."""
        shown = (_shown(value) if key is None else f"{key}={_shown(value)}" for key, value in self.arguments)
        name = f"{self.function}({', '.join(shown)})"
        return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 2]}{_ELLIPSIS})"


def call_of(coro: Any) -> Call:
    """Read the call that made a coroutine which has not started yet."""
    name = getattr(coro, "__name__", None) or type(coro).__name__
    code, frame = getattr(coro, "cr_code", None), getattr(coro, "cr_frame", None)
    if not isinstance(code, CodeType) or frame is None:
        return Call(name)
    positional, named = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    several = code.co_flags & CO_VARARGS  # `*args`, as `asyncio.to_thread` has them: its name comes after the others
    if not named and not several:
        return Call(name)
    values, defaults = frame.f_locals, _defaults(code, frame.f_globals)
    given = [
        (None if index < positional else parameter, values[parameter])
        for index, parameter in enumerate(code.co_varnames[:named])
        if type(values.get(parameter)) in _PLAIN and defaults.get(parameter, _NO_DEFAULT) != values[parameter]
    ]
    if several:
        rest = [(None, value) for value in values.get(code.co_varnames[named], ()) if type(value) in _PLAIN]
        given.extend(rest)
        given.sort(key=lambda argument: argument[0] is not None)  # those given by name come last
    if type(values) is dict:
        # Until 3.12 this is a copy that the frame keeps, and with it everything that the coroutine lets go of.
        values.clear()
    return Call(name, tuple(given))


_PLAIN = frozenset({str, int, float, bool})
_NO_DEFAULT = object()


def _defaults(code: CodeType, namespace: dict[str, Any]) -> dict[str, Any]:
    """Return the default values of a module-level function; what a caller did not write is not shown."""
    function = namespace.get(code.co_name)
    if not isinstance(function, FunctionType) or function.__code__ is not code:
        return {}
    positional = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    return {**dict(zip(reversed(positional), reversed(values), strict=False)), **(function.__kwdefaults__ or {})}


def _shown(value: Plain) -> str:
    if not isinstance(value, str):
        return repr(value) if not isinstance(value, int) or value.bit_length() < _BITS else _ELLIPSIS
    if "://" in value:
        value = _path(value)
    if len(value) > MAX_VALUE:
        value = value[: MAX_VALUE - 1] + _ELLIPSIS
    return f'"{"".join(character if character.isprintable() else "·" for character in value)}"'


_BITS = 100  # a longer number is cut, and from 4300 digits on `repr` refuses


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path + (f"?{parts.query}" if parts.query else "")) or "/"
