"""Tasks are seen, named and told from those of libraries, whoever makes them and whatever they are made of."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpers.timeline import Ending, State, Timeline, lane_name_of, learners_name_of

from .looking import lane_of, waits_of


async def quick() -> str:
    return "result"


async def slow() -> str:
    await asyncio.sleep(0.001)
    return "result"


async def ticks() -> AsyncIterator[int]:
    for tick in range(3):
        await asyncio.sleep(0.001)
        yield tick


def names(timeline: Timeline) -> list[str]:
    return [lane.name for lane in timeline.lanes if lane.kind == "task"]


def plain(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    return asyncio.Task(coro, loop=loop, **options)


# Awaitables that show nothing of what they drive


async def awaited(make: Callable[[Any], Any]) -> tuple[str, list[State]]:
    agen: Any = ticks()
    async with Timeline("block") as timeline:
        await asyncio.create_task(make(agen))
    await agen.aclose()
    (lane,) = [lane for lane in timeline.lanes if lane.kind == "task"]
    return lane.name, waits_of(lane)


async def test_a_task_of_anext_is_named_and_has_its_reason() -> None:
    assert await awaited(anext) == ("ticks.__anext__()", [State.TIMER])


async def test_a_task_of_anext_with_a_default_is_named_and_has_its_reason() -> None:
    assert await awaited(lambda agen: anext(agen, None)) == ("ticks.__anext__()", [State.TIMER])


async def test_a_task_of_asend_is_named() -> None:
    async def echo() -> AsyncIterator[Any]:
        got = yield None
        while True:
            await asyncio.sleep(0.001)
            got = yield got

    agen: Any = echo()
    await anext(agen)
    async with Timeline("block") as timeline:
        assert await asyncio.create_task(agen.asend(7)) == 7
    await agen.aclose()
    assert (names(timeline), waits_of(timeline.lanes[1])) == (["echo.asend()"], [State.TIMER])


async def test_a_task_of_aclose_is_named() -> None:
    assert await awaited(lambda agen: agen.aclose()) == ("ticks.aclose()", [])


# Tasks that libraries make for themselves


async def test_the_tasks_of_subprocesses_are_hidden() -> None:
    async def child() -> None:
        made = await asyncio.create_subprocess_exec("true", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        await made.communicate()

    async with Timeline("children") as timeline, asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(child())
    assert names(timeline) == ["child()", "child()"]
    assert State.OTHER not in {segment.state for lane in timeline.lanes for segment in lane.segments}


async def test_the_tasks_of_a_server_are_hidden() -> None:
    async with Timeline("server") as timeline:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        server.close()
        await server.wait_closed()
    assert names(timeline) == []


async def test_the_tasks_that_close_generators_are_hidden() -> None:
    agen = ticks()
    await anext(agen)
    async with Timeline("generators") as timeline:
        await asyncio.get_running_loop().shutdown_asyncgens()
    assert names(timeline) == []


async def test_a_library_coroutine_in_a_makers_hands_is_the_learners() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    async with Timeline("makers") as timeline:
        queue.put_nowait(1)
        await asyncio.shield(queue.get())
        await asyncio.ensure_future(asyncio.sleep(0))
        for next_one in asyncio.as_completed([asyncio.sleep(0.001)]):
            await next_one
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
    assert names(timeline) == ["get()", "sleep(0)", "sleep(0.001)", "sleep(0)"]


# A library that puts its own coroutine around the learner's, as tracing does


async def _traced(coro: Any) -> Any:
    return await coro


def as_a_library(function: Any) -> Any:
    """Return a function whose code counts as a library's."""
    function.__code__ = function.__code__.replace(co_filename=asyncio.__file__)
    return function


async def test_a_tracing_librarys_coroutine_does_not_hide_the_learners() -> None:
    traced = as_a_library(_traced)
    async with Timeline("traced") as timeline:
        assert await asyncio.create_task(traced(slow())) == "result"
    assert (names(timeline), waits_of(lane_of(timeline, "slow()"))) == (["slow()"], [State.TIMER])


