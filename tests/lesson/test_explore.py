"""An experiment is run again by sliders: one run at a time, whatever thread the news comes from."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpers import Timeline
from helpers.lesson import explore as module
from helpers.lesson.explore import Explorer, explanation
from helpers.lesson.parameters import parameters_of

LONG_S = 30.0  # longer than any test


class View:
    """Notes what it is told to show."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.statuses: list[str] = []
        self._news = asyncio.Event()

    def show(self, result: Any) -> None:
        self.shown.append(result)
        self._news.set()

    def fail(self, error: BaseException) -> None:
        self.show(error)

    def say(self, status: str) -> None:
        self.statuses.append(status)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what is shown or said to meet a condition."""
        async with asyncio.timeout(10):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Experiment:
    """Returns its n; waits long where n is above 100, and tells what became of it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.values: list[int] = []

    async def run(self, n: int = 1) -> int:
        self.values.append(n)
        self.log.append(f"begin {n}")
        try:
            if n > 100:
                await asyncio.sleep(LONG_S)
            elif n == 13:
                raise ValueError("thirteen")
        finally:
            await asyncio.sleep(0.01)  # it takes a moment to clean up
            self.log.append(f"end {n}")
        return n


@pytest.fixture
def experiment() -> Experiment:
    return Experiment()


@pytest.fixture
async def view() -> View:
    return View()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTLE_S", 0.02)


@pytest.fixture(autouse=True)
async def none_left() -> AsyncIterator[None]:
    """End what a test has left running."""
    yield
    for task in module._stop_others():
        await asyncio.wait({task})
    assert not module._running


@pytest.fixture
async def explorer(experiment: Experiment, view: View) -> Explorer:
    return make(experiment.run, view)


def make(run: Any, view: View) -> Explorer:
    return Explorer(run, parameters_of(run, {"n": (1, 200)}), view)


def from_another_loop(*calls: Callable[[], None]) -> None:
    """Do as JupyterLab does: call from another thread, in which another loop runs."""

    async def all_of_them() -> None:
        for call in calls:
            call()

    thread = threading.Thread(target=asyncio.run, args=(all_of_them(),))
    thread.start()
    thread.join()


async def test_the_first_run_has_ended_when_it_returns(explorer: Explorer, view: View) -> None:
    await explorer.run_first()
    assert (view.shown, view.statuses) == ([1], ["running …", "done"])


async def test_a_change_from_another_thread_and_loop_starts_a_run(explorer: Explorer, view: View) -> None:
    await explorer.run_first()
    from_another_loop(lambda: explorer.change("n", 7))
    await view.until(lambda: view.shown == [1, 7])


async def test_a_slider_on_the_move_starts_one_run(explorer: Explorer, view: View, experiment: Experiment) -> None:
    await explorer.run_first()
    from_another_loop(*(lambda n=n: explorer.change("n", n) for n in range(2, 50)))
    await view.until(lambda: view.shown[-1] == 49)
    assert experiment.values == [1, 49]


async def test_a_run_begins_when_the_one_before_has_cleaned_up(
    explorer: Explorer, view: View, experiment: Experiment
) -> None:
    await explorer.run_first()
    explorer.change("n", 150)
    await view.until(lambda: 150 in experiment.values)
    explorer.change("n", 2)
    await view.until(lambda: view.shown == [1, 2])
    assert experiment.log[2:] == ["begin 150", "end 150", "begin 2", "end 2"]


async def test_a_slider_moved_during_the_first_run_ends_it(view: View, experiment: Experiment) -> None:
    explorer = make(experiment.run, view)
    explorer._values["n"] = 150
    first = asyncio.create_task(explorer.run_first())
    await view.until(lambda: experiment.values == [150])
    from_another_loop(lambda: explorer.change("n", 2))
    await first
    await view.until(lambda: view.shown == [2])


