"""Answers to the exercises of 02, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from typing import Any

import aiohttp

from tests.exercises.answers import right, wrong


async def fetch(session: Any, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


async def fetch_or_retry(session: Any, path: str) -> Any:
    try:
        return await fetch(session, path)
    except aiohttp.ClientError:
        return await fetch(session, path)


# --- 2.1 ---


@right("2.1")
async def sleeps_zero(items, handle):
    for item in items:
        handle(item)
        await asyncio.sleep(0)


@right("2.1")
async def awaits_a_thread(items, handle):
    for item in items:
        handle(item)
        await asyncio.to_thread(lambda: None)


@right("2.1")
async def awaits_a_task(items, handle):
    async def handled(item):
        handle(item)

    for item in items:
        await asyncio.create_task(handled(item))


async def nop():
    pass


@wrong(
    "2.1",
    "Await something that suspends.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def awaits_what_never_waits(items, handle):  # belief 6
    for item in items:
        handle(item)
        await nop()


@wrong("2.1", "Await each call of sleep, or make a task of it.", passes=("All items are handled, in order",))
async def calls_sleep_only(items, handle):  # belief 1
    for item in items:
        handle(item)
        asyncio.sleep(0)


@wrong(
    "2.1",
    "Suspend between two items: making a task does not.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def only_makes_tasks(items, handle):  # belief 7
    for item in items:
        handle(item)
        asyncio.create_task(nop())


@wrong("2.1", "Await a coroutine or a task.")
async def awaits_time_sleep(items, handle):
    for item in items:
        handle(item)
        await time.sleep(0)


@wrong("2.1", "Wait for a shorter time: the others only need to run once.")
async def sleeps_a_second(items, handle):
    for item in items:
        handle(item)
        await asyncio.sleep(1)


@wrong(
    "2.1",
    "Let every other task run between *any* two items.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def sleeps_once_at_the_end(items, handle):
    for place, item in enumerate(items):
        handle(item)
        if place % 10 == 9:
            await asyncio.sleep(0)


@wrong("2.1", "Call `handle(item)` once for each item.")
async def handles_none(items, handle):
    for _ in items:
        await asyncio.sleep(0)


# --- 2.2 ---


@right("2.2")
async def closes_with(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@right("2.2")
async def closes_finally_and_cancels_by_hand(session, store):
    try:
        page = await fetch_or_retry(session, "/cities/oslo/neighbours")
        paths = [f"/cities/{one['slug']}/weather" for one in page["neighbours"][:2]]
        tasks = [asyncio.create_task(fetch_or_retry(session, path)) for path in paths]
        try:
            both = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        store.save(both)
    finally:
        store.close()


@wrong(
    "2.2",
    "Start both requests for weather before you await one of them.",
    passes=(
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def one_city_after_another(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        store.save([await fetch_or_retry(session, f"/cities/{one['slug']}/weather") for one in nearest])


@wrong(
    "2.2",
    "End the other request, too, before your function ends.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
    ),
)
async def gathers_and_leaves_the_other(session, store):  # belief 10
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        paths = [f"/cities/{one['slug']}/weather" for one in nearest]
        store.save(await asyncio.gather(*[fetch_or_retry(session, path) for path in paths]))


@wrong(
    "2.2",
    "Close the store on every way out.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "No request goes on when the function has ended",
    ),
)
async def closes_at_the_end_only(session, store):
    nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
    store.save([task.result() for task in tasks])
    store.close()


@wrong(
    "2.2",
    "Close the store when a cancel comes, too.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "No request goes on when the function has ended",
    ),
)
async def closes_on_every_exception_but_a_cancel(session, store):
    try:
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])
    except Exception:
        store.close()
        raise
    store.close()


@wrong(
    "2.2",
    "Let the error out. Cleaning up does not need to catch it.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def keeps_the_error(session, store):
    with closing(store):
        try:
            nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest
                ]
            store.save([task.result() for task in tasks])
        except Exception as error:
            print("failed:", error)


@wrong("2.2", "Ask once more where a request fails.")
async def asks_once_only(session, store):
    with closing(store):
        nearest = (await fetch(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Ask once more only for what failed, and not more often than twice.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "One row is saved: the weather of both, the nearest first",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def asks_until_it_works(session, store):
    async def persist(path):
        while True:
            try:
                return await fetch(session, path)
            except aiohttp.ClientError:
                continue

    with closing(store):
        nearest = (await persist("/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(persist(f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Save the nearest city first.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def saves_as_they_come(session, store):
    rows = []

    async def append(path):
        rows.append(await fetch_or_retry(session, path))

    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            for one in nearest:
                group.create_task(append(f"/cities/{one['slug']}/weather"))
        store.save(rows)


@wrong("2.2", "Ask for what the callbacks ask for, and nothing else.")
async def asks_for_two_neighbours(session, store):
    with closing(store):
        await fetch_or_retry(session, "/cities/oslo/neighbours?limit=2")


@wrong(
    "2.2",
    "Save a list of the two answers.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def saves_the_tasks(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save(tasks)


@wrong("2.2", "Await each call of fetch_or_retry, or make a task of it.")
async def forgets_an_await(session, store):
    with closing(store):
        fetch_or_retry(session, "/cities/oslo/neighbours")


# --- 2.3 ---


@right("2.3")
async def stars(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError as errors:
        refused = len(errors.exceptions)
    return refused


@right("2.3")
async def splits_the_group(jobs):
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except BaseExceptionGroup as group:
        refused, others = group.split(ConnectionError)
        if others:
            raise others from None
        return len(refused.exceptions)
    return 0


@right("2.3")
async def catches_in_each_job(jobs):
    refused = 0

    async def run(job):
        nonlocal refused
        try:
            await job()
        except ConnectionError:
            refused += 1

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(run(job))
    return refused


@wrong(
    "2.3",
    "Handle every kind of ConnectionError, also in a group.",
    passes=("No job runs on when the function has returned",),
)
async def forgets_the_star(jobs):  # belief 11
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except ConnectionError:
        refused += 1
    return refused


@wrong(
    "2.3",
    "Handle ConnectionError only: what you do not expect must get through.",
    passes=("Jobs that are refused are handled, and counted", "No job runs on when the function has returned"),
)
async def catches_any(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* Exception as errors:
        refused = len(errors.exceptions)
    return refused


@wrong(
    "2.3",
    "Handle ConnectionError only: what you do not expect must get through.",
    passes=("Jobs that are refused are handled, and counted", "No job runs on when the function has returned"),
)
async def counts_exceptions(jobs):
    results = await asyncio.gather(*[job() for job in jobs], return_exceptions=True)
    return sum(isinstance(result, Exception) for result in results)


@wrong(
    "2.3",
    "Count all that were refused.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def counts_the_group(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError:
        refused += 1
    return refused


@wrong("2.3", "Count all that were refused.")
async def gathers_and_counts_one(jobs):
    refused = 0
    try:
        await asyncio.gather(*[job() for job in jobs])
    except ConnectionError:
        refused += 1
    return refused


@wrong(
    "2.3",
    "Return the number of jobs that were refused.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def returns_none_where_all_is_well(jobs):
    refused = None
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError as errors:
        refused = len(errors.exceptions)
    return refused


@wrong("2.3", "Start all jobs before you await one.")
async def awaits_job_by_job(jobs):
    refused = 0
    for job in jobs:
        try:
            await job()
        except ConnectionError:
            refused += 1
    return refused


@wrong("2.3", "Look for what is awaited and never comes: an event nobody sets, an empty queue, an endless loop.")
async def starts_all_and_waits_for_something_else(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    await asyncio.Event().wait()
    return len(tasks)


@wrong(
    "2.3",
    "Handle the ConnectionErrors, also where another error is raised with them.",
    passes=("Jobs that are refused are handled, and counted", "No job runs on when the function has returned"),
)
async def gives_up_where_they_are_mixed(jobs):
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except ExceptionGroup as group:
        if all(isinstance(error, ConnectionError) for error in group.exceptions):
            return len(group.exceptions)
        raise
    return 0


# --- 2.4 ---


@right("2.4")
async def keeps_the_task(session, cache, city):
    if city not in cache:
        cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return await cache[city]


@right("2.4")
async def locks_each_city(session, cache, city):
    lock = cache.setdefault((city, "lock"), asyncio.Lock())
    async with lock:
        if city not in cache:
            cache[city] = await fetch(session, f"/cities/{city}")
    return cache[city]


@right("2.4")
async def keeps_a_future(session, cache, city):
    if city in cache:
        return await cache[city]
    cache[city] = asyncio.get_running_loop().create_future()
    cache[city].set_result(await fetch(session, f"/cities/{city}"))
    return cache[city].result()


@wrong(
    "2.4",
    "Let the second caller find in `cache` that somebody has already asked.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def looks_and_then_writes(session, cache, city):  # belief 16
    if city not in cache:
        cache[city] = await fetch(session, f"/cities/{city}")
    return cache[city]


@wrong(
    "2.4",
    "Let the second caller find in `cache` that somebody has already asked.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def makes_a_lock_for_each_caller(session, cache, city):  # belief 16
    lock = asyncio.Lock()
    async with lock:
        if city not in cache:
            cache[city] = await fetch(session, f"/cities/{city}")
    return cache[city]


@wrong(
    "2.4",
    "Let two cities be fetched at the same time.",
    passes=("Every caller gets the page of its city", "The service is asked once for each city"),
)
async def locks_everybody_out(session, cache, city):
    lock = cache.setdefault("lock", asyncio.Lock())
    async with lock:
        if city not in cache:
            cache[city] = await fetch(session, f"/cities/{city}")
    return cache[city]


@wrong(
    "2.4",
    "Keep the answer in `cache`, so that nobody who comes later has to ask.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def keeps_nothing(session, cache, city):
    return await fetch(session, f"/cities/{city}")


@wrong("2.4", "Put something into the cache that several callers can await.")
async def keeps_the_coroutine(session, cache, city):
    if city not in cache:
        cache[city] = fetch(session, f"/cities/{city}")
    return await cache[city]


@wrong("2.4", "Await the task, and return its result.")
async def returns_the_task(session, cache, city):
    if city not in cache:
        cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return cache[city]


# --- 2.1, more ---


@right("2.1")
async def sleeps_before_each(items, handle):
    for item in items:
        await asyncio.sleep(0)
        handle(item)


@right("2.1")
async def sleeps_a_moment(items, handle):
    for item in items:
        handle(item)
        await asyncio.sleep(0.01)


@wrong("2.1", "Wait for a shorter time: the others only need to run once.")
async def sleeps_a_tenth(items, handle):
    for item in items:
        handle(item)
        await asyncio.sleep(0.1)


@wrong("2.1", "Fill in the blank: `...` can't be awaited.")
async def leaves_the_blank(items, handle):
    for item in items:
        handle(item)
        await ...


@wrong("2.1", "Call `handle(item)` once for each item.", passes=("20 items take less than a second",))
async def handles_each_once_only(items, handle):
    for item in dict.fromkeys(items):
        handle(item)
        await asyncio.sleep(0)


@wrong("2.1", "Call `handle(item)` once for each item.", passes=("20 items take less than a second",))
async def knows_twenty(items, handle):
    for n in range(20):
        handle(n)
        await asyncio.sleep(0)


@wrong(
    "2.1",
    "Suspend between two items: making a task does not.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def all_at_once(items, handle):
    async def handled(item):
        handle(item)

    await asyncio.gather(*[handled(item) for item in items])


@wrong(
    "2.1",
    "Await something that suspends.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def enters_a_timeout(items, handle):
    for item in items:
        handle(item)
        async with asyncio.timeout(1):
            pass


@wrong(
    "2.1",
    "Let every other task run between *any* two items.",
    passes=("All items are handled, in order", "20 items take less than a second"),
)
async def waits_for_one_of_two(items, handle):
    for place, item in enumerate(items):
        handle(item)
        if place % 2:
            await asyncio.sleep(0)


# --- 2.2, more ---


@right("2.2")
async def closes_first_and_gathers_with_care(session, store):
    tasks = []
    try:
        page = await fetch_or_retry(session, "/cities/oslo/neighbours")
        for one in page["neighbours"][:2]:
            tasks.append(asyncio.ensure_future(fetch_or_retry(session, f"/cities/{one['slug']}/weather")))
        first, second = await asyncio.gather(*tasks)
        store.save([first, second])
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        store.close()


@wrong(
    "2.2",
    "Close the store on every way out.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "No request goes on when the function has ended",
    ),
)
async def with_begins_too_late(session, store):
    nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
    with closing(store):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Let the error out. Cleaning up does not need to catch it.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def quiet_without_neighbours(session, store):
    with closing(store):
        try:
            nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        except aiohttp.ClientError:
            return
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong("2.2", "Ask once more where a request fails.")
async def retry_of_weather_forgotten(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Ask once more only for what failed, and not more often than twice.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def whole_job_again(session, store):
    async def job():
        nearest = (await fetch(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        return [task.result() for task in tasks]

    with closing(store):
        try:
            both = await job()
        except (aiohttp.ClientError, ExceptionGroup):
            both = await job()
        store.save(both)


@wrong(
    "2.2",
    "Take the two cities from the answer about the neighbours.",
    passes=(
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def hard_coded_neighbours(session, store):
    with closing(store):
        async with asyncio.TaskGroup() as group:
            group.create_task(fetch_or_retry(session, "/cities/oslo/neighbours"))
            tasks = [
                group.create_task(fetch_or_retry(session, f"/cities/{city}/weather"))
                for city in ("gothenburg", "bergen")
            ]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Ask for what the callbacks ask for, and nothing else.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def hard_coded_after_the_neighbours(session, store):
    with closing(store):
        await fetch_or_retry(session, "/cities/oslo/neighbours")
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(fetch_or_retry(session, f"/cities/{city}/weather"))
                for city in ("gothenburg", "bergen")
            ]
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "End the other request, too, before your function ends.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
    ),
)
async def finally_without_cancel_of_tasks(session, store):
    try:
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        tasks = [asyncio.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([await task for task in tasks])
    finally:
        store.close()


@wrong(
    "2.2",
    "Let the cancel out as it is.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def a_cancel_becomes_an_error(session, store):
    with closing(store):
        try:
            nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest
                ]
        except asyncio.CancelledError:
            raise TimeoutError from None
        store.save([task.result() for task in tasks])


@wrong(
    "2.2",
    "Call `store.save` once, with both answers in a list.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def saves_each(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours"))["neighbours"][:2]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        for task in tasks:
            store.save(task.result())


# --- 2.3, more ---


@right("2.3")
async def gathers_all_and_looks(jobs):
    results = await asyncio.gather(*[job() for job in jobs], return_exceptions=True)
    others = [one for one in results if isinstance(one, BaseException) and not isinstance(one, ConnectionError)]
    if others:
        raise ExceptionGroup("bugs", others)
    return sum(isinstance(one, ConnectionError) for one in results)


@right("2.3")
async def waits_for_all_tasks(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if task.exception() is not None and not isinstance(task.exception(), ConnectionError):
            raise task.exception()
    return sum(task.exception() is not None for task in tasks)


@wrong("2.3", "Call each job: a task is made of a coroutine, and the call makes one.")
async def jobs_not_called(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except* ConnectionError as errors:
        refused = len(errors.exceptions)
    return refused


@wrong(
    "2.3",
    "Handle every kind of ConnectionError, also in a group.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def exact_type(jobs):
    results = await asyncio.gather(*[job() for job in jobs], return_exceptions=True)
    refused = 0
    for one in results:
        if type(one) is ConnectionError:
            refused += 1
        elif one is not None:
            raise one
    return refused


@wrong(
    "2.3",
    "Handle every kind of ConnectionError, also in a group.",
    passes=("No job runs on when the function has returned",),
)
async def two_types(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* (ConnectionRefusedError, ConnectionResetError) as errors:
        refused = len(errors.exceptions)
    return refused


@wrong(
    "2.3",
    "Return the number of jobs that were refused.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def always_two(jobs):
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError:
        return_value = 2
        refused = return_value
    else:
        refused = 0
    return refused


@wrong(
    "2.3",
    "Return the number of jobs that were refused.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def returns_the_errors(jobs):
    refused = []
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ConnectionError as errors:
        refused = list(errors.exceptions)
    return refused


@right("2.3")
async def gathers_and_handles_each(jobs):
    refused = 0

    async def run(job):
        nonlocal refused
        try:
            await job()
        except ConnectionError:
            refused += 1

    await asyncio.gather(*[run(job) for job in jobs])
    return refused


@right("2.3")
async def looks_at_each_result(jobs):
    refused = 0
    tasks = [asyncio.create_task(job()) for job in jobs]
    done, _ = await asyncio.wait(tasks)
    for task in done:
        try:
            task.result()
        except ConnectionError:
            refused += 1
    return refused


@wrong(
    "2.3",
    "Return the number of jobs that were refused.",
    passes=("Any other error gets through", "No job runs on when the function has returned"),
)
async def counts_the_failed_jobs(jobs):
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job()) for job in jobs]
    except* ConnectionError:
        pass
    return sum(task.cancelled() or task.exception() is not None for task in tasks)


# --- 2.4, more ---


@right("2.4")
async def a_lock_and_an_answer(session, cache, city):
    lock, known = cache.setdefault(city, (asyncio.Lock(), []))
    async with lock:
        if not known:
            known.append(await fetch(session, f"/cities/{city}"))
    return known[0]


@right("2.4")
async def an_event_for_each(session, cache, city):
    if city in cache:
        await cache[city][0].wait()
    else:
        cache[city] = [asyncio.Event(), None]
        cache[city][1] = await fetch(session, f"/cities/{city}")
        cache[city][0].set()
    return cache[city][1]


@wrong(
    "2.4",
    "Let the second caller find in `cache` that somebody has already asked.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def setdefault_makes_each_time(session, cache, city):
    return await cache.setdefault(city, asyncio.create_task(fetch(session, f"/cities/{city}")))


_known: dict[str, Any] = {}


@wrong(
    "2.4",
    "Keep what you have in `cache`, and nowhere else.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def a_cache_of_its_own(session, cache, city):
    if city not in _known:
        _known[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return await _known[city]


@wrong(
    "2.4",
    "Let the second caller find in `cache` that somebody has already asked.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def keeps_oslo_only(session, cache, city):
    if city in ("oslo", "lima"):
        if city not in cache:
            cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
        return await cache[city]
    return await fetch(session, f"/cities/{city}")


@wrong("2.4", "Return the page itself, the same for the first caller and for those after it.")
async def one_key_for_all(session, cache, city):
    if "page" not in cache:
        cache["page"] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return await cache["page"]


@wrong(
    "2.4",
    "Keep the answer in `cache`, so that nobody who comes later has to ask.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def forgets_when_it_has_come(session, cache, city):
    if city not in cache:
        cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    page = await cache[city]
    cache.pop(city, None)
    return page


@wrong(
    "2.4",
    "Let the second caller find in `cache` that somebody has already asked.",
    passes=("Every caller gets the page of its city", "One city does not wait for the other"),
)
async def awaits_the_coroutine_first(session, cache, city):
    if city not in cache:
        await asyncio.sleep(0)
        cache[city] = asyncio.create_task(fetch(session, f"/cities/{city}"))
    return await cache[city]


@wrong("2.4", "Leave out the `await`: `create_task` wants the coroutine, and you gave it the answer.")
async def create_task_of_an_answer(session, cache, city):
    if city not in cache:
        cache[city] = asyncio.create_task(await fetch(session, f"/cities/{city}"))
    return await cache[city]


@wrong(
    "2.2",
    "Ask for what the callbacks ask for, and nothing else.",
    passes=("One row is saved: the weather of both, the nearest first",),
)
async def asks_for_two_neighbours_only(session, store):
    with closing(store):
        nearest = (await fetch_or_retry(session, "/cities/oslo/neighbours?limit=2"))["neighbours"]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch_or_retry(session, f"/cities/{one['slug']}/weather")) for one in nearest]
        store.save([task.result() for task in tasks])


@wrong(
    "2.3",
    "Handle ConnectionError only: what you do not expect must get through.",
    passes=("Jobs that are refused are handled, and counted", "No job runs on when the function has returned"),
)
async def catches_every_os_error(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* OSError as errors:
        refused = len(errors.exceptions)
    return refused


@wrong("2.3", "Await the task first: `await task` waits for its end, and gives its result.")
async def result_in_the_block(jobs):
    refused = 0
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            try:
                group.create_task(job()).result()
            except ConnectionError:
                refused += 1
    return refused


@wrong(
    "2.2",
    "Ask a second time as soon as a request has failed.",
    passes=(
        "One row is saved: the weather of both, the nearest first",
        "An error, or a cancel, reaches the caller",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def asks_again_when_all_have_ended(session, store):
    with closing(store):
        page = await fetch_or_retry(session, "/cities/oslo/neighbours")
        paths = [f"/cities/{city['slug']}/weather" for city in page["neighbours"][:2]]
        rows = await asyncio.gather(*[fetch(session, path) for path in paths], return_exceptions=True)
        for place, row in enumerate(rows):
            if isinstance(row, aiohttp.ClientError):
                rows[place] = await fetch(session, paths[place])
        store.save(rows)


@wrong(
    "2.3",
    "Handle ConnectionError only: what you do not expect must get through.",
    passes=("Jobs that are refused are handled, and counted", "No job runs on when the function has returned"),
)
async def counts_who_is_too_late(jobs):
    refused = 0
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* (ConnectionError, TimeoutError) as errors:
        refused = len(errors.exceptions)
    return refused


@wrong(
    "2.2",
    "Let the error out as it is.",
    passes=(
        "Each request begins as soon as it can, and not before",
        "The same requests as the callbacks make",
        "One row is saved: the weather of both, the nearest first",
        "The store is closed on every way out",
        "No request goes on when the function has ended",
    ),
)
async def raises_another_error(session, store):
    with closing(store):
        try:
            page = await fetch_or_retry(session, "/cities/oslo/neighbours")
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(fetch_or_retry(session, f"/cities/{city['slug']}/weather"))
                    for city in page["neighbours"][:2]
                ]
        except Exception:
            raise RuntimeError("no guide today")  # noqa: B904
        store.save([task.result() for task in tasks])
