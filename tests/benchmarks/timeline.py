"""Measure what watching costs: `python -m tests.benchmarks.timeline` (about a minute; `--quick` is a smoke test).

Everything is measured in turn with the same work unwatched, in one run. The observer effect is the median of the
ratios of pairs, with the interval that holds the true median in 95 of 100 runs, whatever the distribution: from order
statistics, of which the number below the median is binomial.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from helpers import services
from helpers.timeline import Timeline

STEPS = 20_000
REQUESTS = 200
LATENCY_S = 0.1
SLEEPERS = 200
TASKS = 10_000


async def stepping(tasks: int, steps: int) -> None:
    """Let tasks take steps, each of which awaits a future that is done right after."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(steps // tasks):
            future = loop.create_future()
            loop.call_soon(future.set_result, None)
            await future

    await asyncio.gather(*(work() for _ in range(tasks)))


async def step_us(steps: int, *, watched: bool = False, debug: bool = False) -> float:
    """Return the processor time of a step in microseconds."""
    asyncio.get_running_loop().set_debug(debug)
    timeline = Timeline("steps", show=False)
    if watched:
        await timeline.__aenter__()
    begin_s = time.process_time()
    await stepping(100, steps)
    taken_s = time.process_time() - begin_s
    if watched:
        await timeline.__aexit__(None, None, None)
    return taken_s / steps * 1e6


