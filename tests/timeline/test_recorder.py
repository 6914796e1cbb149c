"""The recorder sees everything, and changes nothing that the learner could see."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import logging
import sys
import time
import traceback
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from helpers.timeline import Ending, State, Timeline
from helpers.timeline._recorder import Recorder
from helpers.timeline._steps import Marks
from helpers.timeline._wrapped import Stepped

from .looking import lane_of, waits_of


async def answer(value: Any = 42) -> Any:
    await asyncio.sleep(0)
    return value


async def failing(error: BaseException) -> None:
    await asyncio.sleep(0)
    raise error


def hooks_of(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Return what a timeline replaces."""
    selector: Any = getattr(loop, "_selector", None)
    own = {
        name: value
        for name, value in vars(loop).items()
        if callable(value) and name in {"_call_soon", "run_in_executor"}
    }
    return {"factory": loop.get_task_factory(), "select": vars(selector).get("select") if selector else None, **own}


async def test_the_loop_is_as_before_after_the_block() -> None:
    loop = asyncio.get_running_loop()
    before = hooks_of(loop)
    async with Timeline("block"):
        assert hooks_of(loop) != before
    assert hooks_of(loop) == before


async def test_the_loop_is_as_before_after_an_exception() -> None:
    loop = asyncio.get_running_loop()
    before = hooks_of(loop)
    with pytest.raises(ZeroDivisionError):
        async with Timeline("block"):
            raise ZeroDivisionError
    assert hooks_of(loop) == before


async def test_the_loop_is_as_before_after_a_cancellation_in_the_block() -> None:
    loop = asyncio.get_running_loop()
    before = hooks_of(loop)

    async def cancelled() -> None:
        async with Timeline("block"):
            await asyncio.sleep(60)

    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert hooks_of(loop) == before


async def test_the_loop_is_as_before_after_a_cancellation_while_the_block_is_entered() -> None:
    loop = asyncio.get_running_loop()
    before = hooks_of(loop)

    async def cancelled() -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
        async with Timeline("block"):
            pytest.fail("the block began although its task was cancelled")

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(cancelled())
    assert hooks_of(loop) == before


async def test_the_task_factory_that_was_there_makes_the_tasks() -> None:
    loop = asyncio.get_running_loop()
    made: list[Any] = []

    def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(coro)
        return asyncio.Task(coro, loop=loop, **options)

    loop.set_task_factory(factory)
    async with Timeline("block") as timeline:
        result = await asyncio.create_task(answer())
    assert (result, len(made), loop.get_task_factory()) == (42, 1, factory)
    assert lane_of(timeline, "answer()").ending is Ending.DONE


async def test_a_task_factory_that_puts_a_coroutine_around_each_is_seen_through() -> None:
    loop = asyncio.get_running_loop()

    async def around(coro: Any) -> Any:
        return await coro

    loop.set_task_factory(lambda loop, coro, **options: asyncio.Task(around(coro), loop=loop, **options))

    async def learner() -> str:
        await asyncio.sleep(0.001)
        return "result"

    async with Timeline("outer") as outer, Timeline("inner") as inner:
        assert await asyncio.create_task(learner()) == "result"
    assert [waits_of(lane_of(timeline, "learner()")) for timeline in (outer, inner)] == [[State.TIMER]] * 2


async def test_timelines_nest() -> None:
    async with Timeline("outer") as outer:
        await asyncio.create_task(answer(1))
        async with Timeline("inner") as inner:
            await asyncio.create_task(answer(2))
    assert [len(timeline.lanes) for timeline in (outer, inner)] == [3, 2]


async def test_a_nested_timeline_sees_the_same_waits() -> None:
    async with Timeline("outer") as outer, Timeline("inner") as inner:
        await asyncio.create_task(asyncio.sleep(0.001))
        await asyncio.sleep(0.001)
    assert [waits_of(timeline.lanes[0]) for timeline in (outer, inner)] == [[State.TASK, State.TIMER]] * 2


async def test_overlapping_timelines_each_see_their_own_block() -> None:
    loop = asyncio.get_running_loop()
    before = hooks_of(loop)
    first, second = Timeline("first"), Timeline("second")
    await first.__aenter__()
    await asyncio.create_task(answer(1))
    await second.__aenter__()
    await asyncio.create_task(answer(2))
    await first.__aexit__(None, None, None)
    await asyncio.create_task(answer(3))
    await second.__aexit__(None, None, None)
    names = [[lane.name for lane in timeline.lanes[1:]] for timeline in (first, second)]
    assert names == [["answer(1)", "answer(2)"], ["answer(2)", "answer(3)"]]
    assert hooks_of(loop) == before


