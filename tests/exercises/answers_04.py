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

from tests.exercises.answers import Right, Wrong

# --- 4.1 ---


async def gives_the_method(client, city):
    return await asyncio.to_thread(client.weather, city)


async def gives_a_lambda(client, city):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: client.weather(city))


async def calls_it_first(client, city):
    return await asyncio.to_thread(client.weather(city), city)


async def calls_it_inline(client, city):
    return client.weather(city)


async def gives_another_method(client, city):
    return await asyncio.to_thread(client.city, city)


async def forgets_to_await(client, city):
    return asyncio.to_thread(client.weather, city)


async def forgets_to_return(client, city):
    await asyncio.to_thread(client.weather, city)


async def runs_a_loop_inside(client, city):
    return asyncio.run(asyncio.to_thread(client.weather, city))


# --- 4.2 ---


async def a_client_for_each_call(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.to_thread(weather, city)) for city in cities]
    return [task.result() for task in tasks]


async def a_pool_of_its_own(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=len(cities)) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, weather, city) for city in cities])


async def four_threads_with_a_client_each(connect, cities):
    todo, answers = iter(list(enumerate(cities))), {}

    def work():
        with connect() as client:
            for place, city in todo:
                answers[place] = client.weather(city)

    await asyncio.gather(*[asyncio.to_thread(work) for _ in range(4)])
    return [answers[place] for place in range(len(cities))]


async def inline_one_by_one(connect, cities):
    with connect() as client:
        return [client.weather(city) for city in cities]


async def inline_in_coroutines(connect, cities):
    async def weather(city):
        with connect() as client:
            return client.weather(city)

    return await asyncio.gather(*[weather(city) for city in cities])


async def awaits_each_thread(connect, cities):
    with connect() as client:
        return [await asyncio.to_thread(client.weather, city) for city in cities]


async def shares_one_client(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather, city) for city in cities])


async def locks_one_client(connect, cities):
    lock = threading.Lock()
    with connect() as client:

        def weather(city):
            with lock:
                return client.weather(city)

        return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


async def in_the_order_of_completion(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    return [await each for each in asyncio.as_completed([asyncio.to_thread(weather, city) for city in cities])]


async def leaves_clients_open(connect, cities):
    return await asyncio.gather(*[asyncio.to_thread(lambda city: connect().weather(city), city) for city in cities])


async def calls_them_first(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather(city)) for city in cities])


async def returns_nothing(connect, cities):
    def weather(city):
        with connect() as client:
            client.weather(city)

    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


# --- 4.3 ---


async def jobs_in_a_pool_of_their_own(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=6) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, job) for job in jobs])


async def four_places_of_the_default_pool(jobs):
    places = asyncio.Semaphore(4)

    async def run(job):
        async with places:
            return await asyncio.to_thread(job)

    return await asyncio.gather(*[run(job) for job in jobs])


async def a_thread_for_each_job(jobs):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=len(jobs))
    try:
        return await asyncio.gather(*(loop.run_in_executor(pool, job) for job in jobs))
    finally:
        pool.shutdown()


async def all_to_the_default_pool(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job) for job in jobs])


async def a_smaller_default_pool(jobs):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=8))
    return await asyncio.gather(*[loop.run_in_executor(None, job) for job in jobs])


async def jobs_inline(jobs):
    return [job() for job in jobs]


async def maps_and_blocks(jobs):
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda job: job(), jobs))


