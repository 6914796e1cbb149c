"""Has this exercise been attempted? Told by what is left of the blank that the page gave."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from helpers.exercises import sections
from helpers.exercises.exercise import Exercise

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_stub(answer: Any, exercise: Exercise | None = None) -> bool:
    """Tell whether an answer is still the blank that the page gave, or has one of its gaps left. Never raises.

    A function is, when its body does nothing, or has a statement of the page's blank in which `...` stands for what is
    to be written. Where the page or the source can't be found, `...` that is used as a value is such a gap. A value is,
    when it is None, `...`, an empty string, or holds `...` or None.
    """
    try:
        return _is_blank_value(answer) or (callable(answer) and _is_blank_function(answer, exercise))
    except Exception:  # an object of the learner's whose every attribute raises, say: it is no blank
        return False


def _is_blank_value(answer: Any) -> bool:
    if answer is None or answer is ... or (isinstance(answer, str) and answer == ""):
        return True
    held = answer.values() if type(answer) is dict else answer if type(answer) in (list, tuple) else ()
    return any(one is ... or one is None for one in held)


def _is_blank_function(answer: Callable[..., Any], exercise: Exercise | None) -> bool:
    while isinstance(answer, functools.partial):
        answer = answer.func
    code = getattr(answer, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    if _does_nothing(code, answer.__doc__):
        return True
    function = _source_of(answer)
    if function is None:
        return False
    blank = None if exercise is None else _blank(exercise.number)
    if blank is None:
        return any(_has_gap(statement) for statement in _statements(function))
    gaps = set(_gaps(blank, function.name))
    return any(ast.dump(statement) in gaps for statement in _statements(function))


def _does_nothing(code: CodeType, doc: str | None) -> bool:
    """Tell whether a function has a body of no more than a docstring, `pass` or `...`: as one made here has."""
    head = "async def like(): " if code.co_flags & inspect.CO_COROUTINE else "def like(): "
    likes: dict[str, Any] = {}
    exec(f"{head}{doc!r}" if doc else f"{head}pass", likes)
    return code.co_code == likes["like"].__code__.co_code and set(code.co_consts) <= {None, ..., doc}


def _source_of(answer: Callable[..., Any]) -> _Function | None:
    """Return the answer as a tree, decorators and docstring left out; None where its source is not to be had."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    return next((node for node in ast.walk(tree) if isinstance(node, _Function)), None)


def _gaps(blank: str, name: str) -> Iterator[str]:
    """Yield the statements with a gap of a page's blank for the function with this name."""
    functions = [node for node in ast.walk(ast.parse(blank)) if isinstance(node, _Function)]
    for function in [one for one in functions if one.name == name] or functions[:1]:
        for statement in _statements(function):
            if _has_gap(statement):
                yield ast.dump(statement)


@functools.cache
def _blank(number: str) -> str | None:
    """Return the source of the cell in which the page asks for an answer; None where there is none to be read."""
    path = next(iter(sorted(sections.PAGES.glob(f"{sections.page_of(number)}_*.ipynb"))), None)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path is not None else []
    except (OSError, ValueError, KeyError):
        return None
    for cell in cells:
        if cell.get("id") == f"answer-{number.replace('.', '-')}":
            source = "".join(cell["source"])
            try:
                ast.parse(source)
            except SyntaxError:
                return None
            return source
    return None


def _statements(function: _Function) -> Iterator[ast.stmt]:
    """Yield the statements in a function that hold no others, and the heads of those that do."""
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            yield _head(node)


def _head(node: ast.stmt) -> ast.stmt:
    """Return a statement without the statements in it."""
    fields = {name: value for name, value in ast.iter_fields(node) if name not in ("body", "orelse", "finalbody")}
    fields |= {"handlers": []} if "handlers" in fields else {}
    fields |= {"cases": []} if "cases" in fields else {}
    return type(node)(**fields)


def _has_gap(statement: ast.stmt) -> bool:
    """Tell whether `...` is used in a statement as a value; not as in `tuple[int, ...]`, nor as a body."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False  # a default of the learner's own
    inside = {
        id(held) for node in ast.walk(statement) if isinstance(node, ast.Subscript) for held in ast.walk(node.slice)
    }
    return any(
        isinstance(node, ast.Constant) and node.value is ... and id(node) not in inside for node in ast.walk(statement)
    )
