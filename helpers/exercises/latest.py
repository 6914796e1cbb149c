"""Whether what is checked is what its cell says: a cell with a syntax error leaves the version before it in place."""

from __future__ import annotations

import ast
import re
from typing import Any

_broken: dict[str, str] = {}  # name → why the cell that makes it could not be run
_NAMES = re.compile(r"^(?:(?:async\s+)?def\s+|class\s+)?([A-Za-z_]\w*)\s*(?=[(:=\[])", re.MULTILINE)
_asked: list[str] = []  # the cell that runs


def watch(shell: Any) -> None:
    """Take note of the cells that IPython runs. Asked again, nothing changes."""
    shell.events.register("pre_run_cell", _begins)
    shell.events.register("post_run_cell", _has_run)


def _begins(info: Any) -> None:
    _asked[:] = [str(info.raw_cell or "")]


def _has_run(result: Any) -> None:
    error = result.error_before_exec
    made = _NAMES.findall(str(result.info.raw_cell or ""))
    for name in made:
        if isinstance(error, SyntaxError):
            _broken[name] = f"{type(error).__name__}: {error.msg}{f', line {error.lineno}' if error.lineno else ''}"
        else:
            _broken.pop(name, None)


def outdated(answer: Any) -> str | None:
    """Return why an answer is not what its cell says, as a sentence; None if it may well be."""
    names = [getattr(answer, "__name__", ""), *_named_in_the_cell()]
    for name in names:
        if name in _broken:
            return (
                f"The cell that makes `{name}` could not be run ({_broken[name]}). Mend it and run it, then check "
                "again: what Python knows is still the version before."
            )
    return None


def _named_in_the_cell() -> list[str]:
    """Return the names that the running cell gives to `check` behind the number."""
    try:
        calls = [node for node in ast.walk(ast.parse("".join(_asked))) if isinstance(node, ast.Call)]
    except SyntaxError:  # a cell with a magic
        return []
    checks = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]
    return [name.id for call in checks for one in call.args[1:] for name in ast.walk(one) if isinstance(name, ast.Name)]