async def awaits_after_the_pool(jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [loop.run_in_executor(pool, job) for job in jobs]
    return await asyncio.gather(*futures)


async def one_job_at_a_time(jobs):
    return [await asyncio.to_thread(job) for job in jobs]


async def jobs_as_they_complete(jobs):
    loop = asyncio.get_running_loop()
    results = []
    with ThreadPoolExecutor(max_workers=8) as pool:
        for each in asyncio.as_completed([loop.run_in_executor(pool, job) for job in jobs]):
            results.insert(0, await each)
    return results


async def calls_the_jobs_first(jobs):
    return await asyncio.gather(*[asyncio.to_thread(job()) for job in jobs])


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
IN_ANOTHER_ORDER = dict(reversed(KNOWS.items()))
NOTHING_BLOCKS = dict.fromkeys(KNOWS, "nothing")
QUERY_AWAITS_FIRST = KNOWS | {"query": "nothing"}
A_PROCESS_FOR_THE_DATABASE = KNOWS | {"query": "process"}
ALL_CORES = KNOWS | {"summarise": "nothing"}
A_THREAD_CALCULATES = KNOWS | {"summarise": "thread"}
NAMES_NEED_A_THREAD = KNOWS | {"look_up": "thread"}
TWO_BRIDGES = KNOWS | {"export": "thread"}
FIVE_OF_SIX = {name: word for name, word in KNOWS.items() if name != "query"}
ANOTHER_WORD = KNOWS | {"download": "to_thread"}
ONLY_NAMES = ["download", "query", "summarise"]

# --- 4.5 ---


async def waits_then_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    await asyncio.wait([task], timeout=seconds)
    stop.set()
    return await task


async def lets_the_loop_set(job, seconds):
    stop = threading.Event()
    timer = asyncio.get_running_loop().call_later(seconds, stop.set)
    try:
        return await asyncio.to_thread(job, stop)
    finally:
        timer.cancel()


async def shields_and_sets(job, seconds):
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(job, stop))
    try:
        return await asyncio.wait_for(asyncio.shield(task), seconds)
    except TimeoutError:
        stop.set()
        return await task


async def cancels_by_timeout(job, seconds):
    async with asyncio.timeout(seconds):
        return await asyncio.to_thread(job, threading.Event())


async def swallows_the_timeout(job, seconds):
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, threading.Event()), seconds)
    except TimeoutError:
        return None


async def sets_and_forgets(job, seconds):
    stop = threading.Event()
    try:
        return await asyncio.wait_for(asyncio.to_thread(job, stop), seconds)
    except TimeoutError:
        stop.set()
        await asyncio.sleep(0.3)
        return None


async def never_sets(job, seconds):
    task = asyncio.create_task(asyncio.to_thread(job, threading.Event()))
    await asyncio.wait([task], timeout=seconds)
    return await task


async def job_inline(job, seconds):
    async with asyncio.timeout(seconds):
        return job(threading.Event())


async def sets_at_once(job, seconds):
    stop = threading.Event()
    stop.set()
    return await asyncio.to_thread(job, stop)


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


def a_thread_that_runs_it(url, cities):
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(asyncio.run(fetch_all(url, cities))))
    thread.start()
    thread.join()
    return answers


def a_pool_of_one(url, cities):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(fetch_all(url, cities))).result()


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


def asks_which_place_it_is(url, cities):
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, fetch_all(url, cities)).result()


def only_a_script(url, cities):
    return asyncio.run(fetch_all(url, cities))


def only_a_notebook(url, cities):
    loop = asyncio.get_running_loop()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


def locks_itself_up(url, cities):
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


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


async def still_a_coroutine(url, cities):
    return await fetch_all(url, cities)


def one_city_after_another(url, cities):
    async def run():
        async with aiohttp.ClientSession(url) as session:
            return [await fetch(session, city) for city in cities]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


def leaves_its_loop_running(url, cities):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


def prints_the_answers(url, cities):
    print(a_pool_of_one(url, cities))


RIGHT = (
    Right("4.1", gives_the_method),
    Right("4.1", gives_a_lambda),
    Right("4.2", a_client_for_each_call),
    Right("4.2", a_pool_of_its_own),
    Right("4.2", four_threads_with_a_client_each),
    Right("4.3", jobs_in_a_pool_of_their_own),
    Right("4.3", four_places_of_the_default_pool),
    Right("4.3", a_thread_for_each_job),
    Right("4.4", KNOWS),
    Right("4.4", IN_ANOTHER_ORDER),
    Right("4.5", waits_then_sets),
    Right("4.5", lets_the_loop_set),
    Right("4.5", shields_and_sets),
    Right("4.6", a_thread_that_runs_it),
    Right("4.6", a_pool_of_one),
    Right("4.6", a_loop_in_a_thread),
    Right("4.6", asks_which_place_it_is),
)

