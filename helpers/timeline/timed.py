"""A call that is timed where it runs, so that it can be a lane in the timeline of another process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

Args = ParamSpec("Args")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Timed(Generic[Result]):
    """What a call returned, when it ran, and where.

    `begin_ns` and `end_ns` are of `time.perf_counter_ns`, one clock for all processes of a machine; `cpu_ns` is the
    processor time that its thread used, `pid` the process.
    """

    result: Result
    begin_ns: int
    end_ns: int
    cpu_ns: int
    pid: int


def timed(function: Callable[Args, Result], /, *args: Args.args, **options: Args.kwargs) -> Timed[Result]:
    """Call a function, and return what it returned with the times. Give it to a pool in place of the function.

        ran = await loop.run_in_executor(processes, timed, count_primes, 20_000)
        ran.result, ran.pid

    Raises:
        Exception: what the function raises.
    """
    begin_ns, cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
    result = function(*args, **options)
    return Timed(result, begin_ns, time.perf_counter_ns(), time.thread_time_ns() - cpu_ns, os.getpid())
