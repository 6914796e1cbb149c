"""Answers to the exercises of 08, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.exercises.answers import right, wrong

# --- 8.1 ---


@right("8.1")
async def all_in_one_thread_that_has_a_pool(jobs):
    def run():
        with ThreadPoolExecutor(max_workers=6) as pool:
            return list(pool.map(lambda job: job(), jobs))

    return await asyncio.to_thread(run)


@wrong(
    "8.1",
    "End the pool without blocking, when a job has raised, too: shut it down in a thread.",
    passes=(
        "Each job is called once",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)
async def jobs_in_a_pool_that_ends_with_its_block(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=6) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


@wrong(
    "8.1",
    "Let out what a job raises.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
    ),
)
async def errors_among_the_results(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs], return_exceptions=True)
    finally:
        await asyncio.to_thread(pool.shutdown)


@right("8.1")
async def four_places_of_the_default_pool(jobs):
    places = asyncio.Semaphore(4)

    async def run(job):
        async with places:
            return await asyncio.to_thread(job)

    return await asyncio.gather(*[run(job) for job in jobs])


@right("8.1")
async def a_thread_for_each_job(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=len(jobs))
    try:
        return await asyncio.gather(*(loop.run_in_executor(pool, job) for job in jobs))
    finally:
        pool.shutdown(wait=False)


@wrong(
    "8.1",
    "Keep a thread of the default pool free for names.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)  # belief 24
async def all_to_the_default_pool(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job) for job in jobs])


@wrong(
    "8.1",
    "Keep a thread of the default pool free for names.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)  # belief 24
async def a_smaller_default_pool(jobs):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=8))
    return await asyncio.gather(*[loop.run_in_executor(None, job) for job in jobs])


@wrong("8.1", "Give each job to a thread.", passes=("All 40 results, in the order of the jobs",))
async def jobs_inline(jobs):
    return [job() for job in jobs]


@wrong(
    "8.1",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "Each job is called once",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)
async def maps_and_blocks(jobs):
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda job: job(), jobs))


@wrong(
    "8.1",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "Each job is called once",
        "At least 4 jobs in flight at once",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)
async def awaits_after_the_pool(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [loop.run_in_executor(pool, job) for job in jobs]
    return await asyncio.gather(*futures)


@wrong(
    "8.1",
    "Let at least 4 jobs run at once.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "A name is found while all jobs are busy",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)
async def one_job_at_a_time(jobs):
    return [await asyncio.to_thread(job) for job in jobs]


@wrong(
    "8.1",
    "Put the results in the order of the jobs.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "What a job raises comes out",
    ),
)
async def jobs_as_they_complete(jobs):
    loop = asyncio.get_running_loop()
    results = []
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        for each in asyncio.as_completed([loop.run_in_executor(pool, job) for job in jobs]):
            results.insert(0, await each)
    finally:
        pool.shutdown(wait=False)
    return results


@wrong("8.1", "Give the thread the function, without calling it; its arguments come after it.")
async def calls_the_jobs_first(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job()) for job in jobs])


@wrong(
    "8.1",
    "Return the results.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "What a job raises comes out",
    ),
)
async def forgets_the_results(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])
    finally:
        pool.shutdown(wait=False)


@right("8.1")
async def keeps_a_pool_for_later(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


@right("8.1")
async def a_larger_default_pool(jobs):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=len(jobs) + 1))
    return await asyncio.gather(*[asyncio.to_thread(job) for job in jobs])


@right("8.1")
async def shuts_the_pool_down_in_a_thread(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


@wrong(
    "8.1",
    "Call each job once.",
    passes=(
        "The event loop is never blocked",
        "A name is found while all jobs are busy",
        "What a job raises comes out",
    ),
)
async def called_again_beside_the_others(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        await loop.run_in_executor(pool, jobs[0])
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])
    finally:
        pool.shutdown(wait=False)


@wrong(
    "8.1",
    "Call each job once.",
    passes=(
        "The event loop is never blocked",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "What a job raises comes out",
    ),
)
async def calls_one_twice(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        calls = [loop.run_in_executor(pool, job) for job in [*jobs, jobs[0]]]
        return (await asyncio.gather(*calls))[:-1]
    finally:
        pool.shutdown(wait=False)


@wrong(
    "8.1",
    "Call each job once.",
    passes=(
        "The event loop is never blocked",
        "A name is found while all jobs are busy",
        "At least 4 jobs in flight at once",
        "What a job raises comes out",
    ),
)
async def late_binding(jobs):
    loop = asyncio.get_running_loop()
    calls = []
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        for job in jobs:
            calls.append(loop.run_in_executor(pool, lambda: job()))
        return await asyncio.gather(*calls)
    finally:
        pool.shutdown(wait=False)


@wrong("8.1", "Give the thread the function, without calling it; its arguments come after it.")
async def called_in_the_list(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=8)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, job()) for job in jobs])
    finally:
        pool.shutdown(wait=False)


@wrong(
    "8.1",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=("Each job is called once", "At least 4 jobs in flight at once", "All 40 results, in the order of the jobs"),
)
async def joins_threads(jobs):
    results = [None] * len(jobs)

    def work(place, job):
        results[place] = job()

    threads = [threading.Thread(target=work, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@wrong(
    "8.1",
    "Let at least 4 jobs run at once.",
    passes=(
        "The event loop is never blocked",
        "Each job is called once",
        "A name is found while all jobs are busy",
        "All 40 results, in the order of the jobs",
        "What a job raises comes out",
    ),
)
async def three_jobs_at_a_time(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=3)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])
    finally:
        pool.shutdown(wait=False)


# --- 8.2 ---


@right("8.2")
async def waits_then_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


@right("8.2")
async def lets_the_loop_set(job, seconds):
    stop = threading.Event()
    timer = asyncio.get_running_loop().call_later(seconds, stop.set)
    try:
        return await asyncio.to_thread(job, stop)
    finally:
        timer.cancel()


@right("8.2")
async def shields_and_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    try:
        return await asyncio.wait_for(asyncio.shield(task), seconds)
    except TimeoutError:
        stop.set()
        return await task


@wrong("8.2", "Tell the thread to stop: set the event that the job looks at.")  # belief 12
async def cancels_by_timeout(job, seconds):
    async with asyncio.timeout(seconds):
        return await asyncio.to_thread(job, threading.Event())


@wrong(
    "8.2",
    "Tell the thread to stop: set the event that the job looks at.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)  # belief 12
async def swallows_the_timeout(job, seconds):
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, threading.Event()), seconds)
    except TimeoutError:
        return None


@wrong(
    "8.2",
    "Return what the job returns: it returns what it has found also when it is stopped.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "After the time limit the job is told to stop",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def sets_and_forgets(job, seconds):
    stop = threading.Event()
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, stop), seconds)
    except TimeoutError:
        stop.set()
        await asyncio.sleep(0.3)
        return None


@wrong(
    "8.2",
    "Set the event when the seconds are over.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def never_sets(job, seconds):
    task = asyncio.create_task(asyncio.to_thread(job, threading.Event()))
    await asyncio.wait([task], timeout=seconds)
    return await task


@wrong(
    "8.2",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=("The job gets a `threading.Event`, and is called once",),
)
async def job_inline(job, seconds):
    async with asyncio.timeout(seconds):
        return job(threading.Event())


@wrong(
    "8.2",
    "Set the event only when the seconds are over.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
    ),
)
async def sets_at_once(job, seconds):
    stop = threading.Event()
    stop.set()
    return await asyncio.to_thread(job, stop)


@wrong("8.2", "Give the thread the function, without calling it; its arguments come after it.")
async def calls_the_job_first(job, seconds):
    stop = threading.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    return await asyncio.to_thread(job(stop))


@right("8.2")
async def sets_whatever_happens(job, seconds):
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(job, stop))
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(task)
    except TimeoutError:
        pass
    finally:
        stop.set()
    return await task


@wrong(
    "8.2",
    "Set the event as soon as the seconds are over.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def fixed_second(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=1.0)
    stop.set()
    return await task


@wrong(
    "8.2",
    "Set the event as soon as the seconds are over.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def twice_the_time(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=2 * seconds)
    stop.set()
    return await task


@wrong(
    "8.2",
    "Set the event only when the seconds are over.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def half_the_time(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds / 2)
    stop.set()
    return await task


@wrong(
    "8.2",
    "Call the job once.",
    passes=(
        "The event loop is never blocked",
        "After the time limit the job is told to stop",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def runs_the_job_again(job, seconds):
    stop = threading.Event()
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, stop), seconds)
    except TimeoutError:
        stop.set()
        return await asyncio.to_thread(job, stop)


@wrong(
    "8.2",
    "Await the job's end after you have set the event, and do not cancel its task.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "After the time limit the job is told to stop",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def grace_of_a_moment(job, seconds):
    stop = threading.Event()
    found = []

    def work():
        found.extend(job(stop))

    task = asyncio.create_task(asyncio.to_thread(work))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    await asyncio.wait([task], timeout=0.1)
    return found


@wrong(
    "8.2",
    "Return as soon as the job is done.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "After the time limit the job is told to stop",
        "The job has ended when you return",
        "It returns what the job has found by then",
    ),
)
async def always_the_whole_time(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.sleep(seconds)
    stop.set()
    return await task


@wrong(
    "8.2",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=("The job gets a `threading.Event`, and is called once", "The job has ended when you return"),
)
async def time_sleep(job, seconds):
    stop = threading.Event()
    task = asyncio.get_running_loop().run_in_executor(None, job, stop)
    time.sleep(seconds)
    stop.set()
    return await task


@wrong(
    "8.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def joins_for_so_long(job, seconds):
    stop, found = threading.Event(), []
    thread = threading.Thread(target=lambda: found.append(job(stop)))
    thread.start()
    thread.join(seconds)
    stop.set()
    thread.join()
    return found[0]


@wrong(
    "8.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def future_result_with_timeout(job, seconds):
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(job, stop)
        try:
            return future.result(timeout=seconds)
        except TimeoutError:
            stop.set()
            return future.result()


@wrong(
    "8.2",
    "Await the job's end after you have set the event, and do not cancel its task.",
    passes=(
        "The event loop is never blocked",
        "The job gets a `threading.Event`, and is called once",
        "After the time limit the job is told to stop",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def stop_set_but_not_awaited(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return task.result() if task.done() else []


@wrong("8.2", "Await the job's end after you have set the event, and do not cancel its task.")
async def cancels_the_task(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    task.cancel()
    return await task


@wrong("8.2", "Give the job the `threading.Event` itself.", passes=("The event loop is never blocked",))
async def asyncio_event(job, seconds):
    stop = asyncio.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


@wrong("8.2", "Give the job the `threading.Event` itself.", passes=("The event loop is never blocked",))
async def stop_called(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop.is_set))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


@wrong("8.2", "Return what the job has found by then, instead of raising.")
async def raises_the_timeout(job, seconds):
    stop = threading.Event()
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, stop), seconds)
    except TimeoutError:
        stop.set()
        raise


@wrong("8.2", "Run the job: `job(stop)`, in a thread.", passes=("The event loop is never blocked",))
async def made_up(job, seconds):
    await asyncio.sleep(seconds)
    return list(range(1, 8))


@wrong(
    "8.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "The job gets a `threading.Event`, and is called once",
        "The job has ended when you return",
        "A job that is done in time is not disturbed, and not waited for longer",
    ),
)
async def polls_then_joins(job, seconds):
    stop, found = threading.Event(), []
    thread = threading.Thread(target=lambda: found.append(job(stop)))
    thread.start()
    until = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < until:
        await asyncio.sleep(0.005)
    stop.set()
    thread.join()
    return found[0]


# --- 8.3 ---


@right("8.3")
async def a_queue_of_the_loop(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@right("8.3")
async def a_future_for_the_list(subscribe, n):
    loop = asyncio.get_running_loop()
    done, messages = loop.create_future(), []

    def on_the_loop(message):
        if len(messages) < n:
            messages.append(message)
        if len(messages) == n and not done.done():
            done.set_result(messages)

    stop = subscribe(lambda message: loop.call_soon_threadsafe(on_the_loop, message))
    try:
        return await done
    finally:
        stop()


@right("8.3")
async def a_list_and_an_event(subscribe, n):
    loop, enough, messages = asyncio.get_running_loop(), asyncio.Event(), []

    def callback(message):
        messages.append(message)
        if len(messages) == n:
            loop.call_soon_threadsafe(enough.set)

    stop = subscribe(callback)
    try:
        await enough.wait()
    finally:
        stop()
    return messages[:n]


@right("8.3")
async def puts_by_a_coroutine(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: asyncio.run_coroutine_threadsafe(messages.put(message), loop))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@wrong("8.3", "Wake the event loop from the thread.")
async def puts_from_the_thread(subscribe, n):
    messages = asyncio.Queue()
    stop = subscribe(messages.put_nowait)
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@wrong("8.3", "Wake the event loop from the thread.")
async def by_call_soon(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: loop.call_soon(messages.put_nowait, message))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@wrong("8.3", "Wake the event loop from the thread.")
async def sets_the_event_from_the_thread(subscribe, n):
    enough, messages = asyncio.Event(), []

    def callback(message):
        messages.append(message)
        if len(messages) == n:
            enough.set()

    stop = subscribe(callback)
    try:
        await enough.wait()
    finally:
        stop()
    return messages[:n]


@wrong("8.3", "Return as soon as you have `n` messages.")
async def is_woken_and_does_not_count(subscribe, n):
    loop, messages, got = asyncio.get_running_loop(), asyncio.Queue(), []
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    try:
        while True:
            got.append(await messages.get())
    finally:
        stop()


@wrong("8.3", "Let the callback do nothing but hand the message to the loop.")
async def makes_a_task_in_the_thread(subscribe, n):
    messages = asyncio.Queue()
    stop = subscribe(lambda message: asyncio.create_task(messages.put(message)))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@wrong("8.3", "Await instead of blocking, so that the event loop can go on.")
async def blocks_in_a_queue(subscribe, n):
    messages = queue.Queue()
    stop = subscribe(messages.put)
    try:
        return [messages.get() for _ in range(n)]
    finally:
        stop()


@wrong(
    "8.3",
    "Wait in the loop, not in a thread.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
    ),
)
async def a_thread_waits_in_a_queue(subscribe, n):
    messages = queue.Queue()
    stop = subscribe(messages.put)
    try:
        return [await asyncio.to_thread(messages.get) for _ in range(n)]
    finally:
        stop()


@wrong(
    "8.3",
    "Let the message wake your coroutine; do not look again and again.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def polls(subscribe, n):
    messages = []
    stop = subscribe(messages.append)
    try:
        while len(messages) < n:
            await asyncio.sleep(0.01)
        return messages[:n]
    finally:
        stop()


@wrong(
    "8.3",
    "Let the message wake your coroutine; do not look again and again.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def polls_now_and_then(subscribe, n):
    messages = []
    stop = subscribe(messages.append)
    try:
        while len(messages) < n:
            await asyncio.sleep(0.1)
        return messages[:n]
    finally:
        stop()


@wrong(
    "8.3",
    "Let the message wake your coroutine; do not look again and again.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def spins(subscribe, n):
    messages = []
    stop = subscribe(messages.append)
    try:
        while len(messages) < n:
            await asyncio.sleep(0)
        return messages[:n]
    finally:
        stop()


@wrong(
    "8.3",
    "Return as soon as the last message has come.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def waits_for_long_enough(subscribe, n):
    messages = []
    stop = subscribe(messages.append)
    try:
        await asyncio.sleep(1)
        return messages[:n]
    finally:
        stop()


@wrong(
    "8.3",
    "Call `stop()` before you return.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It does not ask again and again",
        "No thread is left waiting",
    ),
)
async def never_stops(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    return [await messages.get() for _ in range(n)]


@wrong(
    "8.3",
    "Call `stop()` however your function ends.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It does not ask again and again",
        "No thread is left waiting",
    ),
)
async def stops_without_finally(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    found = [await messages.get() for _ in range(n)]
    stop()
    return found


@wrong(
    "8.3",
    "Return 12 messages.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns soon after the last one",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def returns_all_of_them(subscribe, n):
    loop, enough, messages = asyncio.get_running_loop(), asyncio.Event(), []

    def callback(message):
        messages.append(message)
        if len(messages) >= n:
            loop.call_soon_threadsafe(enough.set)

    stop = subscribe(callback)
    try:
        await enough.wait()
        await asyncio.sleep(0.05)
    finally:
        stop()
    return messages


@wrong(
    "8.3",
    "Keep the order in which they came.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns soon after the last one",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def the_newest_first(subscribe, n):
    return (await a_queue_of_the_loop(subscribe, n))[::-1]


@wrong(
    "8.3",
    "Return the messages as they came.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def leaves_out_equal_ones(subscribe, n):
    loop, messages, found = asyncio.get_running_loop(), asyncio.Queue(), []
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    try:
        while len(found) < n:
            if (message := await messages.get()) and message not in found:
                found.append(message)
        return found
    finally:
        stop()


@wrong(
    "8.3",
    "Let CancelledError out of your function.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It does not ask again and again",
        "No thread is left waiting",
    ),
)
async def swallows_the_cancel(subscribe, n):
    try:
        return await a_queue_of_the_loop(subscribe, n)
    except asyncio.CancelledError:
        return []


@wrong("8.3", "Subscribe once.")
async def subscribes_for_each(subscribe, n):
    found = []
    for _ in range(n):
        found += await a_queue_of_the_loop(subscribe, 1)
    return found


@wrong("8.3", "Call `subscribe` with your callback.", passes=("The event loop is never blocked",))
async def subscribes_never(subscribe, n):
    return [""] * n


@wrong(
    "8.3",
    "Return 12 messages.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns soon after the last one",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def all_that_have_come(subscribe, n):
    loop, messages, enough = asyncio.get_running_loop(), [], asyncio.Event()

    def callback(message):
        messages.append(message)
        if len(messages) == n:
            loop.call_soon_threadsafe(enough.set)

    stop = subscribe(callback)
    try:
        await enough.wait()
        return messages
    finally:
        stop()


@wrong(
    "8.3",
    "Give the loop the function itself, without calling it: `call_soon_threadsafe(function, argument)`.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It returns the first messages, in their order",
        "It returns soon after the last one",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def puts_it_in_before_the_loop_is_asked(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait(message)))
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@right("8.3")
async def makes_the_library_wait(subscribe, n):
    loop, messages = asyncio.get_running_loop(), asyncio.Queue()
    stop = subscribe(lambda message: asyncio.run_coroutine_threadsafe(messages.put(message), loop).result())
    try:
        return [await messages.get() for _ in range(n)]
    finally:
        stop()


@wrong(
    "8.3",
    "Return the messages as they came.",
    passes=(
        "The event loop is never blocked",
        "It subscribes, and its callback raises nothing",
        "It does not ask again and again",
        "It has unsubscribed when it ends, also when it is cancelled",
        "No thread is left waiting",
    ),
)
async def each_message_once(subscribe, n):
    loop, messages, found = asyncio.get_running_loop(), asyncio.Queue(), {}
    stop = subscribe(lambda message: loop.call_soon_threadsafe(messages.put_nowait, message))
    try:
        while len(found) < n:
            found[await messages.get()] = True
        return list(found)
    finally:
        stop()


# --- 8.4 ---


@right("8.4")
async def cuts_with_divmod(pool, work, items, n):
    loop = asyncio.get_running_loop()
    length, longer = divmod(len(items), n)
    pieces, begin = [], 0
    for place in range(n):
        end = begin + length + (place < longer)
        if begin < end:
            pieces.append(items[begin:end])
        begin = end
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@right("8.4")
async def rounds_the_borders(pool, work, items, n):
    loop = asyncio.get_running_loop()
    borders = [round(place * len(items) / n) for place in range(n + 1)]
    pieces = [items[begin:end] for begin, end in zip(borders, borders[1:]) if end > begin]
    futures = [loop.run_in_executor(pool, work, piece) for piece in pieces]
    return [result for future in futures for result in await future]


@right("8.4")
async def submits_and_wraps(pool, work, items, n):
    n = min(n, len(items)) or 1
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wrapped(pool.submit(work, piece))) for piece in pieces if piece]
    return [result for task in tasks for result in task.result()]


async def wrapped(future):
    return await asyncio.wrap_future(future)


@wrong(
    "8.4",
    "Call `work` 4 times here, once for each piece.",
    passes=("The event loop is never blocked", "All results in one list, in the order of the items"),
)
async def one_item_a_call(pool, work, items, n):
    loop = asyncio.get_running_loop()
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, [item]) for item in items])
    return [result for one in results for result in one]


@wrong("8.4", "Give `work` a piece: a list of items.", passes=("The event loop is never blocked",))
async def gives_the_items_themselves(pool, work, items, n):
    loop = asyncio.get_running_loop()
    return await asyncio.gather(*[loop.run_in_executor(pool, work, item) for item in items])


@wrong(
    "8.4",
    "Make the pieces of nearly the same length.",
    passes=(
        "The event loop is never blocked",
        "All pieces at the same time, in the pool that is given",
        "All results in one list, in the order of the items",
    ),
)
async def last_piece_takes_the_rest(pool, work, items, n):
    loop = asyncio.get_running_loop()
    length = len(items) // n or 1
    begins = range(0, min(n, len(items)) * length, length)
    ends = [*begins[1:], len(items)]
    pieces = [items[begin:end] for begin, end in zip(begins, ends)]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@wrong(
    "8.4",
    "Call `work` 6 times here, once for each piece.",
    passes=(
        "The event loop is never blocked",
        "All pieces at the same time, in the pool that is given",
        "All results in one list, in the order of the items",
    ),
)
async def pieces_of_a_length(pool, work, items, n):
    loop = asyncio.get_running_loop()
    length = -(-len(items) // n) or 1
    pieces = [items[begin : begin + length] for begin in range(0, len(items), length)]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@wrong(
    "8.4",
    "Let each piece be items that follow one another.",
    passes=("The event loop is never blocked", "All pieces at the same time, in the pool that is given"),
)
async def every_nth(pool, work, items, n):
    loop = asyncio.get_running_loop()
    pieces = [piece for start in range(n) if (piece := items[start::n])]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@wrong(
    "8.4",
    "Send no empty piece.",
    passes=(
        "The event loop is never blocked",
        "All pieces at the same time, in the pool that is given",
        "All results in one list, in the order of the items",
    ),
)
async def sends_empty_pieces(pool, work, items, n):
    loop = asyncio.get_running_loop()
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@wrong(
    "8.4",
    "Hand over all pieces before you await the first.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All results in one list, in the order of the items",
    ),
)
async def one_piece_after_another(pool, work, items, n):
    loop = asyncio.get_running_loop()
    results = []
    for i in range(n):
        if piece := items[len(items) * i // n : len(items) * (i + 1) // n]:
            results += await loop.run_in_executor(pool, work, piece)
    return results


@wrong(
    "8.4",
    "Use the pool that your function gets: `loop.run_in_executor(pool, function, argument)`.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All results in one list, in the order of the items",
    ),
)
async def in_the_default_pool(pool, work, items, n):
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    results = await asyncio.gather(*[asyncio.to_thread(work, piece) for piece in pieces if piece])
    return [result for one in results for result in one]


@wrong(
    "8.4",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "Pieces that follow one another, of nearly the same length",
        "All pieces at the same time, in the pool that is given",
        "All results in one list, in the order of the items",
    ),
)
async def pool_map_blocks(pool, work, items, n):
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    return [result for one in pool.map(work, [piece for piece in pieces if piece]) for result in one]


@wrong("8.4", "Call `work` in the pool.", passes=("All results in one list, in the order of the items",))
async def works_on_the_loop(pool, work, items, n):
    return work(items)


@wrong(
    "8.4",
    "Join the pieces' results to one list.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All pieces at the same time, in the pool that is given",
    ),
)
async def a_list_of_lists(pool, work, items, n):
    loop = asyncio.get_running_loop()
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    return await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces if piece])


@wrong(
    "8.4",
    "Put the results in the order of the items.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All pieces at the same time, in the pool that is given",
    ),
)
async def as_they_are_done(pool, work, items, n):
    loop = asyncio.get_running_loop()
    pieces = [items[len(items) * i // n : len(items) * (i + 1) // n] for i in range(n)]
    futures = [loop.run_in_executor(pool, work, piece) for piece in pieces if piece]
    return [result for one in asyncio.as_completed(futures) for result in await one]


@wrong(
    "8.4",
    "Send every item: some pieces are one longer.",
    passes=("The event loop is never blocked", "All pieces at the same time, in the pool that is given"),
)
async def loses_the_rest(pool, work, items, n):
    loop = asyncio.get_running_loop()
    length = len(items) // n or 1
    pieces = [items[i * length : (i + 1) * length] for i in range(min(n, len(items)))]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for one in results for result in one]


@wrong("8.4", "Give the thread the function, without calling it; its arguments come after it.")
async def calls_it_before_the_pool(pool, work, items, n):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, work(items))


@wrong(
    "8.4",
    "Leave the pool open: it belongs to whoever has made it.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All results in one list, in the order of the items",
    ),
)
async def shuts_the_pool_of_another(pool, work, items, n):
    loop = asyncio.get_running_loop()
    ends = [len(items) * place // n for place in range(n + 1)]
    pieces = [items[begin:end] for begin, end in itertools.pairwise(ends) if begin < end]
    with pool:
        results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for piece in results for result in piece]


@wrong(
    "8.4",
    "Return a result for each item.",
    passes=(
        "The event loop is never blocked",
        "Pieces that follow one another, of nearly the same length",
        "All pieces at the same time, in the pool that is given",
    ),
)
async def leaves_nothing_out_but_nothing(pool, work, items, n):
    loop = asyncio.get_running_loop()
    ends = [len(items) * place // n for place in range(n + 1)]
    pieces = [items[begin:end] for begin, end in itertools.pairwise(ends) if begin < end]
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces])
    return [result for piece in results for result in piece if result]
