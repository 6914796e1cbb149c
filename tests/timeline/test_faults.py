"""What fails in the recorder never fails in the code it watches, and what it misses it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest

from helpers.timeline import Ending, State, Timeline, _bounds, _callbacks, _factory, _recorder, _steps

from .looking import lane_of, waits_in_task, waits_of


class OwnFuture:
    """A future as somebody writes one who wants to see how a loop works: with callbacks that are plain functions."""

    _asyncio_future_blocking = False

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Any], None]] = [lambda _: None]
        self._loop = asyncio.get_running_loop()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: Callable[[Any], None], *, context: Any = None) -> None:
        self._callbacks.append(callback)

    def remove_done_callback(self, callback: Callable[[Any], None]) -> int:
        return 0

    def result(self) -> int:
        return 42

    def finish(self) -> None:
        for callback in self._callbacks:
            callback(self)

    def __await__(self) -> Generator[Any, None, int]:
        self._asyncio_future_blocking = True
        yield self
        return 42


class Prickly(OwnFuture):
    """One that raises whenever it is asked for more than asyncio asks."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"_callbacks", "_children", "__class__"} and object.__getattribute__(self, "guarded"):
            raise RuntimeError("do not touch")
        return object.__getattribute__(self, name)

    guarded = False


@pytest.mark.parametrize("kind", [OwnFuture, Prickly])
async def test_a_future_of_the_learners_own_works_as_without_a_timeline(kind: type[OwnFuture]) -> None:
    async def wait() -> Any:
        future: Any = kind()
        asyncio.get_running_loop().call_later(0.001, future.finish)
        return await future

    async with Timeline("own future") as timeline:
        assert await asyncio.create_task(wait()) == 42
    assert waits_of(lane_of(timeline, "wait()")) == [State.OTHER]
    assert "failed" not in timeline.facts


async def test_a_coroutine_of_the_learners_own_class_works_as_without_a_timeline() -> None:
    class Odd:
        def __init__(self, coro: Any) -> None:
            self._coro = coro

        def send(self, value: Any) -> Any:
            return self._coro.send(value)

        def throw(self, *error: Any) -> Any:
            return self._coro.throw(*error)

        def close(self) -> None:
            self._coro.close()

        def __await__(self) -> Any:
            return self._coro.__await__()

        @property
        def cr_await(self) -> Any:
            raise RuntimeError("do not touch")

    async def wait() -> int:
        await asyncio.sleep(0.001)
        return 42

    async with Timeline("own coroutine") as timeline:
        odd: Any = Odd(wait())
        assert await asyncio.create_task(odd) == 42
    assert [(lane.name, lane.ending) for lane in timeline.lanes[1:]] == [("Odd()", Ending.DONE)]


def fails(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("a fault of the recorder")


async def work() -> int:
    await asyncio.sleep(0.001)
    await asyncio.Task(asyncio.sleep(0.001))
    return 42


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (_callbacks, "reason_for"),
        (_factory, "called"),
        (_factory, "made_by_library"),
        (_callbacks, "marks_for"),
        (_callbacks, "_is_step"),
        (_steps.Marks, "end"),
    ],
)
async def test_a_fault_of_the_recorder_is_told_and_changes_nothing(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    before = (loop.get_task_factory(), asyncio.Handle._run)
    async with Timeline("fault") as timeline:
        await asyncio.sleep(0)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fails)
            assert [*await asyncio.gather(work(), asyncio.sleep(0.001))] == [42, None]
        assert (loop.get_task_factory(), asyncio.Handle._run) == before  # it has taken itself off
        assert await asyncio.create_task(work()) == 42
    (told,) = [line for line in timeline.facts.splitlines() if "failed after" in line]
    assert "(ZeroDivisionError: a fault of the recorder), and saw nothing from then on." in told
    assert timeline.busy_share is None
    assert timeline.picture().png()[0]


async def test_a_block_without_a_fault_says_nothing_of_one() -> None:
    async with Timeline("fine") as timeline:
        await asyncio.create_task(work())
    assert timeline.record.missed == type(timeline.record.missed)()


async def test_a_long_record_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bounds, "MOST_STEPS", 1000)
    monkeypatch.setattr(_bounds, "MOST_IDLE", 500)
    monkeypatch.setattr(_bounds, "TURNS", 0xFF)

    async def turns() -> None:
        for _ in range(20_000):
            await asyncio.sleep(0)

    async with Timeline("long") as timeline:
        await asyncio.create_task(turns())
    steps = [segment for segment in lane_of(timeline, "turns()").segments if segment.state is State.RUNNING]
    assert 500 < len(steps) < 3000
    assert f"{timeline.record.missed.merged} steps were merged with their neighbours" in timeline.facts


