"""Answers to the exercises of 04, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import aiohttp

from tests.exercises.answers import right, wrong

# --- 4.1 ---


@right("4.1")
async def gives_the_method(client, city):
    return await asyncio.to_thread(client.weather, city)


@right("4.1")
async def gives_a_lambda(client, city):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: client.weather(city))


@wrong("4.1", "Give `to_thread` the function, without calling it; its arguments come after it.")
async def calls_it_first(client, city):
    return await asyncio.to_thread(client.weather(city), city)


@wrong(
    "4.1",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=("The service was asked for the weather of Oslo, once", "It returns the weather of the city"),
)  # belief 3
async def calls_it_inline(client, city):
    return client.weather(city)


@wrong("4.1", "Ask for /cities/oslo/weather.", passes=("The loop stays free",))
async def gives_another_method(client, city):
    return await asyncio.to_thread(client.city, city)


@wrong("4.1", "Await what you return.")
async def forgets_to_await(client, city):
    return asyncio.to_thread(client.weather, city)


@wrong(
    "4.1",
    "Return what the thread returns.",
    passes=("The loop stays free", "The service was asked for the weather of Oslo, once"),
)
async def forgets_to_return(client, city):
    await asyncio.to_thread(client.weather, city)


@wrong("4.1", "Write `await` where you wrote `asyncio.run` or `run_until_complete`.")
async def runs_a_loop_inside(client, city):
    return asyncio.run(asyncio.to_thread(client.weather, city))


# --- 4.2 ---


@right("4.2")
async def a_client_for_each_call(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.to_thread(weather, city)) for city in cities]
    return [task.result() for task in tasks]


@right("4.2")
async def a_pool_of_its_own(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=len(cities)) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, weather, city) for city in cities])


@right("4.2")
async def four_threads_with_a_client_each(connect, cities):
    todo, answers = iter(list(enumerate(cities))), {}

    def work():
        with connect() as client:
            for place, city in todo:
                answers[place] = client.weather(city)

    await asyncio.gather(*[asyncio.to_thread(work) for _ in range(4)])
    return [answers[place] for place in range(len(cities))]


@wrong(
    "4.2",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=(
        "No client is used by two threads at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)  # belief 3
async def inline_one_by_one(connect, cities):
    with connect() as client:
        return [client.weather(city) for city in cities]


@wrong(
    "4.2",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=(
        "No client is used by two threads at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)  # belief 3
async def inline_in_coroutines(connect, cities):
    async def weather(city):
        with connect() as client:
            return client.weather(city)

    return await asyncio.gather(*[weather(city) for city in cities])


@wrong(
    "4.2",
    "Start all calls before you await the first.",
    passes=(
        "The loop stays free",
        "No client is used by two threads at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def awaits_each_thread(connect, cities):
    with connect() as client:
        return [await asyncio.to_thread(client.weather, city) for city in cities]


@wrong(
    "4.2",
    "Open a client for each call, or for each thread.",
    passes=(
        "The loop stays free",
        "At least 4 calls under way at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def shares_one_client(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather, city) for city in cities])


@wrong(
    "4.2",
    "Start all calls before you await the first.",
    passes=(
        "The loop stays free",
        "No client is used by two threads at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def locks_one_client(connect, cities):
    lock = threading.Lock()
    with connect() as client:

        def weather(city):
            with lock:
                return client.weather(city)

        return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


@wrong(
    "4.2",
    "Put the answers in the order of the cities.",
    passes=(
        "The loop stays free",
        "At least 4 calls under way at once",
        "No client is used by two threads at once",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def in_the_order_of_completion(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    return [await each for each in asyncio.as_completed([asyncio.to_thread(weather, city) for city in cities])]


@wrong(
    "4.2",
    "Close each client: `with connect() as client:`.",
    passes=(
        "The loop stays free",
        "At least 4 calls under way at once",
        "No client is used by two threads at once",
        "All 8 answers, in the order of the cities",
        "The service was asked for each city once",
    ),
)
async def leaves_clients_open(connect, cities):
    return await asyncio.gather(*[asyncio.to_thread(lambda city: connect().weather(city), city) for city in cities])


@wrong("4.2", "Give `to_thread` the function, without calling it; its arguments come after it.")
async def calls_them_first(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather(city)) for city in cities])


@wrong(
    "4.2",
    "Let every task return its answer.",
    passes=(
        "The loop stays free",
        "At least 4 calls under way at once",
        "No client is used by two threads at once",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def returns_nothing(connect, cities):
    def weather(city):
        with connect() as client:
            client.weather(city)

    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


# --- 4.3 ---


@right("4.3")
async def jobs_in_a_pool_of_their_own(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=6) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


@right("4.3")
async def four_places_of_the_default_pool(jobs):
    places = asyncio.Semaphore(4)

    async def run(job):
        async with places:
            return await asyncio.to_thread(job)

    return await asyncio.gather(*[run(job) for job in jobs])


@right("4.3")
async def a_thread_for_each_job(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=len(jobs))
    try:
        return await asyncio.gather(*(loop.run_in_executor(pool, job) for job in jobs))
    finally:
        pool.shutdown()


@wrong(
    "4.3",
    "Give the jobs a pool of their own, or let fewer of them into the default pool.",
    passes=("The loop stays free", "At least 4 jobs under way at once", "All 40 results, in the order of the jobs"),
)  # belief 24
async def all_to_the_default_pool(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job) for job in jobs])


@wrong(
    "4.3",
    "Give the jobs a pool of their own, or let fewer of them into the default pool.",
    passes=("The loop stays free", "At least 4 jobs under way at once", "All 40 results, in the order of the jobs"),
)  # belief 24
async def a_smaller_default_pool(jobs):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=8))
    return await asyncio.gather(*[loop.run_in_executor(None, job) for job in jobs])


@wrong("4.3", "Give each job to a thread.", passes=("All 40 results, in the order of the jobs",))
async def jobs_inline(jobs):
    return [job() for job in jobs]


@wrong(
    "4.3",
    "Await the jobs inside the `with` block of the pool; `pool.map` and `result()` block.",
    passes=("At least 4 jobs under way at once", "All 40 results, in the order of the jobs"),
)
async def maps_and_blocks(jobs):
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda job: job(), jobs))


@wrong(
    "4.3",
    "Await the jobs inside the `with` block of the pool; `pool.map` and `result()` block.",
    passes=("At least 4 jobs under way at once", "All 40 results, in the order of the jobs"),
)
async def awaits_after_the_pool(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [loop.run_in_executor(pool, job) for job in jobs]
    return await asyncio.gather(*futures)


@wrong(
    "4.3",
    "Let at least 4 jobs run at once.",
    passes=(
        "The loop stays free",
        "A name is found while all jobs are busy",
        "All 40 results, in the order of the jobs",
    ),
)
async def one_job_at_a_time(jobs):
    return [await asyncio.to_thread(job) for job in jobs]


@wrong(
    "4.3",
    "Put the results in the order of the jobs.",
    passes=("The loop stays free", "A name is found while all jobs are busy", "At least 4 jobs under way at once"),
)
async def jobs_as_they_complete(jobs):
    loop = asyncio.get_running_loop()
    results = []
    with ThreadPoolExecutor(max_workers=8) as pool:
        for each in asyncio.as_completed([loop.run_in_executor(pool, job) for job in jobs]):
            results.insert(0, await each)
    return results


@wrong("4.3", "Give `to_thread` the function, without calling it; its arguments come after it.")
async def calls_the_jobs_first(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job()) for job in jobs])


@wrong(
    "4.3",
    "Return the results.",
    passes=("The loop stays free", "A name is found while all jobs are busy", "At least 4 jobs under way at once"),
)
async def forgets_the_results(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=8) as pool:
        await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


# --- 4.4 ---

KNOWS = {
    "announce": "nothing",
    "download": "thread",
    "look_up": "nothing",
    "query": "thread",
    "summarise": "process",
    "export": "nothing",
}
right("4.4")(KNOWS)
IN_ANOTHER_ORDER = dict(reversed(KNOWS.items()))
right("4.4")(IN_ANOTHER_ORDER)
NOTHING_BLOCKS = dict.fromkeys(KNOWS, "nothing")
wrong(
    "4.4",
    "Run `download` beside a heartbeat.",
    passes=("One of 3 words for each of 6 methods", "What needs no bridge has none"),
)(NOTHING_BLOCKS)  # belief 3
QUERY_AWAITS_FIRST = KNOWS | {"query": "nothing"}
wrong(
    "4.4",
    "Run `query` beside a heartbeat.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What calculates has a process of its own",
        "What needs no bridge has none",
    ),
)(QUERY_AWAITS_FIRST)
A_PROCESS_FOR_THE_DATABASE = KNOWS | {"query": "process"}
wrong(
    "4.4",
    "A thread is enough for `query`.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What calculates has a process of its own",
        "What needs no bridge has none",
    ),
)(A_PROCESS_FOR_THE_DATABASE)
ALL_CORES = KNOWS | {"summarise": "nothing"}
wrong(
    "4.4",
    "Run `summarise` beside a heartbeat.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What needs no bridge has none",
    ),
)(ALL_CORES)  # belief 4
A_THREAD_CALCULATES = KNOWS | {"summarise": "thread"}
wrong(
    "4.4",
    "Give `summarise` a process: it is Python that calculates.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What needs no bridge has none",
    ),
)(A_THREAD_CALCULATES)  # belief 5
NAMES_NEED_A_THREAD = KNOWS | {"look_up": "thread"}
wrong(
    "4.4",
    "Leave `look_up` as it is.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What calculates has a process of its own",
    ),
)(NAMES_NEED_A_THREAD)
TWO_BRIDGES = KNOWS | {"export": "thread"}
wrong(
    "4.4",
    "Leave `export` as it is.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What calculates has a process of its own",
    ),
)(TWO_BRIDGES)
FIVE_OF_SIX = {name: word for name, word in KNOWS.items() if name != "query"}
wrong("4.4", "Say what `query` needs, too.")(FIVE_OF_SIX)
ANOTHER_WORD = KNOWS | {"download": "to_thread"}
wrong("4.4", 'Use one of the words "nothing", "thread", "process".')(ANOTHER_WORD)
ONLY_NAMES = ["download", "query", "summarise"]
wrong("4.4", "Give the dictionary with a word for each method.")(ONLY_NAMES)

# --- 4.5 ---


@right("4.5")
async def waits_then_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


@right("4.5")
async def lets_the_loop_set(job, seconds):
    stop = threading.Event()
    timer = asyncio.get_running_loop().call_later(seconds, stop.set)
    try:
        return await asyncio.to_thread(job, stop)
    finally:
        timer.cancel()


@right("4.5")
async def shields_and_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    try:
        return await asyncio.wait_for(asyncio.shield(task), seconds)
    except TimeoutError:
        stop.set()
        return await task


@wrong("4.5", "Tell the thread to stop: set the event that the job looks at.")  # belief 12
async def cancels_by_timeout(job, seconds):
    async with asyncio.timeout(seconds):
        return await asyncio.to_thread(job, threading.Event())


@wrong(
    "4.5",
    "Tell the thread to stop: set the event that the job looks at.",
    passes=("The job runs in a thread", "A job that is done in time is not disturbed"),
)  # belief 12
async def swallows_the_timeout(job, seconds):
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, threading.Event()), seconds)
    except TimeoutError:
        return None


@wrong(
    "4.5",
    "Return what the job returns: it counts its steps also when it is stopped.",
    passes=(
        "The job runs in a thread",
        "After the time limit the job is told to stop, and has ended when you return",
        "A job that is done in time is not disturbed",
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
    "4.5",
    "Set the event when the seconds are over.",
    passes=(
        "The job runs in a thread",
        "It returns what the job has found by then",
        "A job that is done in time is not disturbed",
    ),
)
async def never_sets(job, seconds):
    task = asyncio.create_task(asyncio.to_thread(job, threading.Event()))
    await asyncio.wait([task], timeout=seconds)
    return await task


@wrong("4.5", "Give the job to a thread: `asyncio.to_thread(job, stop)`.")
async def job_inline(job, seconds):
    async with asyncio.timeout(seconds):
        return job(threading.Event())


@wrong(
    "4.5",
    "Set the event only when the seconds are over.",
    passes=(
        "The job runs in a thread",
        "After the time limit the job is told to stop, and has ended when you return",
        "It returns what the job has found by then",
    ),
)
async def sets_at_once(job, seconds):
    stop = threading.Event()
    stop.set()
    return await asyncio.to_thread(job, stop)


@wrong("4.5", "Give `to_thread` the function, without calling it; its arguments come after it.")
async def calls_the_job_first(job, seconds):
    stop = threading.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    return await asyncio.to_thread(job(stop))


# --- 4.6 ---


async def fetch(session, city):
    async with session.get(f"/cities/{city}/weather") as response:
        return await response.json()


async def fetch_all(url, cities):
    async with aiohttp.ClientSession(url) as session:
        return await asyncio.gather(*[fetch(session, city) for city in cities])


@right("4.6")
def a_thread_that_runs_it(url, cities):
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(asyncio.run(fetch_all(url, cities))))
    thread.start()
    thread.join()
    return answers


@right("4.6")
def a_pool_of_one(url, cities):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(fetch_all(url, cities))).result()


@right("4.6")
def a_loop_in_a_thread(url, cities):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@right("4.6")
def asks_which_place_it_is(url, cities):
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, fetch_all(url, cities)).result()


@wrong("4.6", "Run the coroutine in a thread of its own: in a notebook's thread a loop is running already.")
def only_a_script(url, cities):
    return asyncio.run(fetch_all(url, cities))


@wrong("4.6", "Start a loop for it: a script has none.")
def only_a_notebook(url, cities):
    loop = asyncio.get_running_loop()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong("4.6", "Let a loop in *another* thread run the coroutine: this one waits for your function.")
def locks_itself_up(url, cities):
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong("4.6", "Hand the coroutine over with `asyncio.run_coroutine_threadsafe`: it wakes the loop.")  # belief 17
def does_not_wake_the_loop(url, cities):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    time.sleep(0.1)  # now it runs
    done, answers = threading.Event(), []

    async def run():
        answers.extend(await fetch_all(url, cities))
        done.set()

    loop.call_soon(functools.partial(loop.create_task, run()))
    done.wait()
    return answers


@wrong("4.6", "Begin with `def weather_now`, without `async`: who calls it can't await.")
async def still_a_coroutine(url, cities):
    return await fetch_all(url, cities)


@wrong(
    "4.6",
    "Start all 6 before you await the first.",
    passes=(
        "All 6 answers, in the order of the cities",
        "The same in a notebook",
        "The service was asked for each city once",
        "Nothing goes on after it has returned",
    ),
)
def one_city_after_another(url, cities):
    async def run():
        async with aiohttp.ClientSession(url) as session:
            return [await fetch(session, city) for city in cities]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@wrong(
    "4.6",
    "End the thread and the loop that you start.",
    passes=(
        "All 6 answers, in the order of the cities",
        "The same in a notebook",
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
    ),
)
def leaves_its_loop_running(url, cities):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong(
    "4.6",
    "Return the answers.",
    passes=(
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "Nothing goes on after it has returned",
    ),
)
def prints_the_answers(url, cities):
    print(a_pool_of_one(url, cities))
