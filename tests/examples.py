"""The examples in docstrings, run as a notebook would run them: with `await` at the top level."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import helpers

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NOT_IMPORTED = ("__main__", "jupyterhub_config", "daemon.tls")  # programs; and what changes asyncio for the daemon


def modules() -> Iterator[ModuleType]:
    """Yield every module of the package that can be imported without doing something."""
    for found in pkgutil.walk_packages(helpers.__path__, "helpers."):
        if not found.name.endswith(NOT_IMPORTED):
            yield importlib.import_module(found.name)


def examples(module: ModuleType) -> Iterator[doctest.DocTest]:
    """Yield the examples of each docstring of a module that has some."""
    finder = doctest.DocTestFinder(parser=doctest.DocTestParser(), exclude_empty=True)
    for test in finder.find(module, module.__name__):
        if test.examples:
            yield test


def failures(test: doctest.DocTest, **given: Any) -> list[str]:
    """Run one docstring's examples in one event loop, with these names given; return what came out otherwise."""
    checker = doctest.OutputChecker()
    names = {**test.globs, **given}
    found = []
    with asyncio.Runner() as runner:
        for example in test.examples:
            got = _run(example, names, runner)
            if not checker.check_output(example.want, got, FLAGS):
                found.append(checker.output_difference(example, got, FLAGS))
    return found


def _run(example: doctest.Example, names: dict[str, Any], runner: asyncio.Runner) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            code = compile(example.source, "<example>", "single", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if code.co_flags & inspect.CO_COROUTINE:
                runner.run(_awaited(eval(code, names)))
            else:
                exec(code, names)
        except Exception as error:
            return f"Traceback (most recent call last):\n{type(error).__name__}: {error}\n"
    return out.getvalue()


async def _awaited(coroutine: Any) -> None:
    await coroutine