async def test_what_is_merged_has_as_much_work_in_it_as_there_was() -> None:
    steps = [item for n in range(100) for item in (None, 10 * n, 10 * n + 3, State.TIMER)]
    merged = _bounds.merged_steps(steps, 2, 50)
    work = [sum(ends) - sum(begins) for begins, ends in ((steps[1::4], steps[2::4]), (merged[1::4], merged[2::4]))]
    assert (len(merged), work[1]) == (len(steps) // 2, work[0])


async def test_what_blocked_the_loop_is_never_merged() -> None:
    steps = [None, 0, 3, State.TIMER, None, 10, 200, State.TIMER, None, 300, 301, State.TIMER]
    assert _bounds.merged_steps(steps, 2, 50)[:8] == steps[:8]


async def test_of_a_long_run_only_the_last_seconds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bounds, "TURNS", 0xF)

    async def turns(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        while loop.time() < end_s:  # noqa: ASYNC110 - it is to take many steps
            await asyncio.sleep(0.001)

    async with Timeline("long", last_s=0.1) as timeline:
        await asyncio.create_task(turns(0.05))
        await asyncio.create_task(turns(0.3))
    recorder: Any = timeline._recorder
    assert timeline.makespan_s == pytest.approx(0.1, rel=0.01)
    assert [lane.name for lane in timeline.lanes] == ["main", "turns(0.3)"]
    assert all(end_ns >= recorder.begin_ns for _, end_ns in recorder.idle)
    assert waits_of(timeline.lanes[0]) == [State.TASK]


async def test_more_tasks_than_can_be_shown_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bounds, "MOST_LANES", 10)
    async with Timeline("many") as timeline:
        await asyncio.gather(*[asyncio.sleep(0.001) for _ in range(15)])
    assert len(timeline.lanes) == 10
    assert "6 tasks more have no lane" in timeline.facts


async def test_others_go_on_while_many_lanes_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    from helpers.timeline import record

    monkeypatch.setattr(record, "PIECE", 100)
    turns = 0

    async def ticking() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    ticker = asyncio.create_task(ticking())
    async with Timeline("many") as timeline:
        await asyncio.gather(*[asyncio.sleep(0) for _ in range(200)])
        ended = turns
    ticker.cancel()
    assert (turns - ended > 10, len(timeline.lanes)) == (True, 201)


async def test_a_block_that_is_cancelled_while_it_is_settled_has_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    from helpers.timeline import record

    monkeypatch.setattr(record, "PIECE", 100)
    timeline = Timeline("many")

    async def learner() -> None:
        async with timeline:
            await asyncio.gather(*[asyncio.sleep(0) for _ in range(200)])
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(learner())
    assert len(timeline.lanes) == 201


@pytest.mark.parametrize("text", ["a\nb", "\ud83d", "\x1b[31mred", "\u202eabc", "a\x00b"])
async def test_names_and_titles_can_be_printed_and_stored(text: str, tmp_path: Any) -> None:
    async with Timeline(f"T{text}") as timeline:
        await asyncio.create_task(asyncio.sleep(0), name=f"N{text}")
        with timeline.span(f"S{text}"):
            pass
    shown = [timeline.title, *(lane.name for lane in timeline.lanes)]
    assert all(name.isprintable() for name in shown)
    timeline.facts.encode()
    timeline.replay().save(tmp_path / "replay.html")
    timeline.picture().save(tmp_path / "picture.png")


async def test_a_dollar_in_a_name_is_no_formula() -> None:
    async with Timeline("costs $\\frac{$") as timeline:
        await asyncio.create_task(asyncio.sleep(0), name="$x$")
    assert (timeline.picture().png()[0][:4], timeline.lanes[1].name) == (b"\x89PNG", "$x$")


async def test_what_an_executor_does_is_seen_through_shield_wait_and_wait_for() -> None:
    loop = asyncio.get_running_loop()

    def job() -> Any:
        import time

        return loop.run_in_executor(None, time.sleep, 0.005)

    assert await waits_in_task(lambda: asyncio.shield(job())) == [State.THREAD]
    assert await waits_in_task(lambda: asyncio.wait([job()])) == [State.THREAD]
    assert await waits_in_task(lambda: asyncio.gather(job(), job())) == [State.THREAD]
    assert await waits_in_task(lambda: asyncio.wait_for(job(), 5)) == [State.THREAD]


def test_the_recorder_names_no_module_of_notebooks() -> None:
    assert _recorder.body_name() == "main"
