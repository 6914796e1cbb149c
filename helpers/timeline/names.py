"""What a lane is called: the call as the learner wrote it, shortened."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from inspect import CO_VARARGS
from types import AsyncGeneratorType, CodeType, FrameType, FunctionType
from typing import Any
from unicodedata import category
from urllib.parse import urlsplit

from .origin import is_library_file

MAX_VALUE = 28
MAX_NAME = 40
_ELLIPSIS = "…"


class Function:
    """What is known of a function, and is the same for each of its calls.

    The first `positional` of its parameters are shown without their names; `rest` is the name of `*args`, as
    `asyncio.to_thread` has them.

    A coroutine that has not started refers to `referents` objects, its arguments are those from `first` on, and the one
    before them is its code. 0 where that is not so: then they are asked of its frame, which from then on lives as long
    as the coroutine (1 µs a task, measured with 10,000).
    """

    __slots__ = ("code", "defaults", "first", "is_library", "name", "parameters", "positional", "referents", "rest")

    def __init__(self, coro: Any, code: CodeType) -> None:
        named = code.co_argcount + code.co_kwonlyargcount
        referents = gc.get_referents(coro)  # before its frame is asked for, which would be among them
        self.code = code  # kept alive, so that its id stays its own
        self.name = code.co_name
        self.parameters = code.co_varnames[:named]
        self.positional = code.co_argcount
        self.rest = code.co_varnames[named] if code.co_flags & CO_VARARGS else None  # it comes after the others
        self.first = _first_argument(referents, self, coro)
        self.referents = len(referents)
        self.defaults = _defaults(code, coro.cr_frame)
        self.is_library = is_library_file(code.co_filename)


functions: dict[int, Function] = {}
"""By the id of the code: to hash a code object costs 0.5 µs."""


def function_of(coro: Any) -> Function:
    """Return the function of a coroutine."""
    code = coro.cr_code
    known = functions.get(id(code))
    if known is None:
        known = functions[id(code)] = Function(coro, code)
    return known


def call_of(coro: Any) -> str:
    """Return the call that made a coroutine which has not started yet."""
    if not isinstance(getattr(coro, "cr_code", None), CodeType):
        return f"{_name_of(coro)}()"
    function = function_of(coro)
    return written(*called(function, coro), function)


def called(function: Function, coro: Any) -> tuple[str, tuple[object, ...]]:
    """Return the name of the function, and those of its arguments that can be shown, of one that has not started.

    Only strings, numbers and booleans are kept: what a lane refers to must not keep a session open or a task from
    being collected. What they look like is worked out when somebody asks: there may be a hundred thousand.
    """
    name = function.name
    if coro.__name__ is not name:
        name = _name_of(coro)
    parameters = function.parameters
    if not parameters and function.rest is None:
        return name, ()
    referents = gc.get_referents(coro)
    first = function.first
    if first and len(referents) == function.referents and referents[first - 1] is function.code:
        end = first + len(parameters)
        given, rest = referents[first:end], function.rest and referents[end]
    else:
        given, rest = _arguments_in_frame(function, coro)
    values = [value if type(value) in _PLAIN else _LEFT_OUT for value in given]
    if rest:
        values += [value for value in rest if type(value) in _PLAIN]
    return name, tuple(values)


def _arguments_in_frame(function: Function, coro: Any) -> tuple[list[object], Sequence[object] | None]:
    """Return the arguments that have names, and those that have none."""
    frame = coro.cr_frame
    if frame is None:
        return [], None
    variables = frame.f_locals
    given = [variables.get(parameter) for parameter in function.parameters]
    rest = function.rest and variables.get(function.rest)
    if type(variables) is dict:
        # Until 3.12 this is a copy that the frame keeps, and with it everything that the coroutine lets go of.
        variables.clear()
    return given, rest


def _first_argument(referents: list[Any], function: Function, coro: Any) -> int:
    """Return where its arguments begin among what a coroutine refers to; 0 where they can't be told by their place."""
    given, rest = _arguments_in_frame(function, coro)
    if function.rest is not None:
        given.append(rest)
    places = [place for place, one in enumerate(referents, start=1) if one is function.code]
    if not places or not given:
        return 0
    found = referents[places[-1] : places[-1] + len(given)]
    return places[-1] if [*map(id, found)] == [*map(id, given)] else 0


def written(name: str, values: Sequence[object], function: Function | None) -> str:
    """Return `fetch("/cities/oslo", tries=3)`: URLs as their paths, long values cut, other objects left out."""
    shown = [] if function is None or not values else [*_arguments(values, function)]
    call = clean(f"{name}({', '.join(shown)})")
    return call if len(call) <= MAX_NAME else f"{call[: MAX_NAME - 2]}{_ELLIPSIS})"


def _arguments(values: Sequence[object], function: Function) -> Iterator[str]:
    by_name = []
    for index, (parameter, value) in enumerate(zip(function.parameters, values, strict=False)):
        if value is not _LEFT_OUT and function.defaults.get(parameter, _LEFT_OUT) != value:
            if index < function.positional:
                yield _shown(value)
            else:
                by_name.append(f"{parameter}={_shown(value)}")
    yield from map(_shown, values[len(function.parameters) :])
    yield from by_name


_PLAIN = frozenset({str, int, float, bool})
_LEFT_OUT = object()


def _name_of(coro: Any) -> str:
    """Return the name of a coroutine or of what awaits one step of an asynchronous generator: `anext(ticks)`."""
    name = getattr(coro, "__name__", None)
    if isinstance(name, str):
        return clean(name)
    kind, asked = type(coro).__name__, gc.get_referents(coro)
    if kind == "anext_awaitable":  # `anext` with a default
        kind, asked = "async_generator_asend", [inner for one in asked for inner in gc.get_referents(one)]
    generator = next((one for one in asked if type(one) is AsyncGeneratorType), None)
    if generator is None:
        return clean(kind)
    sent = any(one is not generator and one is not None for one in asked)
    methods = {"async_generator_asend": ("__anext__", "asend"), "async_generator_athrow": ("aclose", "athrow")}
    return clean(f"{generator.__name__}.{methods[kind][sent]}" if kind in methods else generator.__name__)


def _defaults(code: CodeType, frame: FrameType | None) -> dict[str, Any]:
    """Return the default values of a module-level function; what a caller did not write is not shown."""
    function = None if frame is None else frame.f_globals.get(code.co_name)
    if not isinstance(function, FunctionType) or function.__code__ is not code:
        return {}
    positional = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    return {**dict(zip(reversed(positional), reversed(values), strict=False)), **(function.__kwdefaults__ or {})}


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return repr(value) if not isinstance(value, int) or value.bit_length() < _BITS else _ELLIPSIS
    if "://" in value:
        value = _path(value)
    if len(value) > MAX_VALUE:
        value = value[: MAX_VALUE - 1] + _ELLIPSIS
    return f'"{clean(value)}"'


_BITS = 100  # a longer number is cut, and from 4300 digits on `repr` refuses


def clean(text: str) -> str:
    """Return the text with a dot for each character that can't be printed: line breaks, escapes, lone surrogates.

    Every name and title passes through here before it is kept, so that all that shows or stores it can.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _CLEAN.get(category(character), "·") for character in text)


_CLEAN = {"Zs": " "}  # a space that does not break a line is a space


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path + (f"?{parts.query}" if parts.query else "")) or "/"