A_THREAD = "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`."
THE_FUNCTION = "Give `to_thread` the function, without calling it; its arguments come after it."
TELL_IT = "Tell the thread to stop: set the event that the job looks at."
OWN_POOL = "Give the jobs a pool of their own, or let fewer of them into the default pool."
INSIDE = "Await the jobs inside the `with` block of the pool; `pool.map` and `result()` block."
WRONG = (
    Wrong("4.1", calls_it_first, THE_FUNCTION),
    Wrong("4.1", calls_it_inline, A_THREAD),  # belief 3
    Wrong("4.1", gives_another_method, "Ask for /cities/oslo/weather."),
    Wrong("4.1", forgets_to_await, "Await what you return."),
    Wrong("4.1", forgets_to_return, "Return what the thread returns."),
    Wrong("4.1", runs_a_loop_inside, "Write `await` where you wrote `asyncio.run` or `run_until_complete`."),
    Wrong("4.2", inline_one_by_one, A_THREAD),  # belief 3
    Wrong("4.2", inline_in_coroutines, A_THREAD),  # belief 3
    Wrong("4.2", awaits_each_thread, "Start all calls before you await the first."),
    Wrong("4.2", locks_one_client, "Start all calls before you await the first."),
    Wrong("4.2", shares_one_client, "Open a client for each call, or for each thread."),
    Wrong("4.2", in_the_order_of_completion, "Put the answers in the order of the cities."),
    Wrong("4.2", leaves_clients_open, "Close each client: `with connect() as client:`."),
    Wrong("4.2", calls_them_first, THE_FUNCTION),
    Wrong("4.2", returns_nothing, "Let every task return its answer."),
    Wrong("4.3", all_to_the_default_pool, OWN_POOL),  # belief 24
    Wrong("4.3", a_smaller_default_pool, OWN_POOL),  # belief 24
    Wrong("4.3", jobs_inline, "Give each job to a thread."),
    Wrong("4.3", maps_and_blocks, INSIDE),
    Wrong("4.3", awaits_after_the_pool, INSIDE),
    Wrong("4.3", one_job_at_a_time, "Let at least 4 jobs run at once."),
    Wrong("4.3", jobs_as_they_complete, "Put the results in the order of the jobs."),
    Wrong("4.3", calls_the_jobs_first, THE_FUNCTION),
    Wrong("4.3", forgets_the_results, "Return the results."),
    Wrong("4.4", NOTHING_BLOCKS, "Run `download` beside a heartbeat."),  # belief 3
    Wrong("4.4", QUERY_AWAITS_FIRST, "Run `query` beside a heartbeat."),
    Wrong("4.4", A_PROCESS_FOR_THE_DATABASE, "A thread is enough for `query`."),
    Wrong("4.4", ALL_CORES, "Run `summarise` beside a heartbeat."),  # belief 4
    Wrong("4.4", A_THREAD_CALCULATES, "Give `summarise` a process: it is Python that calculates."),  # belief 5
    Wrong("4.4", NAMES_NEED_A_THREAD, "Leave `look_up` as it is."),
    Wrong("4.4", TWO_BRIDGES, "Leave `export` as it is."),
    Wrong("4.4", FIVE_OF_SIX, "Say what `query` needs, too."),
    Wrong("4.4", ANOTHER_WORD, 'Use one of the words "nothing", "thread", "process".'),
    Wrong("4.4", ONLY_NAMES, "Give the dictionary with a word for each method."),
    Wrong("4.5", cancels_by_timeout, TELL_IT),  # belief 12
    Wrong("4.5", swallows_the_timeout, TELL_IT),  # belief 12
    Wrong("4.5", sets_and_forgets, "Return what the job returns: it counts its steps also when it is stopped."),
    Wrong("4.5", never_sets, "Set the event when the seconds are over."),
    Wrong("4.5", job_inline, "Give the job to a thread: `asyncio.to_thread(job, stop)`."),
    Wrong("4.5", sets_at_once, "Set the event only when the seconds are over."),
    Wrong("4.5", calls_the_job_first, THE_FUNCTION),
    Wrong(
        "4.6",
        only_a_script,
        "Run the coroutine in a thread of its own: in a notebook's thread a loop is running already.",
    ),
    Wrong("4.6", only_a_notebook, "Start a loop for it: a script has none."),
    Wrong(
        "4.6", locks_itself_up, "Let a loop in *another* thread run the coroutine: this one waits for your function."
    ),
    Wrong(
        "4.6",  # belief 17
        does_not_wake_the_loop,
        "Hand the coroutine over with `asyncio.run_coroutine_threadsafe`: it wakes the loop.",
    ),
    Wrong("4.6", still_a_coroutine, "Begin with `def weather_now`, without `async`: who calls it can't await."),
    Wrong("4.6", one_city_after_another, "Start all 6 before you await the first."),
    Wrong("4.6", leaves_its_loop_running, "End the thread and the loop that you start."),
    Wrong("4.6", prints_the_answers, "Return the answers."),
)
