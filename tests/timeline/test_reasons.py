"""A lane says what its task waits for, and says "other" where it can't know."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import aiohttp
import aiosqlite
import anyio
import pytest
from aiohttp import web

from helpers.timeline import State, Timeline
from helpers.timeline.reasons import chain, innermost

from .looking import lane_of, waits_in_task, waits_of
from .work import nap


def soon(set_result: Callable[[None], Any]) -> None:
    """Let something happen a little later."""
    asyncio.get_running_loop().call_later(0.05, set_result, None)


def bare_future() -> asyncio.Future[None]:
    future = asyncio.get_running_loop().create_future()
    soon(future.set_result)
    return future


async def test_a_sleep_is_a_timer() -> None:
    assert await waits_in_task(lambda: asyncio.sleep(0.001)) == [State.TIMER]


async def test_a_sleep_of_nothing_is_no_wait_at_all() -> None:
    assert await waits_in_task(lambda: asyncio.sleep(0)) == []


async def test_a_bare_future_is_other() -> None:
    assert await waits_in_task(bare_future) == [State.OTHER]


async def test_a_queue_is_a_queue() -> None:
    queue: asyncio.Queue[None] = asyncio.Queue()
    soon(queue.put_nowait)
    assert await waits_in_task(queue.get) == [State.LOCK]


async def test_as_completed_within_a_generator_is_a_wait_for_its_tasks() -> None:
    async def results() -> AsyncIterator[int]:
        for completed in asyncio.as_completed([asyncio.sleep(0.01, 1)]):
            yield await completed

    async def waits() -> None:
        async for _ in results():
            pass

    assert await waits_in_task(waits) == [State.TASK]


async def acquired(lock: asyncio.Lock) -> None:
    soon(lambda _: lock.release())
    await lock.acquire()
    await lock.acquire()


@pytest.mark.parametrize("within", ["wait_for", "timeout", "nothing"])
@pytest.mark.parametrize("what", ["queue", "event", "lock"])
async def test_a_queue_an_event_and_a_lock_are_what_they_are_within_a_time_limit(what: str, within: str) -> None:
    queue: asyncio.Queue[None] = asyncio.Queue()
    event = asyncio.Event()

    def wait() -> Coroutine[Any, Any, object]:
        if what == "queue":
            return queue.get()
        return event.wait() if what == "event" else acquired(asyncio.Lock())

    async def waits() -> None:
        soon(queue.put_nowait)
        soon(lambda _: event.set())
        if within == "wait_for":
            await asyncio.wait_for(wait(), 9)
        elif within == "timeout":
            async with asyncio.timeout(9):
                await wait()
        else:
            await wait()

    assert State.LOCK in (seen := set(await waits_in_task(waits)))
    assert State.TASK not in seen


async def test_a_full_queue_is_a_queue() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    queue.put_nowait(1)
    soon(lambda _: queue.get_nowait())
    assert await waits_in_task(lambda: queue.put(2)) == [State.LOCK]


async def test_a_learners_own_queue_is_no_queue() -> None:
    class Queue:
        async def get(self) -> None:
            await bare_future()

    assert await waits_in_task(Queue().get) == [State.OTHER]


async def test_a_learners_subclass_that_waits_for_a_bare_future_is_other() -> None:
    class Queue(asyncio.Queue[None]):
        async def get(self) -> None:
            await bare_future()

    assert await waits_in_task(Queue().get) == [State.OTHER]


async def test_an_event_is_a_lock() -> None:
    event = asyncio.Event()
    soon(lambda _: event.set())
    assert await waits_in_task(event.wait) == [State.LOCK]


async def test_a_lock_is_a_lock() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    soon(lambda _: lock.release())
    assert await waits_in_task(lock.acquire) == [State.LOCK]


async def test_a_semaphore_is_a_lock() -> None:
    semaphore = asyncio.Semaphore(0)
    soon(lambda _: semaphore.release())
    assert await waits_in_task(semaphore.acquire) == [State.LOCK]


async def test_a_condition_is_a_lock() -> None:
    condition = asyncio.Condition()

    async def notified() -> None:
        async with condition:
            await condition.wait()

    async def notify() -> None:
        await asyncio.sleep(0.005)
        async with condition:
            condition.notify_all()

    notifier = asyncio.create_task(notify())
    assert await waits_in_task(notified) == [State.LOCK]
    await notifier


async def test_a_task_is_another_task() -> None:
    assert await waits_in_task(lambda: asyncio.create_task(asyncio.sleep(0.001))) == [State.TASK]


async def test_a_task_of_a_class_of_its_own_is_another_task() -> None:
    class OwnTask(asyncio.Task[None]): ...

    made = OwnTask(asyncio.sleep(0.005))
    assert await waits_in_task(lambda: made) == [State.TASK]


async def test_a_gather_is_another_task() -> None:
    assert await waits_in_task(lambda: asyncio.gather(asyncio.sleep(0.001))) == [State.TASK]


async def test_a_task_group_is_another_task() -> None:
    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.sleep(0.001))

    assert await waits_in_task(group) == [State.TASK]


async def test_waiting_for_the_first_of_several_is_another_task() -> None:
    assert await waits_in_task(lambda: asyncio.wait([asyncio.create_task(asyncio.sleep(0.001))])) == [State.TASK]


async def test_as_completed_is_another_task_though_there_is_a_queue_in_it() -> None:
    async def in_order_of_completion() -> None:
        for done in asyncio.as_completed([asyncio.sleep(0.001), asyncio.sleep(0.002)]):
            await done

    assert await waits_in_task(in_order_of_completion) == [State.TASK]


async def test_a_shield_is_another_task() -> None:
    assert await waits_in_task(lambda: asyncio.shield(asyncio.create_task(asyncio.sleep(0.001)))) == [State.TASK]


async def test_a_timeout_does_not_hide_what_is_waited_for() -> None:
    async def impatient() -> None:
        async with asyncio.timeout(5):
            await asyncio.sleep(0.001)

    assert await waits_in_task(impatient) == [State.TIMER]


async def test_wait_for_shows_what_is_waited_for() -> None:
    assert await waits_in_task(lambda: asyncio.wait_for(asyncio.sleep(0.001), 5)) == [State.TIMER]


async def test_an_asynchronous_generator_does_not_hide_what_is_waited_for() -> None:
    async def ticks() -> AsyncIterator[int]:
        for tick in range(2):
            await asyncio.sleep(0.001)
            yield tick

    async def consume() -> None:
        async for _ in ticks():
            pass

    assert await waits_in_task(consume) == [State.TIMER]


async def test_anext_with_a_default_does_not_hide_what_is_waited_for() -> None:
    async def ticks() -> AsyncIterator[int]:
        await asyncio.sleep(0.001)
        yield 1

    assert await waits_in_task(lambda: anext(ticks(), None)) == [State.TIMER]


async def test_an_awaitable_object_does_not_hide_what_is_waited_for() -> None:
    class Pause:
        def __await__(self) -> Generator[Any, None, None]:
            return asyncio.sleep(0.001).__await__()

    assert await waits_in_task(Pause) == [State.TIMER]


async def test_an_awaitable_generator_does_not_hide_what_is_waited_for() -> None:
    class Pause:
        def __await__(self) -> Generator[Any, None, None]:
            yield from asyncio.sleep(0.001).__await__()

    assert await waits_in_task(Pause) == [State.TIMER]


async def test_an_iterator_that_refers_to_its_own_task_is_no_endless_chain() -> None:
    class Own:
        coro: Any = None

        def __await__(self) -> Own:
            self.future = bare_future().__await__()
            return self

        def __iter__(self) -> Own:
            return self

        def __next__(self) -> Any:
            return next(self.future)

    own = Own()
    awaitable: Any = own

    async def learner() -> None:
        await awaitable

    own.coro = learner()
    async with Timeline("own") as timeline:
        await asyncio.create_task(own.coro)
    assert waits_of(lane_of(timeline, "learner()")) == [State.OTHER]


async def test_a_function_in_a_thread_is_a_thread() -> None:
    assert await waits_in_task(lambda: asyncio.to_thread(time.sleep, 0.005)) == [State.THREAD]


async def test_a_pool_of_threads_is_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert await waits_in_task(lambda: run_in(pool)) == [State.THREAD]


async def test_a_pool_of_processes_is_a_process() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert await waits_in_task(lambda: run_in(pool)) == [State.PROCESS]


async def test_a_pool_of_another_kind_is_other() -> None:
    class Strange(Executor):
        def submit(self, function: Any, /, *args: Any, **options: Any) -> Future[Any]:
            return ThreadPoolExecutor(1).submit(function, *args, **options)

    assert await waits_in_task(lambda: run_in(Strange())) == [State.OTHER]


def run_in(pool: Executor) -> Awaitable[str]:
    return asyncio.get_running_loop().run_in_executor(pool, nap)


async def test_a_look_up_of_a_host_is_a_thread() -> None:
    loop = asyncio.get_running_loop()
    assert await waits_in_task(lambda: loop.getaddrinfo("localhost", 80)) == [State.THREAD]


async def test_the_output_of_a_child_process_is_a_process_and_not_the_network() -> None:
    async def child() -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "input(); print('hello')",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdin.write(b"\n")
        line = await process.stdout.readline()
        await process.wait()
        process.stdin.close()
        return line

    waits = await waits_in_task(child)
    assert set(waits) == {State.PROCESS}


@contextmanager
def line_server() -> Iterator[tuple[str, int]]:
    """Serve one line on a socket of its own."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                time.sleep(0.02)
                connection.sendall(b"hello\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()
        thread.join()


async def test_a_stream_over_a_socket_is_the_network() -> None:
    with line_server() as address:

        async def read() -> None:
            reader, writer = await asyncio.open_connection(*address)
            await reader.readline()
            writer.close()

        assert await waits_in_task(read) == [State.NETWORK]


async def test_a_socket_of_the_loop_is_the_network() -> None:
    with line_server() as address, socket.socket() as client:
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, address)
        assert await waits_in_task(lambda: loop.sock_recv(client, 10)) == [State.NETWORK]


