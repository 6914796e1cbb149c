"""The answer as an exercise's `run` gets it: called as the lesson says, or refused with the reason."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


class Refusal(Exception):
    """The answer can't be called as the exercise says."""


class Guarded:
    """Calls an answer, and notes why it could not be called, if so.

    Args:
        answer: a function.
        awaitable: whether a call is to return something that can be awaited; otherwise it must not return a coroutine.
    """

    def __init__(self, answer: Any, *, awaitable: bool = True) -> None:
        self._answer = answer
        self._awaitable = awaitable
        self.refusal = ""
        functools.update_wrapper(self, answer, updated=())

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the answer and return what it returns: a coroutine; none where an ordinary function is wanted.

        Raises:
            Refusal: when its parameters do not take these arguments, or what it returns is of the other kind.
        """
        if (why := _misfit(self._answer, args, options)) is not None:
            self._refuse("signature", why)
        made = self._answer(*args, **options)
        if not self._awaitable:
            if inspect.iscoroutine(made):
                made.close()
                self._refuse("coroutine", "")
            return made
        if inspect.isasyncgen(made):
            self._refuse("async generator", "")
        if inspect.isgenerator(made):
            self._refuse("generator", "")
        if not inspect.isawaitable(made):
            self._refuse("not awaitable", type(made).__name__)
        return made

    def _refuse(self, refusal: str, why: str) -> None:
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
