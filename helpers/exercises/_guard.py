"""The answer as an exercise's `run` gets it: called as the lesson says, or refused with the reason."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from helpers.exercises.exercise import Takes


class Refusal(Exception):
    """The answer can't be called as the exercise says."""


class Guarded:
    """Calls an answer, and notes why it could not be called, if so.

    Args:
        answer: a function.
        takes: what a call is to return: something to await ("coroutine function"), to enter by `async with` ("context
            manager"), or what it likes, but no coroutine ("function").
    """

    def __init__(self, answer: Any, *, takes: Takes = "coroutine function") -> None:
        self._answer = answer
        self._takes = takes
        self.refusal = ""
        functools.update_wrapper(self, answer, updated=())

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the answer and return its coroutine, its context manager, or what an ordinary function has returned.

        Raises:
            Refusal: when its parameters do not take these arguments, or what it returns is of another kind.
        """
        if (why := _misfit(self._answer, args, options)) is not None:
            self._refuse("signature", why)
        made = self._answer(*args, **options)
        if self._takes == "context manager":
            return self._entering(made)
        if self._takes == "function":
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
