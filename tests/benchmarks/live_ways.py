"""What `tests.benchmarks.live` runs inside a kernel: ways to show a run while it runs."""

from __future__ import annotations

import asyncio
import importlib
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import psutil
from IPython.display import display

from helpers.lesson import live
from helpers.timeline import Timeline
from helpers.timeline.live import ticker

Draw = Callable[[], None]


async def work(lanes: int, seconds: float) -> None:
    """Let lanes sleep again and again, each at its own pace."""

    async def lane(number: int) -> None:
        until_s = time.perf_counter() + seconds
        while time.perf_counter() < until_s:  # noqa: ASYNC110 - sleeping is the work
            await asyncio.sleep(0.1 + number % 50 / 500)

    await asyncio.gather(*(lane(number) for number in range(lanes)))


async def heartbeat(lags: list[float]) -> None:
    """Note how much later than asked for a sleep of 5 ms ends."""
    while True:
        began_s = time.perf_counter()
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - began_s - 0.005)


class Listening(live.LiveView):
    """A live view whose browser always keeps up."""

    def send(self) -> None:
        self._heard = True
        self._seen = self._sent
        super().send()


def drawer(way: str, lanes: int) -> Draw:
    """Return what draws one frame: bars of all lanes, in a picture as big as a settled one."""
    if way == "figure":
        return _new_figures(lanes)
    return _reused_artists(way, lanes)


def _new_figures(lanes: int) -> Draw:
    from matplotlib.figure import Figure

    handle: Any = display({"text/plain": "start"}, raw=True, display_id=True)
    began_s = time.perf_counter()

    def draw() -> None:
        figure = Figure(figsize=(9.6, 5))
        figure.subplots().barh(range(lanes), [time.perf_counter() - began_s] * lanes)
        handle.update(figure)

    return draw


def _reused_artists(way: str, lanes: int) -> Draw:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 5))
    handle: Any
    if way == "ipympl":
        ipympl = importlib.import_module("ipympl.backend_nbagg")  # not one of the course's packages
        canvas = ipympl.Canvas(figure)
        ipympl.FigureManager(canvas, 0)
        display(canvas)
        handle = None
    else:
        handle = display({"text/plain": "start"}, raw=True, display_id=True)
    axes = figure.subplots()
    axes.set_xlim(0, 10)
    bars = axes.barh(range(lanes), [0.0] * lanes)
    began_s = time.perf_counter()

    def draw() -> None:
        for bar in bars:
            bar.set_width(time.perf_counter() - began_s)
        if handle is None:
            figure.canvas.draw()
        else:
            handle.update(figure)

    return draw


async def show(way: str, lanes: int, seconds: float) -> None:
    """Run the work while it is shown one way, and print the figures as JSON."""
    from IPython.core.getipython import get_ipython
    from IPython.core.pylabtools import select_figure_formats

    select_figure_formats(get_ipython(), {"png"})
    lags: list[float] = []
    costs: list[float] = []
    began_s = time.perf_counter()
    if way == "live":
        timeline = Timeline("live", show=False)
        async with timeline:
            view = Listening(timeline)
            beat = asyncio.create_task(heartbeat(lags))
            await work(lanes, seconds)
            beat.cancel()
            taken_s = time.perf_counter() - began_s
        costs = view.ticker.costs_s
        view.ticker.stop()
        view.settle({"text/plain": "end"}, {})
    else:
        draw = drawer(way, lanes)
        beat = asyncio.create_task(heartbeat(lags))
        painter = asyncio.create_task(_paint(draw, costs))
        await work(lanes, seconds)
        taken_s = time.perf_counter() - began_s
        beat.cancel()
        painter.cancel()
    lags.sort()
    figures = {
        "median_ms": 1000 * statistics.median(costs),
        "worst_ms": 1000 * max(costs),
        "lag_p99_ms": 1000 * lags[int(0.99 * len(lags))],
        "lag_worst_ms": 1000 * lags[-1],
        "frames_per_s": len(costs) / taken_s,
        "rss_mib": psutil.Process().memory_info().rss / 2**20,
    }
    print("\n" + json.dumps(figures))


async def _paint(draw: Draw, costs: list[float]) -> None:
    while True:
        await asyncio.sleep(ticker.INTERVAL_S)
        began_s = time.perf_counter()
        draw()
        costs.append(time.perf_counter() - began_s)


async def pairs(count: int) -> None:
    """Print as JSON the ratios of a run recorded and shown to one that is not, in pairs whose order alternates."""
    ratios = []
    for pair in range(count + 1):
        taken: dict[bool, float] = {}
        for watched in (pair % 2 == 0, pair % 2 == 1):
            taken[watched] = await (_watched() if watched else _sleepers())
        ratios.append(taken[True] / taken[False])
    print("\n" + json.dumps(ratios[1:]))


async def _watched() -> float:
    timeline = Timeline("watched", show=False)
    async with timeline:
        view = Listening(timeline)
        taken_s = await _sleepers()
    view.ticker.stop()
    view.settle({"text/plain": "end"}, {})
    return taken_s


async def _sleepers() -> float:
    async def loop() -> None:
        for _ in range(10):
            await asyncio.sleep(0.05)

    began_s = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(200)))
    return time.perf_counter() - began_s
