"""Queues, locks and executors are watched: what is seen of them, and that nothing of it is felt."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from helpers.timeline import Timeline, Watch
from helpers.timeline import gauges as module
from helpers.timeline.gauges import Gauge


@asynccontextmanager
async def watching(thing: Any, **options: Any) -> AsyncIterator[Callable[[], Watch]]:
    async with Timeline("block", watch={"it": thing}, show=False, **options) as timeline:
        yield lambda: timeline.record.watched[0]


def levels(watch: Watch) -> list[tuple[int, int]]:
    """Return how much there was and how many waited, without times."""
    return [(count, waiting) for (_, count), waiting in zip(watch.steps, watch.waiting, strict=True)]


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def started(*coros: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(coro) for coro in coros]
    await turns()
    return tasks


@pytest.mark.parametrize("kind", [asyncio.Queue, asyncio.PriorityQueue, asyncio.LifoQueue])
async def test_a_queue_has_its_length_and_who_waits_for_an_item(kind: type[asyncio.Queue[int]]) -> None:
    queue = kind()
    async with watching(queue) as seen:
        (getting,) = await started(queue.get())
        queue.put_nowait(1)
        queue.put_nowait(2)
        await getting
        await turns()
    assert levels(seen()) == [(0, 0), (0, 1), (2, 0), (1, 0)]


async def test_a_full_queue_has_who_waits_to_put() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    async with watching(queue) as seen:
        await started(*(queue.put(n) for n in range(3)))
    assert (levels(seen())[-1], seen().capacity) == ((1, 2), 1)


async def test_a_queue_without_a_bound_has_no_capacity() -> None:
    async with watching(asyncio.Queue()) as seen:
        pass
    assert (seen().capacity, levels(seen())) == (None, [(0, 0)])


@pytest.mark.parametrize("kind", [asyncio.Semaphore, asyncio.BoundedSemaphore])
async def test_a_semaphore_has_its_holders_and_who_waits(kind: type[asyncio.Semaphore]) -> None:
    door, leave = kind(2), asyncio.Event()

    async def guest() -> None:
        async with door:
            await leave.wait()

    async with watching(door) as seen:
        guests = await started(*(guest() for _ in range(5)))
        leave.set()
        await asyncio.gather(*guests)
    assert (max(levels(seen())), levels(seen())[-1], seen().capacity) == ((2, 3), (0, 0), 2)


async def test_a_bounded_semaphore_that_is_held_when_the_block_begins_has_that_holder() -> None:
    door = asyncio.BoundedSemaphore(3)
    await door.acquire()
    async with watching(door) as seen:
        pass
    assert (levels(seen()), seen().capacity) == ([(1, 0)], 3)


async def test_a_semaphore_that_is_released_in_the_block_has_had_that_holder_from_the_beginning() -> None:
    door = asyncio.Semaphore(3)
    await door.acquire()
    async with watching(door) as seen:
        door.release()
        await turns()
    assert (levels(seen()), seen().capacity) == ([(1, 0), (0, 0)], 3)


async def test_a_lock_is_held_by_one_while_others_wait() -> None:
    lock = asyncio.Lock()

    async def work() -> None:
        async with lock:
            await turns()

    async with watching(lock) as seen:
        await asyncio.gather(*(work() for _ in range(3)))
    assert (max(levels(seen())), levels(seen())[-1]) == ((1, 2), (0, 0))


async def test_a_condition_has_who_waits_to_be_notified() -> None:
    condition = asyncio.Condition()

    async def work() -> None:
        async with condition:
            await condition.wait()

    async with watching(condition) as seen:
        tasks = await started(work(), work())
        async with condition:
            condition.notify_all()
        await asyncio.gather(*tasks)
    assert ((0, 2) in levels(seen()), levels(seen())[-1]) == (True, (0, 0))


async def test_an_event_is_set_and_nobody_waits_any_more() -> None:
    event = asyncio.Event()
    async with watching(event) as seen:
        (waiting,) = await started(event.wait())
        event.set()
        await waiting
    assert levels(seen()) == [(0, 0), (0, 1), (1, 0)]


async def test_an_executor_has_its_jobs_and_those_that_wait_for_a_worker() -> None:
    go = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        async with watching(pool) as seen:
            futures = [asyncio.get_running_loop().run_in_executor(pool, go.wait) for _ in range(5)]
            go.set()
            await asyncio.gather(*futures)
    assert (max(levels(seen())), levels(seen())[-1], seen().capacity) == ((2, 3), (0, 0), 2)


async def test_a_process_pool_is_watched() -> None:
    with ProcessPoolExecutor(1) as pool:
        async with watching(pool) as seen:
            assert await asyncio.get_running_loop().run_in_executor(pool, abs, -3) == 3
    assert levels(seen()) == [(0, 0), (1, 0), (0, 0)]


async def test_jobs_of_plain_submit_and_map_count() -> None:
    with ThreadPoolExecutor(3) as pool:
        async with watching(pool) as seen:
            pool.submit(int).result()
            list(pool.map(abs, range(4)))
    assert len(levels(seen())) == 1 + 2 * 5


async def test_an_executor_has_its_own_submit_back() -> None:
    with ThreadPoolExecutor(1) as pool:
        with suppress(LookupError):
            async with watching(pool):
                assert "submit" in vars(pool)
                raise LookupError
        assert "submit" not in vars(pool)


async def test_an_executor_has_its_own_submit_back_after_a_cancel() -> None:
    with ThreadPoolExecutor(1) as pool:

        async def block() -> None:
            async with watching(pool):
                await asyncio.sleep(9)

        (task,) = await started(block())
        await asyncio.wait([task], timeout=0.05)
        task.cancel()
        await asyncio.wait([task])
        assert "submit" not in vars(pool)


async def test_two_timelines_watch_one_executor() -> None:
    with ThreadPoolExecutor(1) as pool:
        async with watching(pool) as outer:
            async with watching(pool) as inner:
                pool.submit(int).result()
            pool.submit(int).result()
        assert "submit" not in vars(pool)
    assert (len(levels(outer())), len(levels(inner()))) == (5, 3)


async def test_a_job_that_ends_after_the_block_is_still_counted_in_it() -> None:
    go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        async with watching(pool) as seen:
            pool.submit(go.wait)
        go.set()
    assert levels(seen())[-1] == (1, 0)


async def test_an_executor_that_allows_no_replacement_is_left_alone() -> None:
    class Own(Executor):
        __slots__ = ()

        def submit(self, function: Any, /, *args: Any, **options: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(function(*args, **options))
            return future

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    async with watching(Own()) as seen:
        pass
    assert seen().trouble == "Own does not let its `submit` be replaced"


@pytest.mark.parametrize(
    "make", [asyncio.Queue, lambda: asyncio.Semaphore(2), asyncio.Lock, asyncio.Condition, asyncio.Event]
)
async def test_nothing_of_what_is_read_is_replaced(make: Callable[[], Any]) -> None:
    thing = make()
    before = vars(thing).copy()
    async with watching(thing):
        during = vars(thing).copy()
    assert before == during == vars(thing)


async def test_a_queue_is_not_kept_alive_by_its_record() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    gone = weakref.ref(queue)
    timeline = Timeline("block", watch=[queue], show=False)
    async with timeline:
        pass
    del queue
    gc.collect()
    assert (gone(), timeline.record.watched[0].name) == (None, "Queue")


async def test_a_class_of_the_learners_that_fails_when_it_is_read_disturbs_nothing() -> None:
    class Moody(asyncio.Queue[int]):
        moody = False

        def qsize(self) -> int:
            if self.moody:
                raise LookupError("not now")
            return super().qsize()

    queue = Moody()
    async with watching(queue) as seen:
        queue.moody = True
        await turns()
    assert seen().trouble == "LookupError: not now"


async def test_what_goes_up_and_down_within_one_step_is_not_seen() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    async with watching(queue) as seen:
        queue.put_nowait(1)
        queue.get_nowait()
        await turns()
    assert levels(seen()) == [(0, 0)]


async def test_a_callback_that_puts_is_seen() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    async with watching(queue) as seen:
        asyncio.get_running_loop().call_soon(queue.put_nowait, 1)
        await turns()
    assert levels(seen()) == [(0, 0), (1, 0)]


async def test_a_long_record_keeps_the_newer_half_and_thins_the_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SAMPLES", 8)
    queue: asyncio.Queue[int] = asyncio.Queue()
    gauge = Gauge("it", queue)
    gauge.begin(1, None)
    for _ in range(12):
        queue.put_nowait(1)
        gauge.look()
    gauge.keep_within_bounds()
    assert [n for _, n, _ in gauge.levels()] == [0, 2, 4, 6, 7, 8, 9, 10, 11, 12]


def test_what_was_over_at_a_moment_is_dropped_except_for_the_level_then() -> None:
    gauge = Gauge("it", asyncio.Lock())
    gauge.samples = [10, 0, 0, 20, 1, 0, 30, 0, 0]
    gauge.keep_within_bounds(since_ns=25)
    assert (gauge.samples, gauge.dropped) == ([20, 1, 0, 30, 0, 0], 3)


def test_the_signature_of_what_takes_the_place_of_submit_takes_everything() -> None:
    with ThreadPoolExecutor(1) as pool, Timeline("block", watch=[pool], show=False):
        assert pool.submit(dict, fn=1, self=2).result() == {"fn": 1, "self": 2}
        assert inspect.ismethod(pool.submit) is False