async def test_a_tracing_librarys_closure_does_not_hide_the_learners() -> None:
    def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        async def around() -> Any:
            return await coro

        task: asyncio.Task[Any] = below(loop, as_a_library(around)(), **options)
        return task

    async with Timeline("traced") as timeline:
        loop = asyncio.get_running_loop()
        below: Any = loop.get_task_factory()
        loop.set_task_factory(factory)
        assert await asyncio.create_task(slow()) == "result"
        loop.set_task_factory(below)
    assert names(timeline) == ["slow()"]


# Tasks that no factory of ours makes


async def test_a_task_made_directly_is_seen() -> None:
    async with Timeline("direct") as timeline:
        assert await asyncio.Task(slow()) == "result"
    lane = lane_of(timeline, "slow()")
    assert (waits_of(lane), lane.ending) == ([State.TIMER], Ending.DONE)


async def test_a_task_made_directly_that_fails_or_is_cancelled_says_so() -> None:
    async def failing() -> None:
        raise LookupError

    async with Timeline("direct") as timeline:
        failed, cancelled = asyncio.Task(failing()), asyncio.Task(asyncio.sleep(60))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([failed, cancelled])
    lanes = timeline.lanes[1:]
    assert [(lane.ending, lane.error) for lane in lanes] == [(Ending.FAILED, "LookupError"), (Ending.CANCELLED, None)]
    assert isinstance(failed.exception(), LookupError)


async def test_the_error_of_a_task_made_directly_is_still_reported_when_nobody_asks_for_it() -> None:
    async def failing() -> None:
        raise LookupError

    loop = asyncio.get_running_loop()
    reported: list[Any] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
    async with Timeline("direct"):
        task = asyncio.Task(failing())
        await asyncio.sleep(0.001)
        del task
    assert reported == ["Task exception was never retrieved"]


async def test_tasks_of_another_factory_are_seen_and_said_to_be_others() -> None:
    async with Timeline("other factory") as timeline:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(plain)
        assert await asyncio.create_task(slow()) == "result"
    loop.set_task_factory(None)
    assert (names(timeline), waits_of(lane_of(timeline, "slow()"))) == (["slow()"], [State.TIMER])
    assert "Another task factory was set meanwhile" in timeline.facts


async def test_where_no_other_factory_was_set_nothing_is_said_of_it() -> None:
    async with Timeline("ours") as timeline:
        await asyncio.create_task(slow())
    assert "factory" not in timeline.facts


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came in 3.12")
async def test_tasks_of_an_eager_factory_set_in_the_block_are_seen_from_their_first_wait_on() -> None:
    async with Timeline("eager") as timeline:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        assert await asyncio.create_task(slow()) == "result"
    loop.set_task_factory(None)
    assert names(timeline) == ["slow()"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came in 3.12")
async def test_an_eager_task_that_is_done_at_once_has_the_name_it_was_given() -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
    async with Timeline("eager") as timeline:
        await asyncio.create_task(quick(), name="mine")
    loop.set_task_factory(None)
    assert names(timeline) == ["mine"]


async def test_a_task_of_another_factory_that_is_left_has_a_name() -> None:
    async with Timeline("left"):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(plain)
        task = asyncio.create_task(slow())
        loop.set_task_factory(None)
        await asyncio.sleep(0)
        assert (lane_name_of(task), learners_name_of(task)) == ("slow()", "slow()")
    await task


async def test_a_librarys_task_is_not_the_learners() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    assert learners_name_of(task) is None
    await task


# Loops in loops


NESTED = """
import asyncio, time
import nest_asyncio2
from helpers.timeline import Timeline

async def waits():
    for _ in range(3):
        await asyncio.sleep(0.03)

async def main():
    loop = asyncio.get_running_loop()
    nest_asyncio2.apply(loop)
    async with Timeline("nested") as timeline:
        task = asyncio.create_task(waits())
        loop.run_until_complete(task)
    print([lane.name for lane in timeline.lanes])
    print(sorted({segment.state.value for segment in timeline.lanes[1].segments if segment.state.is_waiting}))
    print(timeline.blockings)

asyncio.run(main())
"""


def test_a_loop_that_is_run_from_inside_is_no_blocking_and_its_timers_are_timers() -> None:
    pytest.importorskip("nest_asyncio2")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", NESTED], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["['main', 'waits()']", "['waiting: timer']", "()"], done.stderr
