"""Exceptions as data: what was raised, by which expression of the learner's, and what its names held then."""

from __future__ import annotations

import ast
import builtins
import difflib
import dis
import inspect
import linecache
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, TypeAlias

from helpers.exercises._plain import cut
from helpers.exercises._words import clean
from helpers.exercises.evidence import Raised

LONGEST_CODE = 200
_ENTERS = ("BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL")  # the last on 3.14
_Place: TypeAlias = tuple[FrameType, int, int]  # with the place in its code, and the line
_NEAR = 0.75


def as_data(error: BaseException, files: frozenset[str], *, names: Iterable[str] = (), depth: int = 4) -> Raised:
    """Return an exception as data; only the frames in these files (the learner's) are told. Never raises.

    Args:
        names: what else the learner could have meant by a name that there is not.
    """
    inside = error.exceptions[:20] if isinstance(error, BaseExceptionGroup) and depth else ()
    cause = error.__cause__ if depth else None
    frames = list(_frames(error))
    own = next((one for one in reversed(frames) if one[0].f_code.co_filename in files), None)
    code = "" if own is None else _expression(*own)
    return Raised(
        type=type(error).__name__,
        bases=tuple(base.__name__ for base in type(error).__mro__),
        message=as_told(error, named=False),
        inside=tuple(as_data(one, files, names=names, depth=depth - 1) for one in inside),
        line=None if own is None else _line(own[0].f_code.co_filename, own[2]),
        code=code,
        within=_within(frames, own),
        given={} if own is None else _held(code, own[0]),
        near=_nearest(error, own[0] if own else None, names),
        cause=None if cause is None else as_data(cause, files, names=names, depth=depth - 1),
    )


def as_told(error: BaseException, *, named: bool = True) -> str:
    """Return what an exception says, cut short and fit to be shown, after its type if that is wanted. Never raises."""
    try:
        message = clean(cut(str(error)))
    except Exception:
        message = ""
    if not named:
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def line_of(frame: Any, files: frozenset[str]) -> tuple[int, str] | None:
    """Return the innermost line of the learner's on a stack, as its number and its text."""
    while frame is not None:
        if frame.f_code.co_filename in files:
            return _line(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def _frames(error: BaseException) -> Iterator[_Place]:
    """Yield the frames of a traceback, with the place in the code and the line, from the outermost on."""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lasti, trace.tb_lineno
        trace = trace.tb_next


def _line(filename: str, number: int) -> tuple[int, str]:
    return number, clean(cut(linecache.getline(filename, number).strip(), LONGEST_CODE))


def _within(frames: list[_Place], own: _Place | None) -> str:
    """Return the function of a library in which it was raised; the recorder's frames, which are ours, do not count."""
    theirs = [one for one in frames if not str(one[0].f_globals.get("__name__", "")).startswith("helpers.")]
    if not theirs or theirs[-1] is own:
        return ""
    frame = theirs[-1][0]
    return f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"


def _expression(frame: FrameType, place: int, number: int) -> str:
    """Return the source of the expression or statement that raised; nothing where it can't be found."""
    begin, end, first, past = _position(frame.f_code, place)
    if begin is None or end is None or first is None or past is None:
        return ""
    lines = [linecache.getline(frame.f_code.co_filename, n).encode() for n in range(begin, end + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][:past]
    lines[0] = lines[0][first:]
    text = b"".join(lines).decode(errors="replace")
    if dis.opname[frame.f_code.co_code[place]] in _ENTERS and not text.startswith(("with", "async with")):
        header = linecache.getline(frame.f_code.co_filename, begin).strip()
        text = f"{'async with' if header.startswith('async') else 'with'} {text}"
    return cut(text, LONGEST_CODE)


def _position(code: CodeType, place: int) -> tuple[int | None, int | None, int | None, int | None]:
    positions = list(code.co_positions())
    return positions[place // 2] if 0 <= place // 2 < len(positions) else (None, None, None, None)


def _held(code: str, frame: FrameType) -> dict[str, str]:
    """Return for each name in a piece of code the kind of thing that it held."""
    held = {}
    for node in walk(code):
        if isinstance(node, ast.Name):
            for space in (frame.f_locals, frame.f_globals):
                if node.id in space:
                    held[node.id] = _kind(space[node.id])
                    break
    return held


def _kind(value: Any) -> str:
    if inspect.iscoroutine(value):
        return "ended coroutine" if inspect.getcoroutinestate(value) == inspect.CORO_CLOSED else "coroutine"
    if inspect.iscoroutinefunction(value):
        return "coroutine function"
    if inspect.isroutine(value):
        return "function"
    if hasattr(type(value), "__aiter__") and not hasattr(type(value), "__iter__"):
        return "asynchronous iterable"
    return type(value).__name__


def walk(code: str) -> list[ast.AST]:
    """Return the nodes of a piece of code, the outermost first; nothing, where it is not whole."""
    for text in (code, f"{code}: pass"):
        try:
            tree = compile(text, "<code>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        nodes = list(ast.walk(tree))[1:]
        return nodes[1:] if nodes and isinstance(nodes[0], ast.Expr) else nodes
    return []


def _nearest(error: BaseException, frame: FrameType | None, names: Iterable[str]) -> str:
    """Return the name that was probably meant, when there is none as it was written."""
    name = getattr(error, "name", None)
    if not isinstance(name, str) or not isinstance(error, (NameError, AttributeError)):
        return ""
    if isinstance(error, AttributeError):
        try:
            there = [one for one in dir(error.obj) if not one.startswith("_")]
        except Exception:
            return ""
    else:
        there = [*(frame.f_locals if frame else ()), *(frame.f_globals if frame else ()), *names, *dir(builtins)]
        there = [one for one in there if not one.startswith("__")]
    # Who mistypes a name has its first letter right. Without that, `temperature` was taken for `enumerate`.
    alike = {one.casefold(): one for one in there if one[:1].casefold() == name[:1].casefold()}
    return next((alike[one] for one in difflib.get_close_matches(name.casefold(), alike, 1, _NEAR)), "")
