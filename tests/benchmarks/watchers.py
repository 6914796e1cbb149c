"""Measure what one way to watch adds: `python -m tests.benchmarks.watchers NAME` prints a line of JSON.

A process of its own for each, so that none is measured with what another one has left. In it plain and watched rounds
alternate; the least of each is taken, since what other processes do can only add to it. `peers` runs them all.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import json
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from helpers.timeline import Timeline
from tests.benchmarks.timeline import stepping

TASKS = 2000
Drive = Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]]
"""How a coroutine is run: as it is, or through what watches it."""


async def as_it_is(work: Coroutine[Any, Any, Any]) -> None:
    await work


@contextmanager
def viztracer() -> Iterator[Drive]:
    """VizTracer, logging tasks; what it has logged is thrown away."""
    tracer = importlib.import_module("viztracer").VizTracer(log_async=True, verbose=0, tracer_entries=2_000_000)
    tracer.start()
    try:
        yield as_it_is
    finally:
        tracer.stop()
        tracer.clear()


@contextmanager
def asyncviz() -> Iterator[Drive]:
    """AsyncViz, with its dashboard's server, and nobody who looks at it."""
    package = importlib.import_module("asyncviz")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    package.start(port=port, open_browser=False, log_level="CRITICAL", startup_timeout=30.0)
    logging.disable()
    try:
        yield as_it_is
    finally:
        package.stop()


@contextmanager
def debug() -> Iterator[Drive]:
    """Nothing around it: `asyncio.run` is told."""
    yield as_it_is


@contextmanager
def asyncflow() -> Iterator[Drive]:
    """AsyncFlow of wigglystuff, a new widget for each run, which nobody shows."""
    widget = importlib.import_module("wigglystuff").AsyncFlow
    yield lambda work: widget().run(work)


WATCHERS: dict[str, Callable[[], AbstractContextManager[Drive]]] = {
    "timeline": debug,
    "debug": debug,
    "viztracer": viztracer,
    "asyncviz": asyncviz,
    "asyncflow": asyncflow,
}
NEEDS = {"viztracer": "viztracer", "asyncviz": "asyncviz", "asyncflow": "wigglystuff"}


async def _tasks() -> None:
    async def work() -> None: ...

    await asyncio.gather(*(work() for _ in range(TASKS)))


async def round_us(steps: int, *, recorded: bool, drive: Drive = as_it_is) -> tuple[float, float]:
    """Return the processor time of a step and of a task of one step, in microseconds."""
    timelines = [Timeline("round", show=False) for _ in range(2)]
    taken = []
    for timeline, work, count in zip(timelines, (stepping(100, steps), _tasks()), (steps, TASKS), strict=True):
        if recorded:
            await timeline.__aenter__()
        begin_s = time.process_time()
        await drive(work)
        taken.append((time.process_time() - begin_s) / count * 1e6)
        if recorded:
            await timeline.__aexit__(None, None, None)
    return taken[0], taken[1]


def measured(name: str, rounds: int, steps: int) -> dict[str, float]:
    """Return what a step and a task cost plain, and how much more when watched."""
    plain: list[tuple[float, float]] = []
    watched: list[tuple[float, float]] = []
    for _ in range(rounds):
        plain.append(asyncio.run(round_us(steps, recorded=False)))
        with WATCHERS[name]() as drive:
            work = round_us(steps, recorded=name == "timeline", drive=drive)
            watched.append(asyncio.run(work, debug=name == "debug"))
    (step, task), (more_step, more_task) = (tuple(map(min, zip(*costs, strict=True))) for costs in (plain, watched))
    return {"step": step, "task": task, "more_step": more_step - step, "more_task": more_task - task}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of one."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.watchers", description=__doc__)
    parser.add_argument("name", choices=WATCHERS)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=10_000)
    asked = parser.parse_args(arguments)
    needed = NEEDS.get(asked.name)
    if needed is not None and importlib.util.find_spec(needed) is None:
        sys.exit(f"{needed} is not installed for {sys.executable}")
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # debug mode tells of slow steps
    print(json.dumps(measured(asked.name, asked.rounds, asked.steps)))


if __name__ == "__main__":
    main()