async def test_a_slider_that_moves_to_its_nearest_position_as_it_appears_disturbs_nothing(view: View) -> None:
    values: list[float] = []

    async def run(latency_s: float = 0.1) -> float:
        values.append(latency_s)
        await asyncio.sleep(0.1)
        return latency_s

    explorer = Explorer(run, parameters_of(run, {"latency_s": (0.02, 0.2)}), view)
    first = asyncio.create_task(explorer.run_first())
    await view.until(lambda: values == [0.1])
    explorer.change("latency_s", 0.09999999999999999)  # what JupyterLab 4.6 says of this slider, unasked
    await first
    assert (values, view.statuses) == ([0.1], ["running …", "done"])
    explorer.change("latency_s", 0.10099999999999999)  # a step further
    await view.until(lambda: len(view.shown) == 2)
    assert values == [0.1, 0.101]


async def test_stopping_the_cell_stops_the_first_run(view: View, experiment: Experiment) -> None:
    explorer = make(experiment.run, view)
    explorer._values["n"] = 150
    cell = asyncio.create_task(explorer.run_first())
    await view.until(lambda: experiment.values == [150])
    cell.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cell
    assert (experiment.log, view.statuses[-1]) == (["begin 150", "end 150"], "stopped")


async def test_an_error_of_the_first_run_is_the_error_of_the_cell(view: View, experiment: Experiment) -> None:
    explorer = make(experiment.run, view)
    explorer._values["n"] = 13
    with pytest.raises(ValueError, match="thirteen"):
        await explorer.run_first()
    explorer.change("n", 2)
    await view.until(lambda: view.shown == [2])


async def test_an_error_of_a_later_run_is_shown_and_the_next_one_runs(explorer: Explorer, view: View) -> None:
    await explorer.run_first()
    explorer.change("n", 13)
    await view.until(lambda: len(view.shown) == 2)
    assert isinstance(view.shown[1], ValueError)
    assert view.statuses[-1] == "failed"
    explorer.change("n", 2)
    await view.until(lambda: view.shown[2:] == [2])


async def test_an_error_is_explained_from_the_experiments_own_code_on(explorer: Explorer, view: View) -> None:
    explorer.change("n", 13)
    await view.until(lambda: len(view.shown) == 1)
    text = explanation(view.shown[0])
    assert text.startswith("Traceback")
    assert "lesson/explore.py" not in text.replace("\\", "/").replace("tests/lesson", "")
    assert text.endswith("ValueError: thirteen")


@pytest.mark.parametrize("kind", ["async with", "with"])
async def test_a_timeline_elsewhere_ends_the_run(
    explorer: Explorer, view: View, experiment: Experiment, kind: str
) -> None:
    explorer.change("n", 150)
    await view.until(lambda: experiment.values == [150])
    if kind == "async with":
        async with Timeline("another cell") as timeline:
            assert experiment.log == ["begin 150", "end 150"], "before the block begins"
        assert [lane.kind for lane in timeline.lanes] == ["body"]
    else:
        with Timeline("another cell"):
            pass
    await view.until(lambda: view.statuses[-1] == "stopped")
    assert view.shown == []


async def test_a_timeline_of_the_run_itself_does_not_end_it(view: View) -> None:
    async def measured(n: int = 1) -> list[str]:
        async with Timeline("inside") as timeline, asyncio.TaskGroup() as group:
            group.create_task(inner())
        return [lane.kind for lane in timeline.lanes]

    async def inner() -> None:
        async with Timeline("in a task of the run"):
            await asyncio.sleep(0)

    await make(measured, view).run_first()
    assert view.shown == [["body", "task"]]


async def test_another_explorer_ends_the_run_and_can_be_left_again(
    explorer: Explorer, view: View, experiment: Experiment
) -> None:
    explorer.change("n", 150)
    await view.until(lambda: experiment.values == [150])
    other = View()
    await make(Experiment().run, other).run_first()
    assert (experiment.log, other.shown) == (["begin 150", "end 150"], [1])
    explorer.change("n", 2)
    await view.until(lambda: view.shown == [2])