def cost_of_a_step(rounds: int, steps: int) -> tuple[float, float, float]:
    """Return what a step costs plain, how much more when watched, and how much more in asyncio's debug mode.

    The least of the rounds: what other processes do can only add to it.
    """
    plain, watched, debug = [], [], []
    for _ in range(rounds):
        plain.append(asyncio.run(step_us(steps)))
        watched.append(asyncio.run(step_us(steps, watched=True)))
    for _ in range(max(1, rounds // 5)):
        debug.append(asyncio.run(step_us(steps // 10, debug=True)))
    return min(plain), min(watched) - min(plain), min(debug) - min(plain)


async def passing(steps: int) -> None:
    """Let two tasks hand each other items through a queue of one, so that each waits for the other at every second."""
    queue: asyncio.Queue[int] = asyncio.Queue(1)

    async def put() -> None:
        for number in range(steps // 2):
            await queue.put(number)

    async def get() -> None:
        for _ in range(steps // 2):
            await queue.get()

    await asyncio.gather(put(), get())


async def passing_us(steps: int, *, watched: bool, levels: int = 0) -> float:
    """Return the microseconds of processor of a step that waits for another task's; so many locks are watched."""
    timeline = Timeline("queue", show=False, watch=[asyncio.Lock() for _ in range(levels)])
    if watched:
        await timeline.__aenter__()
    begin_s = time.process_time()
    await passing(steps)
    taken_s = time.process_time() - begin_s
    if watched:
        await timeline.__aexit__(None, None, None)
    return taken_s / steps * 1e6


def cost_of_whom(rounds: int, steps: int) -> tuple[float, float, float]:
    """Return what a step through a queue costs plain, how much more when watched, and more for each lock in `watch`."""
    plain, watched, levels = [], [], []
    for _ in range(rounds):
        plain.append(asyncio.run(passing_us(steps, watched=False)))
        watched.append(asyncio.run(passing_us(steps, watched=True)))
        levels.append(asyncio.run(passing_us(steps, watched=True, levels=4)))
    return min(plain), min(watched) - min(plain), (min(levels) - min(watched)) / 4


async def task_us(tasks: int, *, watched: bool = False) -> float:
    """Return the processor time in microseconds of a task of one step, from its making to its end."""

    async def work(number: int) -> None: ...

    timeline = Timeline("tasks", show=False)
    if watched:
        await timeline.__aenter__()
    begin_s = time.process_time()
    await asyncio.gather(*(work(number) for number in range(tasks)))
    taken_s = time.process_time() - begin_s
    if watched:
        await timeline.__aexit__(None, None, None)
    return taken_s / tasks * 1e6


def cost_of_a_task(rounds: int, tasks: int) -> tuple[float, float]:
    """Return what a task costs plain, and how much more when watched; the least of the rounds."""
    plain = [asyncio.run(task_us(tasks)) for _ in range(rounds)]
    watched = [asyncio.run(task_us(tasks, watched=True)) for _ in range(rounds)]
    return min(plain), min(watched) - min(plain)


async def crowd(tasks: int) -> dict[str, float]:
    """Return what it costs to record many tasks and to leave their block, and for how long at most nobody else ran."""

    async def work(number: int) -> None:
        await asyncio.sleep(0.01)

    async def beating() -> None:
        while True:
            await asyncio.sleep(0)
            beats.append(time.process_time())

    taken = {}
    for watched in (False, True):
        timeline = Timeline("crowd", show=False)
        if watched:
            await timeline.__aenter__()
        begin_s = time.process_time()
        await asyncio.gather(*(work(number) for number in range(tasks)))
        taken[watched] = time.process_time() - begin_s
    beats = [time.process_time()]
    beating_task = asyncio.create_task(beating())
    await timeline.__aexit__(None, None, None)
    beats.append(time.process_time())
    beating_task.cancel()
    return {
        "task_us": (taken[True] - taken[False]) / tasks * 1e6,
        "leave_s": beats[-1] - beats[0],
        "blocked_ms": max(later - sooner for sooner, later in itertools.pairwise(beats)) * 1e3,
    }


async def requests_s(session: aiohttp.ClientSession) -> float:
    """Return how long many requests at once take."""

    async def get() -> None:
        async with session.get("/cities/oslo") as response:
            await response.read()

    begin_s = time.perf_counter()
    await asyncio.gather(*(get() for _ in range(REQUESTS)))
    return time.perf_counter() - begin_s


async def sleepers_s() -> float:
    """Return how long many loops of sleeps take."""

    async def loop() -> None:
        for _ in range(4):
            await asyncio.sleep(0.05)

    begin_s = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(SLEEPERS)))
    return time.perf_counter() - begin_s


async def ratios_of(work: Callable[[], Awaitable[float]], pairs: int) -> list[float]:
    """Return the ratios of watched to unwatched runs, taken in pairs whose order alternates."""
    ratios = []
    for pair in range(pairs + 1):
        taken: dict[bool, float] = {}
        for watched in (pair % 2 == 0, pair % 2 == 1):
            if watched:
                async with Timeline("watched", show=False):
                    taken[watched] = await work()
            else:
                taken[watched] = await work()
        ratios.append(taken[True] / taken[False])
    return ratios[1:]  # the first opens the connections


def interval_of_median(values: Sequence[float]) -> tuple[float, float]:
    """Return the order statistics between which the median lies with at least 95 % confidence."""
    count, below, tail = len(values), 0, 0.5 ** len(values)
    while tail <= 0.025 and below < count // 2:
        below += 1
        tail += math.comb(count, below) * 0.5**count
    ordered = sorted(values)
    return ordered[max(0, below - 1)], ordered[min(count - 1, count - below)]


async def many_tasks(tasks: int) -> tuple[float, float, float]:
    """Return the seconds in which tasks were run and recorded, summed up, and drawn."""
    begin_s = time.perf_counter()
    timeline = Timeline("many", show=False)
    async with timeline:
        await asyncio.gather(*(asyncio.sleep(0.1) for _ in range(tasks)))
        ended_s = time.perf_counter()
    assert timeline.facts
    summed_s = time.perf_counter()
    timeline.picture().png()
    return ended_s - begin_s, summed_s - ended_s, time.perf_counter() - summed_s


async def observer_effects(pairs: int) -> dict[str, list[float]]:
    """Return the ratios for requests and for sleepers."""
    api = services.http("benchmark", latency_s=LATENCY_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(api.url, connector=connector) as session:
        requests = await ratios_of(lambda: requests_s(session), pairs)
    return {
        f"{REQUESTS} requests of {LATENCY_S * 1000:.0f} ms at once": requests,
        f"{SLEEPERS} loops of 4 × sleep(0.05)": await ratios_of(sleepers_s, pairs),
    }


def main(arguments: Sequence[str]) -> None:
    """Print every figure with its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.timeline", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test: few rounds, figures that say little")
    quick = parser.parse_args(arguments).quick
    rounds, steps, pairs, tasks = (2, 2000, 2, 1000) if quick else (15, STEPS, 60, TASKS)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    plain, watched, debug = cost_of_a_step(rounds, steps)
    print(f"a step: {plain:.2f} µs; watched +{watched:.2f} µs (goal 3, stretch 1.5); debug mode +{debug:.1f} µs")
    plain, watched, level = cost_of_whom(rounds, steps // 4)
    print(
        f"a step that waits for another task's, through a queue: {plain:.2f} µs; watched, with whom it waits for, "
        f"+{watched:.2f} µs; each queue or lock in `watch` +{level:.2f} µs"
    )
    plain, watched = cost_of_a_task(rounds, steps // 4)
    print(f"a task of one step: {plain:.2f} µs; watched +{watched:.2f} µs (goal 5)")
    seen = asyncio.run(crowd(100 if quick else 100_000))
    print(
        f"{100 if quick else 100_000} tasks of two steps: watched +{seen['task_us']:.1f} µs each; to leave the block "
        f"{seen['leave_s']:.2f} s of processor (goal 3), nobody else runs for {seen['blocked_ms']:.0f} ms at most"
    )
    for what, ratios in asyncio.run(observer_effects(pairs)).items():
        low, high = interval_of_median(ratios)
        effect = statistics.median(ratios) - 1
        said = f"{effect:+.1%}, 95 % interval {low - 1:+.1%} to {high - 1:+.1%}, {len(ratios)} pairs (goal 5 %)"
        print(f"{what}: {said}")
    asyncio.run(many_tasks(100))  # imports matplotlib
    run_s, sum_s, draw_s = asyncio.run(many_tasks(tasks))
    total = f"{run_s + sum_s + draw_s:.2f} s (goal 3)"
    print(f"{tasks} tasks: run and recorded {run_s:.2f} s, summed up {sum_s:.2f} s, drawn {draw_s:.2f} s; {total}")


if __name__ == "__main__":
    main(sys.argv[1:])
