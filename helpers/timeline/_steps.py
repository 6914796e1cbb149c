"""What one lane has done so far, step by step."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Iterator
from types import CodeType
from typing import Any, Literal

from .names import clean, functions, written
from .origin import package_of
from .states import Ending, State

Kind = Literal["body", "task", "span", "loop"]
clock = time.perf_counter_ns
Step = tuple[int | None, int, int, State]
"""When the loop was told that the task could go on (None: not seen), when the step began and ended, and what the
task has waited for since."""


NEVER = 1 << 62


class Marks:
    """What one lane has done so far, written by the thread that does it.

    `steps` is flat, four items a step: a tuple each would be one more thing for gc to visit. `dropped` items are gone
    from its beginning, where many were made few. `nested` are the first steps of eager tasks, inside one of the steps.
    `aims` has for each wait for tasks, or for a lock or queue, when it began and whom it is for (see `_aims`). The
    steps of what is `wrapped` are timed from inside (see `_wrapped`). Of a task whose `code` is known, `call` is the
    name of the function and `values` are its arguments (see `names.called`), else it is the whole.
    """

    # No slots, and defaults of the class for what few have: to make one for each task takes half the time. What is read
    # or written at each step has none: CPython looks up slowly what a class has too (0.03 µs each).
    values: tuple[object, ...] = ()
    from_library = False
    working = State.RUNNING
    dropped = 0
    nested: list[tuple[int, int]] | None = None
    error: str | None = None
    cpu_ns: int | None = None
    aims: list[Any] | None = None

    def __init__(self, kind: Kind, call: str, created_ns: int, code: CodeType | None = None) -> None:
        self.kind: Kind = kind
        self.call = call
        self.created_ns = created_ns
        self.code = code
        self.steps: list[Any] = []
        self.ready_ns: int | None = None
        self.since_ns = NEVER
        self.wrapped = False
        self.task: weakref.ref[asyncio.Task[Any]] | None = None
        self.name: str | None = None
        self.ended_ns: int | None = None
        self.ending: Ending | None = None
        if kind == "span":
            self.working = State.CALLING

    @property
    def lane_name(self) -> str:
        """The task's own name if it was given one, otherwise the call that made it; a span's is what it was given."""
        name = self.name
        # CPython 3.13.0 names a task "None" where a factory is set, anyio "module.function".
        automatic = name is None or name == "None" or (name.startswith("Task-") and name[5:].isdecimal())
        if automatic or name is None or (self.code is not None and name.endswith(f".{self.code.co_qualname}")):
            function = None if self.code is None else functions.get(id(self.code))
            name = self.call if function is None else written(self.call, self.values, function)
        return clean(name)

    @property
    def place(self) -> str | None:
        """Where the function of the task stands, "file:line"."""
        return None if self.code is None else f"{self.code.co_filename}:{self.code.co_firstlineno}"

    @property
    def name_in_library(self) -> str:
        """What the task of a library is called where it has no lane: "start() of aiohttp"."""
        package = "" if self.code is None else package_of(self.code.co_filename)
        return f"{self.lane_name} of {package}" if package else self.lane_name

    def each_step(self) -> Iterator[Step]:
        """Yield the steps so far."""
        items = iter(self.steps)
        return zip(items, items, items, items, strict=False)

    def end(self, begin_ns: int, ended_ns: int, outcome: BaseException | None) -> None:
        """Note the last step, and how it ended."""
        self.steps += self.ready_ns, begin_ns, ended_ns, _RUNNING
        if type(outcome) is StopIteration or outcome is None:
            self.ending = _DONE
        elif isinstance(outcome, asyncio.CancelledError):
            self.ending = Ending.CANCELLED
        elif not isinstance(outcome, StopIteration):
            self.ending = Ending.FAILED
            self.error = clean(type(outcome).__name__)
        else:
            self.ending = _DONE
        self.ended_ns = ended_ns  # last: a reader in another thread takes it for the sign that all of it is there

    def read_name(self) -> None:
        """Note what the task is called now: it may be given a name at any time."""
        task = asyncio.current_task() if self.task is None else self.task()
        name_of = getattr(task, "get_name", None)
        if name_of is not None:
            self.name = name_of()


_RUNNING, _DONE = State.RUNNING, Ending.DONE