async def test_a_run_that_takes_no_notice_is_waited_for_and_not_shown(view: View) -> None:
    alive, most = 0, 0

    async def stubborn(n: int = 1) -> int:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        for _ in range(8 if n == 1 else 1):
            try:
                await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                continue
        alive -= 1
        return n

    explorer = make(stubborn, view)
    first = asyncio.create_task(explorer.run_first())
    await view.until(lambda: view.statuses == ["running …"])
    for n in (2, 3, 4):
        explorer._changed("n", n)
        await asyncio.sleep(0.03)
    await first
    await view.until(lambda: view.shown != [])
    assert (view.shown, most) == ([4], 1)


async def test_a_run_sees_the_context_of_the_cell(view: View) -> None:
    variable = contextvars.ContextVar[str]("variable")
    variable.set("of the cell")

    async def reads(n: int = 1) -> str:
        return variable.get("lost")

    explorer = make(reads, view)
    from_another_loop(lambda: explorer.change("n", 2))
    await view.until(lambda: view.shown == ["of the cell"])


def test_without_a_loop_there_is_nothing_to_stop() -> None:
    assert module._stop_others() == ()


class FakeDisplay:
    """Notes the bundles that a cell displays, and those that take the place of one."""

    def __init__(self) -> None:
        self.places: list[dict[str, Any]] = []

    def __call__(self, bundle: dict[str, Any], **options: Any) -> FakePlace:
        self.places.append(bundle)
        return FakePlace(self.places, len(self.places) - 1)


class FakePlace:
    def __init__(self, places: list[dict[str, Any]], index: int) -> None:
        self._places, self._index = places, index

    def update(self, bundle: dict[str, Any], **options: Any) -> None:
        self._places[self._index] = bundle


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    from helpers.lesson import sliders

    fake = FakeDisplay()
    monkeypatch.setattr(sliders, "display", fake)
    monkeypatch.setattr(
        sliders, "format_display_data", lambda shown: ({"image/png": b"", "text/plain": str(shown)}, {})
    )
    return fake.places


async def test_a_cell_shows_its_sliders_then_the_picture_then_its_text(displayed: list[dict[str, Any]]) -> None:
    await module.explore(Experiment().run, n=(1, 200))
    assert [bundle["text/plain"] for bundle in displayed] == ["Sliders: n = 1 (1 to 200).", "1", "1"]
    assert ["image/png" in bundle for bundle in displayed] == [False, True, False]
    assert "application/vnd.jupyter.widget-view+json" in displayed[0]


async def test_a_later_run_takes_the_place_of_the_first(
    displayed: list[dict[str, Any]], experiment: Experiment
) -> None:
    from helpers.lesson.sliders import Sliders

    parameters = parameters_of(experiment.run, {"n": (1, 200)})
    sliders = Sliders(parameters)
    explorer = Explorer(experiment.run, parameters, sliders)
    sliders.on_change(explorer.change)
    await explorer.run_first()
    (slider,) = sliders._widgets.values()
    done = asyncio.Event()
    sliders._status.observe(lambda event: done.set() if event["new"] == "done" else None, names="value")

    def move() -> None:
        slider.value = 7

    from_another_loop(move)
    async with asyncio.timeout(10):
        await done.wait()
    assert [bundle["text/plain"] for bundle in displayed] == ["7", "7"]


async def test_an_error_takes_the_place_of_the_picture(displayed: list[dict[str, Any]], experiment: Experiment) -> None:
    from helpers.lesson.sliders import Sliders

    sliders = Sliders(parameters_of(experiment.run, {"n": (1, 200)}))
    sliders.show("picture")
    sliders.fail(ValueError("thirteen"))
    assert [bundle["text/plain"] for bundle in displayed] == [
        "ValueError: thirteen",
        "This run failed. Other values may do better.",
    ]


async def test_a_list_makes_a_menu() -> None:
    from helpers.lesson.sliders import Sliders

    async def chosen(style: str = "tasks", latency_s: float = 0.1) -> None: ...

    sliders = Sliders(parameters_of(chosen, {"style": ["threads", "tasks"], "latency_s": (0.01, 0.5)}))
    menu, slider = sliders._widgets.values()
    assert (menu.options, menu.value) == (("threads", "tasks"), "tasks")
    assert (slider.value, slider.readout_format) == (0.1, ".3f")
