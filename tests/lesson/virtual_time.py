"""An event loop whose clock moves only by waiting: durations come out exact, and at once."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import selectors
import types
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")


class Clock:
    """What `time` is to a snippet: sleeping moves it, nothing else does."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def perf_counter(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class _Selector(selectors.SelectSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever come")
        if timeout > 0:
            self._clock.sleep(timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        super().__init__(_Selector(clock))
        self._virtual = clock
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.now_s


@dataclass(frozen=True)
class Ran:
    """What came of a snippet: its names, its lines with the time of each, how long it took, what it raised."""

    names: dict[str, Any]
    lines: list[tuple[float, str]]
    seconds: float
    error: BaseException | None


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end in virtual time, which starts at 0: `loop.time()` and timers go by it."""
    with contextlib.closing(_Loop(Clock())) as loop:
        return loop.run_until_complete(main)


def run_cell(code: str) -> Ran:
    """Run code as a cell of a notebook, where `await` may stand at the top level, in virtual time."""
    clock, lines = Clock(), list[tuple[float, str]]()

    def say(*words: object) -> None:
        lines.append((round(clock.now_s, 6), " ".join(map(str, words))))

    names: dict[str, Any] = {"asyncio": asyncio, "time": clock, "print": say}
    function = types.FunctionType(compile(code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    error = None
    with contextlib.closing(_Loop(clock)) as loop, contextlib.redirect_stdout(io.StringIO()):

        async def cell() -> None:
            outcome = function()
            if isinstance(outcome, Coroutine):
                await outcome

        try:
            loop.run_until_complete(cell())
        except Exception as raised:
            error = raised
    return Ran(names, lines, round(clock.now_s, 6), error)
