"""The answer as an exercise's `run` gets it: called as the lesson says, or refused with the reason."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn


class Refusal(Exception):
    """The answer can't be called as the exercise says."""


class Guarded:
    """Calls an answer, and notes why it could not be called, if so.

    Args:
        manager: what a call returns is for `async with`, not for `await`.
    """

    def __init__(self, answer: Any, *, manager: bool = False) -> None:
        self._answer = answer
        self._manager = manager
        self.refusal = ""
        functools.update_wrapper(self, answer, updated=())

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the answer and return its coroutine, or its context manager.

        Raises:
            Refusal: when its parameters do not take these arguments, or what it returns can't be awaited or entered.
        """
        if (why := _misfit(self._answer, args, options)) is not None:
            self._refuse("signature", why)
        made = self._answer(*args, **options)
        if self._manager:
            return self._entering(made)
        if inspect.isasyncgen(made):
            self._refuse("async generator", "")
        if inspect.isgenerator(made):
            self._refuse("generator", "")
        if not inspect.isawaitable(made):
            self._refuse("not awaitable", type(made).__name__)
        return made

    def _entering(self, made: Any) -> Any:
        if hasattr(type(made), "__aenter__") and hasattr(type(made), "__aexit__"):
            return made
        if inspect.iscoroutine(made):
            made.close()  # it is told what it is, not that it was never awaited
        return self._refuse("no context manager", type(made).__name__)

    def _refuse(self, refusal: str, why: str) -> NoReturn:
        self.refusal = refusal
        raise Refusal(why)


def _misfit(answer: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> str | None:
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):
        return None  # of some callables nothing is known
    try:
        signature.bind(*args, **options)
    except TypeError as error:
        return str(error)
    return None