async def test_an_aiohttp_request_is_the_network() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(text="yes")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:

        async def get() -> None:
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                await response.text()

        waits = await waits_in_task(get)
    await runner.cleanup()
    assert waits == [State.NETWORK]


async def test_a_database_behind_aiosqlite_is_a_thread() -> None:
    async with aiosqlite.connect(":memory:") as database:
        assert await waits_in_task(lambda: database.execute("SELECT 1")) == [State.THREAD]


async def test_waiting_for_a_connection_of_the_pool_is_a_lock() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(text="yes")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:

        async def get(number: int) -> None:
            async with session.get(url) as response:
                await response.text()

        async with Timeline("pool of one") as timeline:
            await asyncio.gather(get(1), get(2))
    await runner.cleanup()
    assert waits_of(lane_of(timeline, "get(2)")) == [State.LOCK, State.NETWORK]


async def test_an_anyio_event_is_a_lock() -> None:
    event = anyio.Event()
    soon(lambda _: event.set())
    assert await waits_in_task(event.wait) == [State.LOCK]


async def test_a_reason_is_found_at_the_bottom_of_a_deep_chain() -> None:
    async def deep(levels: int) -> None:
        await (deep(levels - 1) if levels else asyncio.sleep(0.001))

    assert await waits_in_task(lambda: deep(50)) == [State.TIMER]


def test_the_innermost_of_one_coroutine_is_itself() -> None:
    async def alone() -> None: ...

    coro = alone()
    assert innermost(coro) is coro
    coro.close()


def test_a_chain_starts_with_the_outermost_coroutine() -> None:
    async def inner(future: Future[None]) -> None:
        await asyncio.sleep(0)

    async def outer() -> None:
        await inner(Future())

    coro: Coroutine[Any, Any, None] = outer()
    coro.send(None)
    assert [link.__name__ for link in chain(coro)] == ["outer", "inner", "sleep", "__sleep0"]
    coro.close()


@pytest.mark.parametrize("kind", [str, int, object])
def test_what_is_no_coroutine_has_no_chain(kind: type) -> None:
    thing = kind()
    assert list(chain(thing)) == [thing]
