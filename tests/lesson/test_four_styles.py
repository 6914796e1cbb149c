"""The apparatus of page 02 counts what each style makes of a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import aiohttp
import pytest

from helpers import services
from helpers.lesson import four_styles
from helpers.lesson.four_styles import Broken, Outcome, Store, begin, break_each_step, run_each

PAGE, WEATHER, NEIGHBOURS = four_styles.PAGES


def in_threads(get: Callable[[str], Any], store: Store) -> None:
    with closing(store), ThreadPoolExecutor() as pool:
        city = get(PAGE)
        weather, neighbours = pool.submit(get, WEATHER), pool.submit(get, NEIGHBOURS)
        store.save(city, weather.result(), neighbours.result())


def careless(session: aiohttp.ClientSession, store: Store, done: Callable[[BaseException | None], None]) -> None:
    """Callbacks that look at the error of the first request only, and never close the store on it."""

    def got(error: BaseException | None, _: Any) -> None:
        if error:
            done(error)
        else:
            store.save("page")
            store.close()
            done(None)

    begin(session, PAGE, got)


async def with_a_group(session: aiohttp.ClientSession, store: Store) -> None:
    with closing(store):
        city = await fetch(session, PAGE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, path)) for path in (WEATHER, NEIGHBOURS)]
        store.save(city, *[task.result() for task in tasks])


async def fetch(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


@pytest.fixture(scope="module")
def broken() -> Broken:
    return asyncio.run(break_each_step({"threads": in_threads, "callbacks": careless, "coroutines": with_a_group}))


def test_a_group_tells_of_every_fault_and_leaves_nothing(broken: Broken) -> None:
    assert broken["coroutines"] == Outcome(told=4, in_a_group=2, left_open=0, for_nobody=0, lines=6, checks=0)


def test_a_thread_goes_on_after_the_other_has_failed(broken: Broken) -> None:
    assert broken["threads"] == Outcome(told=4, in_a_group=0, left_open=0, for_nobody=2, lines=5, checks=0)


def test_a_store_that_no_callback_closes_is_counted(broken: Broken) -> None:
    assert (broken["callbacks"].told, broken["callbacks"].left_open, broken["callbacks"].checks) == (1, 2, 1)


def test_the_table_has_a_row_for_each_style(broken: Broken) -> None:
    head, *rows = str(broken).splitlines()
    assert "left open" in head
    assert [row.split()[0] for row in rows] == list(broken)


async def test_the_loops_exception_handler_is_given_back() -> None:
    def handler(*_: Any) -> None: ...

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(handler)
    await break_each_step({"coroutines": with_a_group})
    assert loop.get_exception_handler() is handler


async def test_each_style_asks_for_the_same_pages_when_nothing_is_broken() -> None:
    api = services.http("four styles", latency_s=0.02)
    threads, coroutines = await run_each({"threads": in_threads, "coroutines": with_a_group}, api)
    asked = [entry.path for entry in api.journal()]
    assert sorted(asked[:3]) == sorted(asked[3:]) == sorted(four_styles.PAGES)
    assert (threads.title, coroutines.title) == ("threads", "coroutines")


async def test_an_error_reaches_the_callback() -> None:
    api = services.http("four styles", failure_rate=1.0)
    told: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    async with aiohttp.ClientSession(api.url) as session:
        begin(session, PAGE, lambda error, answer: told.set_result(error))
        assert isinstance(await told, aiohttp.ClientResponseError)


def test_a_full_store_says_so() -> None:
    with pytest.raises(OSError, match="disk full"):
        Store(full=True).save("report")
