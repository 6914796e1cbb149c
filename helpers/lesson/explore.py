"""Run an experiment, and again whenever a slider is moved: one run at a time, its picture replaced in place."""

from __future__ import annotations

import asyncio
import contextvars
import traceback
from collections.abc import Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from helpers import timeline as timelines
from helpers.lesson.parameters import Parameter, Range, parameters_of

if TYPE_CHECKING:
    from helpers.timeline import Timeline

Experiment = Callable[..., Coroutine[Any, Any, Any]]

SETTLE_S = 0.15  # a run starts when the sliders have not moved for so long

_running: set[asyncio.Task[None]] = set()  # whichever explorer they belong to
_own_run: contextvars.ContextVar[asyncio.Task[None] | None] = contextvars.ContextVar("_own_run", default=None)


class View(Protocol):
    """What an explorer shows itself on."""

    def show(self, result: Any) -> None:
        """Show what a run has returned, in the place of what was shown before."""

    def fail(self, error: BaseException) -> None:
        """Show why a run has failed, in the same place."""

    def say(self, status: str) -> None:
        """Say what is going on."""


async def explore(experiment: Experiment, /, **ranges: Range) -> None:
    """Run an experiment, show what it returns, and do so again whenever a slider is moved.

        async def experiment(n=30, latency_s=0.1):
            ...
            return timeline

        await explore(experiment, n=(1, 200), latency_s=(0.01, 0.5))

    A pair of whole numbers makes a slider of whole numbers, any other pair one of fractions, a list a menu. It starts
    at the parameter's default. What the experiment returns is shown as if it ended a cell: a timeline (made with
    `show=False`), a picture, a chart, anything.

    The first run has ended when this returns, so that it works without a browser, too. Later ones run in the
    background. A new one, a `Timeline` in another cell and another `explore` cancel the one that is running, and wait
    until it has ended. An error of a later run is shown in the place of its picture.

    Raises:
        TypeError, ValueError: when ranges and experiment do not fit together; see `parameters_of`.
        Exception: what the first run has raised. The sliders stay, and other values may do better.
    """
    __tracebackhide__ = True
    from helpers.lesson.sliders import Sliders  # imports ipywidgets: not before it is needed

    parameters = parameters_of(experiment, ranges)
    view = Sliders(parameters)
    explorer = Explorer(experiment, parameters, view)
    view.on_change(explorer.change)
    view.display()
    await explorer.run_first()


class Explorer:
    """One experiment and the values it runs with next. Made in the loop that is to run it."""

    def __init__(self, experiment: Experiment, parameters: Collection[Parameter], view: View) -> None:
        self._experiment = experiment
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._values = {parameter.name: parameter.start for parameter in parameters}
        self._view = view
        self._loop = asyncio.get_running_loop()
        # What a run prints belongs to the cell that called `explore`, wherever the news of a slider comes from.
        self._context = contextvars.copy_context()
        self._timer: asyncio.TimerHandle | None = None
        timelines.on_enter(_stop_others)

    def change(self, name: str, value: Any) -> None:
        """Set a value, and start a run when no more changes come. Call it from any thread.

        JupyterLab with ipykernel 7 calls a widget's observers in another thread, where another loop runs.
        """
        self._loop.call_soon_threadsafe(self._changed, name, value, context=self._context)

    async def run_first(self) -> None:
        """Run with the values as they are, to the end, or until a slider is moved.

        Raises:
            Exception: what the experiment has raised.
        """
        __tracebackhide__ = True
        task = self._start(self._run)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        if not task.cancelled():
            task.result()

    def _changed(self, name: str, value: Any) -> None:
        parameter = self._parameters[name]
        if not parameter.differs(value, self._values[name]):
            return
        self._values[name] = parameter.tidy(value)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(SETTLE_S, self._start, self._run_again, context=self._context)

    def _start(self, run: Callable[..., Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        others = _stop_others()
        task = self._loop.create_task(
            run(dict(self._values), others), context=self._context.copy(), name=f"explore {self._values}"
        )
        _running.add(task)
        task.add_done_callback(_running.discard)
        return task

    async def _run(self, values: dict[str, Any], others: Collection[asyncio.Task[None]]) -> None:
        __tracebackhide__ = True
        task: asyncio.Task[None] | None = asyncio.current_task()
        _own_run.set(task)
        try:
            if others:
                await asyncio.wait(others)
            self._view.say("running …")
            result = await self._experiment(**values)
        except asyncio.CancelledError:
            self._view.say("stopped")
            raise
        except BaseException:
            self._view.say("failed")
            raise
        if task is not None and task.cancelling():  # the experiment took no notice, and somebody waits for its end
            self._view.say("stopped")
            return
        self._view.show(result)
        self._view.say("done")

    async def _run_again(self, values: dict[str, Any], others: Collection[asyncio.Task[None]]) -> None:
        try:
            await self._run(values, others)
        except Exception as error:
            self._view.fail(error)


def _stop_others(timeline: Timeline | None = None) -> Collection[asyncio.Task[None]]:
    """Cancel every run in this loop but the one that asks for it, and return those that have not ended yet."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # a script without a loop
        return ()
    others = [task for task in _running if task is not _own_run.get() and task.get_loop() is loop]
    for task in others:
        task.cancel()
    return others


def explanation(error: BaseException) -> str:
    """Return an error as Python prints it, from the experiment's own code on."""
    inside = error.__traceback__
    while inside is not None and inside.tb_frame.f_code.co_filename == __file__:
        inside = inside.tb_next
    return "".join(traceback.format_exception(type(error), error, inside)).rstrip()
