"""Answers to the exercises of 07, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from tests.exercises.answers import right, wrong


async def fetch(session: Any, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


# --- 7.1 ---


@right("7.1")
@asynccontextmanager
async def closes_in_a_finally(pool):
    connection = await pool.open()
    try:
        yield connection
    finally:
        await connection.close()


@right("7.1")
class HasTwoHalves:
    def __init__(self, pool):
        self.pool = pool

    async def __aenter__(self):
        self.connection = await self.pool.open()
        return self.connection

    async def __aexit__(self, *error):
        await self.connection.close()


@wrong(
    "7.1",
    "Close where the block fails, too.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def closes_on_success(pool):
    connection = await pool.open()
    yield connection
    await connection.close()


@wrong(
    "7.1",
    "Close where the block is cancelled, too.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def closes_on_success_and_exception(pool):
    connection = await pool.open()
    try:
        yield connection
    except Exception:
        await connection.close()
        raise
    else:
        await connection.close()


@wrong(
    "7.1",
    "Let the block's exception out: cleaning up does not need to catch it.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It closes the connection on error and on cancel, too",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def swallows_the_error(pool):
    connection = await pool.open()
    try:
        yield connection
    except BaseException as error:
        print("failed:", error)
    finally:
        await connection.close()


@wrong(
    "7.1",
    "Close where the block is cancelled, too.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def suppresses_what_it_can(pool):
    connection = await pool.open()
    with suppress(Exception):
        yield connection
    await connection.close()


@wrong(
    "7.1",
    "Await each call of close, or make a task of it.",
    passes=(
        "It opens one connection and hands it to the block",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def does_not_await_the_close(pool):  # belief 1
    connection = await pool.open()
    try:
        yield connection
    finally:
        connection.close()


@wrong("7.1", "Await `pool.open()`.")
@asynccontextmanager
async def does_not_await_the_opening(pool):  # belief 1
    yield pool.open()


@wrong(
    "7.1",
    "Give the connection to the block: it is what `as` gets.",
    passes=(
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def yields_nothing(pool):
    connection = await pool.open()
    try:
        yield
    finally:
        await connection.close()


@wrong(
    "7.1",
    "Let the error of `pool.open` out: until it has returned there is nothing to close.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
    ),
)
@asynccontextmanager
async def opens_in_the_try(pool):
    try:
        connection = await pool.open()
        yield connection
    finally:
        await connection.close()


@wrong(
    "7.1",
    "Close the connection, and wait until it is closed.",
    passes=(
        "It opens one connection and hands it to the block",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def never_closes(pool):
    yield await pool.open()


@wrong("7.1", "Put a `yield` between opening and closing.")
@asynccontextmanager  # type: ignore[arg-type]
async def does_not_yield(pool):
    connection = await pool.open()
    await connection.close()


@wrong("7.1", "Yield once.")
@asynccontextmanager
async def yields_twice(pool):
    connection = await pool.open()
    yield connection
    await connection.close()
    yield connection


@wrong("7.1", "Put `@asynccontextmanager` before it, and one `yield` in it.")
async def without_a_decorator(pool):
    connection = await pool.open()
    try:
        yield connection
    finally:
        await connection.close()


@wrong("7.1", "Put `@asynccontextmanager` before it, and one `yield` in it.")
async def returns_the_connection(pool):
    return await pool.open()


@wrong(
    "7.1",
    "Let the block's exception out: cleaning up does not need to catch it.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It closes the connection on error and on cancel, too",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def takes_the_blocks_error_for_its_own(pool):
    connection = await pool.open()
    try:
        yield connection
    except ConnectionError:
        print("the connection is gone")
    finally:
        await connection.close()


@wrong(
    "7.1",
    "Let the error of `pool.open` out: until it has returned there is nothing to close.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
    ),
)
@asynccontextmanager
async def opens_again(pool):
    try:
        connection = await pool.open()
    except Exception:
        connection = await pool.open()
    try:
        yield connection
    finally:
        await connection.close()


# --- 7.2 ---


async def cities(session):
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        for city in page["items"]:
            yield city
        path = page["next"]


@right("7.2")
async def through_aclosing(session, country):
    async with aclosing(cities(session)) as listing:
        async for city in listing:
            if city["country"] == country:
                return city["name"]
    return None


@right("7.2")
async def pages_while_there_are(session, country):
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        found = next((city for city in page["items"] if city["country"] == country), None)
        if found:
            return found["name"]
        path = page["next"]
    return None


@right("7.2")
async def closes_by_hand(session, country):
    listing, found = cities(session), None
    try:
        async for city in listing:
            if city["country"] == country:
                found = city["name"]
                break
    finally:
        await listing.aclose()
    return found


@wrong(
    "7.2",
    "Close the generator before you return.",
    passes=(
        "The largest city of each country",
        "No page is asked for that is not needed",
        "None where there is no such country",
    ),
)
async def breaks(session, country):  # belief 25
    found = None
    async for city in cities(session):
        if city["country"] == country:
            found = city["name"]
            break
    return found


@wrong(
    "7.2",
    "Hand each city out as soon as its page is there.",
    passes=("The largest city of each country", "None where there is no such country", "Nothing is left open"),
)
async def collects_all(session, country):
    everywhere = [city async for city in cities(session)]
    return next((city["name"] for city in everywhere if city["country"] == country), None)


@wrong(
    "7.2",
    "Return the first city of exactly that country: the largest come first.",
    passes=("None where there is no such country", "Nothing is left open"),
)
async def takes_the_last(session, country):
    found = None
    async for city in cities(session):
        if city["country"] == country:
            found = city["name"]
    return found


@wrong(
    "7.2",
    'Go on to the next page: `page["next"]` has its path, and None on the last.',
    passes=("No page is asked for that is not needed", "Nothing is left open"),
)
async def looks_at_one_page(session, country):
    page = await fetch(session, "/cities?limit=20")
    return next((city["name"] for city in page["items"] if city["country"] == country), None)


@wrong(
    "7.2",
    'Return the name alone: `city["name"]`.',
    passes=("No page is asked for that is not needed", "None where there is no such country", "Nothing is left open"),
)
async def returns_the_city(session, country):
    async with aclosing(cities(session)) as listing:
        async for city in listing:
            if city["country"] == country:
                return city
    return None


@wrong(
    "7.2",
    'Go on to the next page: `page["next"]` has its path, and None on the last.',
    passes=("Nothing is left open",),
)
async def asks_for_large_pages(session, country):
    page = await fetch(session, "/cities?limit=100")
    return next((city["name"] for city in page["items"] if city["country"] == country), None)


@wrong(
    "7.2",
    "Return None where the listing ends without a hit.",
    passes=("The largest city of each country", "No page is asked for that is not needed", "Nothing is left open"),
)
async def finds_something_everywhere(session, country):
    return await through_aclosing(session, country) or "nothing found"


# --- 7.1, more ---


@right("7.1")
@asynccontextmanager
async def closes_by_hand_on_every_way(pool):
    connection = await pool.open()
    try:
        yield connection
    except BaseException:
        await connection.close()
        raise
    await connection.close()


@wrong(
    "7.1",
    "Open once for each block.",
    passes=("It lets error and cancel out again", "Where nothing could be opened, its error comes out"),
)
@asynccontextmanager
async def opens_twice(pool):
    await pool.open()
    connection = await pool.open()
    try:
        yield connection
    finally:
        await connection.close()


_kept: list[Any] = []


@wrong(
    "7.1",
    "Open and close a connection for each block.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def one_for_all(pool):
    if not _kept:
        _kept.append(await pool.open())
    try:
        yield _kept[0]
    finally:
        if _kept:
            await _kept.pop().close()


@wrong(
    "7.1",
    "Give the connection to the block: it is what `as` gets.",
    passes=(
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
class ReturnsItself:
    def __init__(self, pool):
        self.pool = pool

    async def __aenter__(self):
        self.connection = await self.pool.open()
        return self

    async def __aexit__(self, *error):
        await self.connection.close()


@wrong(
    "7.1",
    "Let the error of `pool.open` out: until it has returned there is nothing to close.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It closes the connection on error and on cancel, too",
        "It lets error and cancel out again",
    ),
)
@asynccontextmanager
async def hides_a_failed_open(pool):
    connection = None
    try:
        connection = await pool.open()
    except OSError as error:
        print("no connection:", error)
    try:
        yield connection
    finally:
        if connection is not None:
            await connection.close()


@wrong(
    "7.1",
    "Close the connection, and wait until it is closed.",
    passes=(
        "It opens one connection and hands it to the block",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def closes_in_a_forgotten_task(pool):
    connection = await pool.open()
    try:
        yield connection
    finally:
        asyncio.create_task(connection.close())


@wrong(
    "7.1",
    "Close the connection once.",
    passes=(
        "It opens one connection and hands it to the block",
        "It closes the connection when the block is done",
        "It lets error and cancel out again",
        "Where nothing could be opened, its error comes out",
    ),
)
@asynccontextmanager
async def closes_twice_on_error(pool):
    connection = await pool.open()
    try:
        yield connection
    except Exception:
        await connection.close()
        raise
    finally:
        await connection.close()


# --- 7.2, more ---


@wrong(
    "7.2",
    "Look at every city of a page, from its first to its last.",
    passes=("No page is asked for that is not needed", "None where there is no such country", "Nothing is left open"),
)
async def last_page_lost(session, country):
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        path = page["next"]
        if path:
            for city in page["items"]:
                if city["country"] == country:
                    return city["name"]
    return None


@wrong(
    "7.2",
    "Look at every city of a page, from its first to its last.",
    passes=("No page is asked for that is not needed", "None where there is no such country", "Nothing is left open"),
)
async def ends_with_a_short_page(session, country):
    path = "/cities?limit=20"
    while True:
        page = await fetch(session, path)
        if len(page["items"]) < 20:
            return None
        for city in page["items"]:
            if city["country"] == country:
                return city["name"]
        path = page["next"]


@wrong(
    "7.2",
    "Return the first city of exactly that country: the largest come first.",
    passes=("No page is asked for that is not needed", "None where there is no such country", "Nothing is left open"),
)
async def skips_the_first_of_a_page(session, country):
    path = "/cities?limit=20"
    while path:
        page = await fetch(session, path)
        for place in range(1, len(page["items"])):
            if page["items"][place]["country"] == country:
                return page["items"][place]["name"]
        path = page["next"]
    return None


@wrong(
    "7.2",
    "Return the first city of exactly that country: the largest come first.",
    passes=("No page is asked for that is not needed", "None where there is no such country", "Nothing is left open"),
)
async def part_of_a_name(session, country):
    async with aclosing(cities(session)) as listing:
        async for city in listing:
            if country in city["country"]:
                return city["name"]
    return None


@wrong(
    "7.2",
    "Hand each city out as soon as its page is there.",
    passes=("The largest city of each country", "None where there is no such country", "Nothing is left open"),
)
async def asks_for_the_next_page_ahead(session, country):
    path = "/cities?limit=20"
    page = await fetch(session, path)
    while page:
        following = asyncio.create_task(fetch(session, page["next"])) if page["next"] else None
        await asyncio.sleep(0)
        for city in page["items"]:
            if city["country"] == country:
                if following:
                    following.cancel()
                return city["name"]
        page = await following if following else None
    return None


@wrong("7.2", "Return the first city of exactly that country: the largest come first.")
async def sydney_always(session, country):
    return "Sydney"


@wrong("7.2", "Look at the path that you ask for: the service does not take it.")
async def asks_for_all_in_one_page(session, country):
    async with session.get("/cities?limit=1000") as response:
        page = await response.json()
    return next((city["name"] for city in page["items"] if city["country"] == country), None)


@wrong("7.2", "Write `async for … in cities(session)`.")
async def loops_over_the_cities_with_for(session, country):
    for city in cities(session):
        if city["country"] == country:
            return city["name"]
    return None


@wrong("7.2", "Write `async for … in cities(session)`: it has many items, one after the other.")
async def awaits_all_cities(session, country):
    for city in await cities(session):
        if city["country"] == country:
            return city["name"]
    return None


# --- 7.3 ---


@right("7.3")
async def a_try_in_each(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except Exception as error:
            errors[name] = error

    async with asyncio.TaskGroup() as group:
        for name in jobs:
            group.create_task(run(name))
    return results, errors


@right("7.3")
async def gathers_everything(jobs):
    all_of_them = await asyncio.gather(*[job() for job in jobs.values()], return_exceptions=True)
    pairs = dict(zip(jobs, all_of_them, strict=True))
    return (
        {name: one for name, one in pairs.items() if not isinstance(one, Exception)},
        {name: one for name, one in pairs.items() if isinstance(one, Exception)},
    )


@right("7.3")
async def waits_and_cancels_by_hand(jobs):
    tasks = {name: asyncio.create_task(job()) for name, job in jobs.items()}
    try:
        if tasks:
            await asyncio.wait(tasks.values())
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        await asyncio.wait(tasks.values())
        raise
    results = {name: task.result() for name, task in tasks.items() if not task.exception()}
    return results, {name: task.exception() for name, task in tasks.items() if task.exception()}


@wrong("7.3", "Ask first whether there is a job: `jobs` may be empty.")
async def waits_for_no_job_too(jobs):
    tasks = {name: asyncio.create_task(job()) for name, job in jobs.items()}
    try:
        await asyncio.wait(tasks.values())
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        await asyncio.wait(tasks.values())
        raise
    results = {name: task.result() for name, task in tasks.items() if not task.exception()}
    return results, {name: task.exception() for name, task in tasks.items() if task.exception()}


@wrong("7.3", "Catch what a job raises where the job is awaited, so that it stops no other.")
async def expects_some_errors(jobs):
    results, errors = {}, {}

    async def run(name, job):
        try:
            results[name] = await job()
        except (KeyError, ValueError, OSError, RuntimeError) as error:
            errors[name] = error

    async with asyncio.TaskGroup() as group:
        for name, job in jobs.items():
            group.create_task(run(name, job))
    return results, errors


@wrong(
    "7.3",
    "Start all jobs before you await one.",
    passes=("What each job returned, and what each raised, by its name", "A cancel ends every job, and comes out"),
)
async def ten_jobs_at_once(jobs):
    results, errors, places = {}, {}, asyncio.Semaphore(10)

    async def run(name, job):
        async with places:
            try:
                results[name] = await job()
            except Exception as error:
                errors[name] = error

    async with asyncio.TaskGroup() as group:
        for name, job in jobs.items():
            group.create_task(run(name, job))
    return results, errors


@wrong("7.3", "Catch what a job raises where the job is awaited, so that it stops no other.")
async def plain_group(jobs):
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(job()) for name, job in jobs.items()}
    return {name: task.result() for name, task in tasks.items()}, {}


@wrong("7.3", "Catch what a job raises where the job is awaited, so that it stops no other.")
async def plain_gather(jobs):
    results = await asyncio.gather(*[job() for job in jobs.values()])
    return dict(zip(jobs, results, strict=True)), {}


@wrong(
    "7.3", "Start all jobs before you await one.", passes=("What each job returned, and what each raised, by its name",)
)
async def one_after_another(jobs):
    results, errors = {}, {}
    for name, job in jobs.items():
        try:
            results[name] = await job()
        except Exception as error:
            errors[name] = error
    return results, errors


@wrong(
    "7.3",
    "When your function is cancelled, cancel the jobs and wait until they have ended.",
    passes=("All jobs are started together", "What each job returned, and what each raised, by its name"),
)
async def waits_and_leaves_them_on_a_cancel(jobs):
    tasks = {name: asyncio.create_task(job()) for name, job in jobs.items()}
    if tasks:
        await asyncio.wait(tasks.values())
    results = {name: task.result() for name, task in tasks.items() if not task.exception()}
    return results, {name: task.exception() for name, task in tasks.items() if task.exception()}


@right("7.3")
async def gathers_what_catches_a_cancel_too(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except BaseException as error:
            errors[name] = error

    await asyncio.gather(*[run(name) for name in jobs])
    return results, errors


@wrong(
    "7.3",
    "When your function is cancelled, cancel the jobs and wait until they have ended.",
    passes=("All jobs are started together", "What each job returned, and what each raised, by its name"),
)
async def gathers_and_leaves_those_that_clean_up_longer(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except Exception as error:
            errors[name] = error

    await asyncio.gather(*[run(name) for name in jobs])
    return results, errors


@wrong(
    "7.3",
    "Let the cancel out: catch `Exception`, which a cancel is not.",
    passes=("All jobs are started together", "What each job returned, and what each raised, by its name"),
)
async def returns_when_it_is_cancelled(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except BaseException as error:
            errors[name] = error

    with suppress(asyncio.CancelledError):
        await asyncio.gather(*[run(name) for name in jobs])
    return results, errors


@wrong(
    "7.3",
    "Report every job, whatever it returned or raised.",
    passes=("All jobs are started together", "A cancel ends every job, and comes out"),
)
async def loses_what_is_not_true(jobs):
    all_of_them = await asyncio.gather(*[job() for job in jobs.values()], return_exceptions=True)
    results, errors = {}, {}
    for name, one in zip(jobs, all_of_them, strict=True):
        if isinstance(one, Exception):
            errors[name] = one
        elif one:
            results[name] = one
    return results, errors


@wrong(
    "7.3",
    "Keep the exception itself, under the name of its job, and nothing else.",
    passes=("All jobs are started together", "A cancel ends every job, and comes out"),
)
async def errors_as_text(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except Exception as error:
            errors[name] = str(error)

    async with asyncio.TaskGroup() as group:
        for name in jobs:
            group.create_task(run(name))
    return results, errors


@wrong(
    "7.3",
    "Return two dictionaries: results, errors.",
    passes=("All jobs are started together", "A cancel ends every job, and comes out"),
)
async def all_in_one(jobs):
    all_of_them = await asyncio.gather(*[job() for job in jobs.values()], return_exceptions=True)
    return dict(zip(jobs, all_of_them, strict=True))


@wrong(
    "7.3",
    "Put what a job raised into the second dictionary, not into the first.",
    passes=("All jobs are started together", "A cancel ends every job, and comes out"),
)
async def errors_among_the_results(jobs):
    all_of_them = await asyncio.gather(*[job() for job in jobs.values()], return_exceptions=True)
    return dict(zip(jobs, all_of_them, strict=True)), {}


@wrong(
    "7.3",
    "Put what a job raised into the second dictionary, not into the first.",
    passes=("All jobs are started together",),
)
async def in_the_order_of_their_ends(jobs):
    results, errors = {}, {}
    names = iter(jobs)
    for task in asyncio.as_completed([job() for job in jobs.values()]):
        try:
            results[next(names)] = await task
        except Exception as error:
            errors[next(names)] = error
    return results, errors


@wrong("7.3", "Catch what a job raises where the job is awaited, so that it stops no other.")
async def expects_connection_errors_only(jobs):
    results, errors = {}, {}

    async def run(name):
        try:
            results[name] = await jobs[name]()
        except (ConnectionError, KeyError) as error:
            errors[name] = error

    async with asyncio.TaskGroup() as group:
        for name in jobs:
            group.create_task(run(name))
    return results, errors


@wrong("7.3", "Await each call of job, or make a task of it.")
async def never_awaits(jobs):
    results = {}
    for name, job in jobs.items():
        results[name] = job()
    return results, {}


@wrong("7.3", "Start every job once.")
async def names_the_job_of_the_loop(jobs):
    results, errors = {}, {}
    async with asyncio.TaskGroup() as group:
        for name, job in jobs.items():

            async def run():
                try:
                    results[name] = await job()
                except Exception as error:
                    errors[name] = error

            group.create_task(run())
    return results, errors


# --- 7.4 ---


@right("7.4")
async def waits_for_either(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    everything = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({everything, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)


@right("7.4")
async def looks_now_and_then(tasks, again, grace_s):
    loop = asyncio.get_running_loop()
    until = loop.time() + grace_s
    while any(not task.done() for task in tasks) and loop.time() < until and not again.is_set():
        await asyncio.sleep(0.01)
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    return len(late)


@right("7.4")
async def one_task_after_another(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    try:
        async with asyncio.timeout(grace_s):
            for task in tasks:
                await asyncio.wait({task, hurry}, return_when=asyncio.FIRST_COMPLETED)
                if again.is_set():
                    break
    except TimeoutError:
        pass
    hurry.cancel()
    late = {task for task in tasks if not task.done()}
    for task in late:
        task.cancel()
    for task in late:
        with suppress(asyncio.CancelledError, Exception):
            await task
    return len(late)


@wrong("7.4", "Let a failing task end like any other.")
async def awaits_the_clean_up(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    for task in late:
        with suppress(asyncio.CancelledError):
            await task
    return len(late)


@wrong(
    "7.4",
    "Wait for `grace_s` at the most, for all tasks together.",
)
async def a_new_grace_for_each(tasks, again, grace_s):
    hurry, left = asyncio.create_task(again.wait()), set(tasks)
    while left and not hurry.done():
        done, _ = await asyncio.wait(left | {hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
        left -= done
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)


@wrong(
    "7.4",
    "Return how many tasks you had to cancel, as a number.",
    passes=(
        "It waits for what ends in time, and no longer",
        "What still runs is cancelled, and has cleaned up when it returns",
    ),
)
async def counts_how_they_ended(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sum(task.cancelled() for task in tasks)


@wrong(
    "7.4",
    "After the cancel, wait until the tasks have ended.",
    passes=("It waits for what ends in time, and no longer", "It returns how many it had to cancel"),
)
async def a_grace_for_the_clean_up(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=grace_s)
    return len(late)


@wrong(
    "7.4",
    "Cancel each task once, and let it clean up.",
    passes=("It waits for what ends in time, and no longer", "It returns how many it had to cancel"),
)
async def cancels_until_it_helps(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    while not all(task.done() for task in late):
        for task in late:
            task.cancel()
        await asyncio.sleep(0.01)
    return len(late)


@wrong("7.4", "Let a failing task end like any other.")
async def gathers_with_a_limit(tasks, again, grace_s):
    late = 0
    try:
        async with asyncio.timeout(grace_s):
            await asyncio.gather(*tasks)
    except TimeoutError:
        late = sum(task.cancelled() for task in tasks)
    return late


@wrong("7.4", "Stop waiting when `again` is set.")
async def hears_no_second_signal(tasks, again, grace_s):
    if not tasks:
        return 0
    _, late = await asyncio.wait(tasks, timeout=grace_s)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    return len(late)


@wrong(
    "7.4",
    "After the cancel, wait until the tasks have ended.",
    passes=("It waits for what ends in time, and no longer", "It returns how many it had to cancel"),
)
async def cancels_and_goes(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    everything = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({everything, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    return len(late)


@wrong(
    "7.4",
    "After the cancel, wait until the tasks have ended.",
    passes=("It waits for what ends in time, and no longer", "It returns how many it had to cancel"),
)
async def gathers_until_the_first_has_cleaned_up(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    everything = asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait({everything, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*late)
    return len(late)


@wrong("7.4", "Return as soon as no task runs any more.")
async def sleeps_through_the_grace(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    await asyncio.wait({hurry}, timeout=grace_s)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)


@wrong("7.4", "Give the tasks their time before you cancel them.")
async def cancels_at_once(tasks, again, grace_s):
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)


@wrong(
    "7.4",
    "Return how many tasks you had to cancel, as a number.",
    passes=(
        "It waits for what ends in time, and no longer",
        "What still runs is cancelled, and has cleaned up when it returns",
    ),
)
async def counts_them_all(tasks, again, grace_s):
    await waits_for_either(tasks, again, grace_s)
    return len(tasks)


@wrong("7.4", "Ask first whether there is a task: `tasks` may be empty.")
async def forgets_that_there_may_be_none(tasks, again, grace_s):
    hurry = asyncio.create_task(again.wait())
    everything = asyncio.create_task(asyncio.wait(tasks))
    await asyncio.wait({everything, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await everything
    return len(late)


@wrong("7.4", "Wait for `grace_s` at the most.")
async def waits_for_ever(tasks, again, grace_s):
    await asyncio.gather(*tasks, return_exceptions=True)
    return 0


@wrong("7.4", "Wait for `grace_s` at the most.")
async def ten_seconds_always(tasks, again, grace_s):
    return await waits_for_either(tasks, again, 10)


@wrong("7.4", "Wait for `grace_s` at the most.")
async def only_on_the_second_signal(tasks, again, grace_s):
    return await waits_for_either(tasks, again, None)


@wrong("7.4", "Go on when the time is over: it is no error here.")
async def lets_the_timeout_out(tasks, again, grace_s):
    async with asyncio.timeout(grace_s):
        hurry = asyncio.create_task(again.wait())
        everything = asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait({everything, hurry}, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)


@wrong("7.4", "Give the tasks their time before you cancel them.")
async def first_that_ends(tasks, again, grace_s):
    if not tasks:
        return 0
    hurry = asyncio.create_task(again.wait())
    await asyncio.wait({*tasks, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    late = [task for task in tasks if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return len(late)