async def test_a_timeline_in_a_task_records_the_task_as_the_block() -> None:
    async def recorded() -> Timeline:
        async with Timeline("inner") as timeline:
            await asyncio.sleep(0.001)
        return timeline

    async with Timeline("outer"):
        timeline = await asyncio.create_task(recorded())
    assert waits_of(timeline.lanes[0]) == [State.TIMER]


def plain(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    """Make a task, as a factory that is not the timeline's."""
    return asyncio.Task(coro, loop=loop, **options)


whoever_makes_it = pytest.mark.parametrize("factory", [None, plain], ids=["asyncio", "another factory"])


@whoever_makes_it
async def test_the_result_of_a_task_is_unchanged(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    value = object()
    async with Timeline("block"):
        assert await asyncio.create_task(answer(value)) is value


@whoever_makes_it
async def test_the_exception_of_a_task_is_the_very_object(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    error = ValueError("mine")
    async with Timeline("block"):
        with pytest.raises(ValueError, match="mine") as raised:
            await asyncio.create_task(failing(error))
    assert raised.value is error
    assert (error.__cause__, error.__context__) == (None, None)


async def frames_of_ours(factory: Any) -> list[bool | None]:
    """Return for each frame of the recorder's own in a failed task's traceback whether it asks to be hidden."""
    asyncio.get_running_loop().set_task_factory(factory)
    error = ValueError("mine")
    async with Timeline("block"):
        await asyncio.gather(asyncio.create_task(failing(error)), return_exceptions=True)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    assert frames[-1].f_code is failing.__code__
    ours = [frame for frame in frames if "helpers/timeline" in frame.f_code.co_filename.replace("\\", "/")]
    return [frame.f_locals.get("__tracebackhide__") for frame in ours]


async def test_a_traceback_has_no_frame_of_the_recorder() -> None:
    assert await frames_of_ours(None) == []


async def test_a_traceback_of_another_factorys_task_has_two_frames_more_which_ask_to_be_hidden() -> None:
    assert await frames_of_ours(plain) == [True, True]


async def test_a_task_drives_the_very_coroutine_it_was_given() -> None:
    async with Timeline("block"):
        coro = answer()
        task = asyncio.create_task(coro)
        assert task.get_coro() is coro
        await task


@whoever_makes_it
async def test_the_name_of_a_task_is_unchanged(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block") as timeline:
        task = asyncio.create_task(answer(), name="mine")
        await task
    assert task.get_name() == "mine"
    assert lane_of(timeline, "mine").ending is Ending.DONE


@whoever_makes_it
async def test_a_name_given_later_is_the_lanes_name(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block") as timeline:
        task = asyncio.create_task(answer())
        task.set_name("later")
        await task
    assert lane_of(timeline, "later").ending is Ending.DONE


@whoever_makes_it
async def test_the_name_of_a_task_that_was_dropped_is_kept(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block") as timeline, asyncio.TaskGroup() as group:
        group.create_task(answer(), name="dropped")
    assert lane_of(timeline, "dropped").ending is Ending.DONE


@whoever_makes_it
async def test_what_a_task_says_of_its_coroutine_is_unchanged(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block"):
        task = asyncio.create_task(answer())
        coro: Any = task.get_coro()
        said = (coro.__name__, coro.__qualname__, coro.cr_code, asyncio.iscoroutine(coro), inspect.isawaitable(coro))
        text = repr(task)
        await task
    assert said == ("answer", "answer", answer.__code__, True, True)
    assert "coro=<answer() running at" in text
    assert "test_recorder.py" in text


@whoever_makes_it
async def test_the_stack_of_a_task_is_the_learners(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block"):
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        (frame,) = task.get_stack()
        task.cancel()
    assert frame.f_code is asyncio.sleep.__code__


@whoever_makes_it
async def test_the_state_of_a_coroutine_can_be_asked_for(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    async with Timeline("block"):
        task = asyncio.create_task(answer())
        states = [inspect.getcoroutinestate(task.get_coro())]  # type: ignore[arg-type]
        await task
        states.append(inspect.getcoroutinestate(task.get_coro()))  # type: ignore[arg-type]
    assert states == ["CORO_CREATED", "CORO_CLOSED"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="call graphs came in 3.14")
async def test_the_call_graph_of_a_task_shows_the_learners_functions() -> None:
    async def inner() -> None:
        await asyncio.sleep(60)

    async def outer() -> None:
        await inner()

    async with Timeline("block"):
        task = asyncio.create_task(outer())
        await asyncio.sleep(0)
        graph: Any = asyncio.capture_call_graph(task)  # type: ignore[attr-defined, unused-ignore]
        task.cancel()
    assert [entry.frame.f_code.co_name for entry in graph.call_stack] == ["sleep", "inner", "outer"]


@whoever_makes_it
async def test_context_variables_are_those_of_the_task(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")

    async def read() -> str:
        await asyncio.sleep(0)
        return variable.get()

    async with Timeline("block"):
        variable.set("inside")
        task = asyncio.create_task(read())
        variable.set("later")
        given = contextvars.Context()
        elsewhere = asyncio.create_task(read(), context=given)
        assert [await task, await elsewhere] == ["inside", "outside"]
    assert variable.get() == "later"


@whoever_makes_it
async def test_a_task_is_cancelled_as_ever(factory: Any) -> None:
    asyncio.get_running_loop().set_task_factory(factory)

    async def cleans_up(cleaned: list[str]) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append("yes")

    cleaned: list[str] = []
    async with Timeline("block") as timeline:
        task = asyncio.create_task(cleans_up(cleaned))
        await asyncio.sleep(0)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (cleaned, lane_of(timeline, "cleans_up()").ending) == (["yes"], Ending.CANCELLED)


async def test_a_task_that_swallows_its_cancellation_goes_on_being_recorded() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.001)
        return "still here"

    async with Timeline("block") as timeline:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        task.cancel()
        assert await task == "still here"
    assert lane_of(timeline, "stubborn()").ending is Ending.DONE


async def test_what_is_no_coroutine_is_refused_as_ever() -> None:
    async with Timeline("block") as timeline:
        with pytest.raises(TypeError, match="a coroutine was expected, got 42"):
            asyncio.get_running_loop().create_task(42)  # type: ignore[arg-type]
    assert len(timeline.lanes) == 1


async def test_a_task_that_could_not_be_made_has_no_lane() -> None:
    def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        coro.close()
        raise RuntimeError("no more tasks")

    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)
    async with Timeline("block") as timeline:
        with pytest.raises(RuntimeError, match="no more tasks"):
            await asyncio.create_task(answer())
    loop.set_task_factory(None)
    assert len(timeline.lanes) == 1


async def lost_tasks(begin: Callable[[], Any]) -> int:
    """Make 50 tasks that nobody holds on to, and return how many the garbage collector destroyed."""

    async def forgotten() -> None:
        await asyncio.get_running_loop().create_future()

    destroyed: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: destroyed.append(context["message"]))
    timeline = begin()
    if timeline is not None:
        await timeline.__aenter__()
    for _ in range(50):
        asyncio.create_task(forgotten())  # noqa: RUF006 - this is the point
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    if timeline is not None:
        await timeline.__aexit__(None, None, None)
    return len(destroyed)


async def test_no_task_is_kept_alive() -> None:
    without = await lost_tasks(lambda: None)
    assert (without, await lost_tasks(lambda: Timeline("block"))) == (50, 50)


async def test_no_argument_of_a_task_is_kept_alive() -> None:
    class Session: ...

    async def use(session: Session) -> None:
        await asyncio.sleep(0)

    session = Session()
    alive = weakref.ref(session)
    async with Timeline("block") as timeline:
        await asyncio.create_task(use(session))
        del session
        gc.collect()
        assert alive() is None
    assert lane_of(timeline, "use()").ending is Ending.DONE


async def test_a_failed_task_that_nobody_asks_is_reported_as_ever() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    async with Timeline("block"):
        task = asyncio.create_task(failing(ValueError("mine")))
        await asyncio.sleep(0.005)
        del task
        gc.collect()
        assert reported == ["Task exception was never retrieved"]


async def test_a_coroutine_that_never_started_warns_as_ever() -> None:
    marks = Marks("task", "call", 0)
    stepped = Stepped(answer(), marks, Recorder())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del stepped
        gc.collect()
    assert [str(warning.message) for warning in caught] == ["coroutine 'answer' was never awaited"]


async def test_a_task_whose_id_is_used_again_keeps_its_own_lane() -> None:
    async with Timeline("block") as timeline:
        for number in range(200):
            await asyncio.create_task(answer(number), name=f"number {number}")
    assert [lane.name for lane in timeline.lanes[1:]] == [f"number {number}" for number in range(200)]


async def test_the_debug_mode_of_asyncio_works(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.02
    with caplog.at_level(logging.WARNING, "asyncio"):
        async with Timeline("block") as timeline:
            task = asyncio.create_task(answer(), name="quick")
            await task
            time.sleep(0.03)  # noqa: ASYNC251 - a slow step of the block
            await asyncio.sleep(0)
    loop.set_debug(False)
    assert lane_of(timeline, "quick").ending is Ending.DONE
    assert any("Executing <" in record.message and "took" in record.message for record in caplog.records)


async def test_tasks_made_before_the_block_are_not_recorded() -> None:
    before = asyncio.create_task(asyncio.sleep(0.005))
    async with Timeline("block") as timeline:
        await before
    assert [lane.kind for lane in timeline.lanes] == ["body"]


async def test_a_task_that_outlives_the_block_is_not_recorded_further() -> None:
    recorder = Recorder()
    recorder.attach(asyncio.get_running_loop())
    await asyncio.sleep(0)
    recorder.start_clock()
    task = asyncio.create_task(asyncio.sleep(0.01))
    await asyncio.sleep(0)
    recorder.detach()
    marks = recorder.marks[-1]
    steps = len(marks.steps)
    await task
    assert (len(marks.steps), marks.ending) == (steps, None)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came in 3.12")
async def test_eager_tasks_run_at_once_and_are_recorded() -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]

    async def quick() -> str:
        return "done"

    async with Timeline("block") as timeline:
        task = asyncio.create_task(quick())
        assert task.done()
        assert await asyncio.create_task(answer()) == 42
    endings = [lane.ending for lane in timeline.lanes[1:]]
    assert endings == [Ending.DONE, Ending.DONE]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came in 3.12")
async def test_a_blocking_in_an_eager_task_is_its_own_and_not_its_creators() -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]

    async def blocks() -> None:
        time.sleep(0.06)  # noqa: ASYNC251 - it blocks the loop
        await asyncio.sleep(0)

    async with Timeline("block") as timeline:
        await asyncio.create_task(blocks())
    assert [blocking.lane for blocking in timeline.blockings] == ["blocks()"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="eager_start came in 3.14")
async def test_a_single_task_can_start_eagerly() -> None:
    async with Timeline("block") as timeline:
        task = asyncio.get_running_loop().create_task(answer(), name="eager", eager_start=True)  # type: ignore[call-arg, unused-ignore]
        assert await task == 42
    assert lane_of(timeline, "eager").ending is Ending.DONE


async def test_the_block_is_a_lane_whose_waits_are_seen() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    async with Timeline("block") as timeline:
        await asyncio.sleep(0.001)
        asyncio.get_running_loop().call_later(0.001, queue.put_nowait, 1)
        await queue.get()
        await asyncio.to_thread(time.sleep, 0.001)
        await asyncio.gather(asyncio.sleep(0.001))
    assert waits_of(timeline.lanes[0]) == [State.TIMER, State.LOCK, State.THREAD, State.TASK]


async def test_the_lane_of_the_block_ends_as_the_block_did() -> None:
    timelines = [Timeline("done"), Timeline("failed")]
    async with timelines[0]:
        pass
    with pytest.raises(KeyError):
        async with timelines[1]:
            raise KeyError("mine")
    assert [timeline.lanes[0].ending for timeline in timelines] == [Ending.DONE, Ending.FAILED]
    assert timelines[1].lanes[0].error == "KeyError"


async def test_a_task_that_could_go_on_while_another_blocks_the_loop_is_ready() -> None:
    event = asyncio.Event()

    async def waiting() -> None:
        await event.wait()

    async def blocks() -> None:
        event.set()
        time.sleep(0.06)  # noqa: ASYNC251 - it blocks the loop

    async with Timeline("block") as timeline:
        await asyncio.gather(waiting(), blocks())
    states = [segment.state for segment in lane_of(timeline, "waiting()").segments]
    assert states == [State.NOT_STARTED, State.RUNNING, State.LOCK, State.READY, State.RUNNING]


async def test_a_step_of_the_block_that_blocks_the_loop_is_a_blocking() -> None:
    async with Timeline("block", blocking_s=0.02) as timeline:
        await asyncio.sleep(0)
        time.sleep(0.03)  # noqa: ASYNC251 - it blocks the loop
        await asyncio.sleep(0)
    assert [blocking.lane for blocking in timeline.blockings] == ["main"]


async def test_a_block_left_in_another_task_is_recorded_all_the_same() -> None:
    timeline = Timeline("block")
    await asyncio.create_task(timeline.__aenter__())
    await asyncio.create_task(answer())
    await asyncio.create_task(timeline.__aexit__(None, None, None))
    assert lane_of(timeline, "answer()").ending is Ending.DONE


def test_a_block_on_uvloop_has_its_tasks() -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")

    async def main() -> Timeline:
        async with Timeline("block") as timeline:
            results: Any = await asyncio.gather(answer(1), asyncio.sleep(0.001, "slept"))
        assert results == [1, "slept"]
        return timeline

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        timeline = runner.run(main())
    assert [(lane.name, lane.ending) for lane in timeline.lanes] == [
        ("answer(1)", Ending.DONE),
        ('sleep(0.001, "slept")', Ending.DONE),
    ]
    assert waits_of(timeline.lanes[1]) == [State.TIMER]
