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

from helpers.legacy import Client
from tests.exercises.answers import right, wrong

# --- 4.1 ---


@right("4.1")
async def gives_the_method(client, city):
    return await asyncio.to_thread(client.weather, city)


@right("4.1")
async def gives_a_lambda(client, city):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: client.weather(city))


@wrong("4.1", "Give the thread the function, without calling it; its arguments come after it.")
async def calls_it_first(client, city):
    return await asyncio.to_thread(client.weather(city), city)


@wrong(
    "4.1",
    "Give the blocking call to a thread: `await asyncio.to_thread(function, argument)`.",
    passes=("The service was asked for its weather, once", "It returns the weather of the city that it is given"),
)  # belief 3
async def calls_it_inline(client, city):
    return client.weather(city)


@wrong("4.1", "Ask for /cities/quito/weather.", passes=("The event loop is never blocked",))
async def gives_another_method(client, city):
    return await asyncio.to_thread(client.city, city)


@wrong("4.1", "Await what you return.")
async def forgets_to_await(client, city):
    return asyncio.to_thread(client.weather, city)


@wrong(
    "4.1",
    "Return what the thread returns.",
    passes=("The event loop is never blocked", "The service was asked for its weather, once"),
)
async def forgets_to_return(client, city):
    await asyncio.to_thread(client.weather, city)


@wrong("4.1", "Write `await` where you wrote `asyncio.run` or `run_until_complete`.")
async def runs_a_loop_inside(client, city):
    return asyncio.run(asyncio.to_thread(client.weather, city))


@right("4.1")
async def waits_for_a_pool_of_one(client, city):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        return await loop.run_in_executor(pool, client.weather, city)


@right("4.1")
async def sets_a_future_from_a_thread(client, city):
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def work():
        loop.call_soon_threadsafe(future.set_result, client.weather(city))

    threading.Thread(target=work).start()
    return await future


@wrong(
    "4.1",
    "Ask for the city that your function gets.",
    passes=("The event loop is never blocked", "The service was asked for its weather, once"),
)
async def hard_coded_city(client, city):
    return await asyncio.to_thread(client.weather, "quito")


@wrong(
    "4.1",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=("The service was asked for its weather, once", "It returns the weather of the city that it is given"),
)
async def result_blocks(client, city):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(client.weather, city).result()


@wrong(
    "4.1",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=("The service was asked for its weather, once", "It returns the weather of the city that it is given"),
)
async def thread_join(client, city):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.weather(city)))
    thread.start()
    thread.join()
    return answers[0]


@wrong("4.1", "Give the thread something that can be called: a method of the client.")
async def function_name_as_text(client, city):
    return await asyncio.to_thread("client.weather", city)


@wrong("4.1", "Give the thread something that can be called: a method of the client.")
async def client_in_place_of_method(client, city):
    return await asyncio.to_thread(client, city)


@wrong("4.1", "Give the city as well: a function's arguments come after it.")
async def forgets_the_city(client, city):
    return await asyncio.to_thread(client.weather)


@wrong(
    "4.1",
    "Ask the service, with the client.",
    passes=("The event loop is never blocked", "It returns the weather of the city that it is given"),
)
async def asks_for_nothing(client, city):
    return {"city": city, "temperature_c": 21.0}


@wrong(
    "4.1",
    "Ask for each page once.",
    passes=("The event loop is never blocked", "It returns the weather of the city that it is given"),
)
async def asks_twice(client, city):
    await asyncio.to_thread(client.weather, city)
    return await asyncio.to_thread(client.weather, city)


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
        "All answers, in the order of the cities",
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
        "All answers, in the order of the cities",
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
        "The event loop is never blocked",
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
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
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def shares_one_client(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather, city) for city in cities])


@wrong(
    "4.2",
    "Open a client for each call, or for each thread.",
    passes=(
        "The event loop is never blocked",
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
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
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
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
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
    ),
)
async def leaves_clients_open(connect, cities):
    return await asyncio.gather(*[asyncio.to_thread(lambda city: connect().weather(city), city) for city in cities])


@wrong("4.2", "Give the thread the function, without calling it; its arguments come after it.")
async def calls_them_first(connect, cities):
    with connect() as client:
        return await asyncio.gather(*[asyncio.to_thread(client.weather(city)) for city in cities])


@wrong(
    "4.2",
    "Let every task return its answer.",
    passes=(
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
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


@right("4.2")
async def a_client_for_each_thread(connect, cities):
    own, opened = threading.local(), []

    def weather(city):
        if not hasattr(own, "client"):
            own.client = connect()
            opened.append(own.client)
        return own.client.weather(city)

    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(5)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, weather, city) for city in cities])
    finally:
        await asyncio.to_thread(pool.shutdown)
        for client in opened:
            client.close()


@wrong(
    "4.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def blocks_with_exit(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(8) as pool:
        futures = [loop.run_in_executor(pool, weather, city) for city in cities]
    return await asyncio.gather(*futures)


@wrong(
    "4.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def futures_result(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(weather, city) for city in cities]
        return [future.result() for future in futures]


@wrong(
    "4.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def pool_map_on_the_loop(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(weather, cities))


@wrong(
    "4.2",
    "Await the threads: `result()`, `join()`, `pool.map` and the end of a pool's `with` block the loop.",
    passes=(
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def only_the_last_is_joined(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    first = await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities[:-1]])
    with ThreadPoolExecutor(1) as pool:
        return [*first, pool.submit(weather, cities[-1]).result()]


@wrong("4.2", "Ask each client inside its own `with` block, in the same function.")
async def closed_too_early(connect, cities):
    clients = []
    for _ in cities:
        with connect() as client:
            clients.append(client)
    calls = [asyncio.to_thread(client.weather, city) for client, city in zip(clients, cities)]
    return await asyncio.gather(*calls)


@wrong(
    "4.2",
    "Let at least 4 calls run at the same time.",
    passes=(
        "The event loop is never blocked",
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def three_at_a_time(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(3) as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, weather, city) for city in cities])


@wrong(
    "4.2",
    "Put the answers in the order of the cities.",
    passes=(
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
        "No client is used by two threads at once",
        "The service was asked for each city once",
        "Every client is closed",
    ),
)
async def sorted_cities(connect, cities):
    def weather(city):
        with connect() as client:
            return client.weather(city)

    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in sorted(cities)])


@wrong(
    "4.2",
    "Return each city's answer in the city's place.",
    passes=(
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
        "No client is used by two threads at once",
        "Every client is closed",
    ),
)
async def late_binding_of_city(connect, cities):
    calls = []
    for city in cities:

        def weather():
            with connect() as client:
                return client.weather(city)

        calls.append(asyncio.to_thread(weather))
    return await asyncio.gather(*calls)


@wrong(
    "4.2",
    "Close each client: `with connect() as client:`.",
    passes=(
        "The event loop is never blocked",
        "At least 4 calls in flight at once",
        "No client is used by two threads at once",
        "All answers, in the order of the cities",
        "The service was asked for each city once",
    ),
)
async def opens_clients_that_it_does_not_use(connect, cities):
    def weather(city):
        client = connect()
        with connect() as client:
            return client.weather(city)

    return await asyncio.gather(*[asyncio.to_thread(weather, city) for city in cities])


# --- 4.3 ---

KNOWS = {
    "announce": "nothing",
    "download": "thread",
    "look_up": "nothing",
    "query": "thread",
    "summarise": "process",
    "export": "nothing",
}
right("4.3")(KNOWS)
IN_ANOTHER_ORDER = dict(reversed(KNOWS.items()))
right("4.3")(IN_ANOTHER_ORDER)
NOTHING_BLOCKS = dict.fromkeys(KNOWS, "nothing")
wrong(
    "4.3",
    "Run `download` inside a timeline.",
    passes=("One of 3 words for each of 6 methods", "What needs no bridge has none"),
)(NOTHING_BLOCKS)  # belief 3
QUERY_AWAITS_FIRST = KNOWS | {"query": "nothing"}
wrong(
    "4.3",
    "Run `query` inside a timeline.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What calculates has a process of its own",
        "What needs no bridge has none",
    ),
)(QUERY_AWAITS_FIRST)
A_PROCESS_FOR_THE_DATABASE = KNOWS | {"query": "process"}
wrong(
    "4.3",
    "A thread is enough for `query`.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What calculates has a process of its own",
        "What needs no bridge has none",
    ),
)(A_PROCESS_FOR_THE_DATABASE)
ALL_CORES = KNOWS | {"summarise": "nothing"}
wrong(
    "4.3",
    "Run `summarise` inside a timeline.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What needs no bridge has none",
    ),
)(ALL_CORES)  # belief 4
A_THREAD_CALCULATES = KNOWS | {"summarise": "thread"}
wrong(
    "4.3",
    "Give `summarise` a process: it is Python that calculates.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What needs no bridge has none",
    ),
)(A_THREAD_CALCULATES)  # belief 5
NAMES_NEED_A_THREAD = KNOWS | {"look_up": "thread"}
wrong(
    "4.3",
    "Leave `look_up` as it is.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What calculates has a process of its own",
    ),
)(NAMES_NEED_A_THREAD)
TWO_BRIDGES = KNOWS | {"export": "thread"}
wrong(
    "4.3",
    "Leave `export` as it is.",
    passes=(
        "One of 3 words for each of 6 methods",
        "What keeps the loop waiting has a bridge",
        "What calculates has a process of its own",
    ),
)(TWO_BRIDGES)
FIVE_OF_SIX = {name: word for name, word in KNOWS.items() if name != "query"}
wrong("4.3", "Say what `query` needs, too.")(FIVE_OF_SIX)
ANOTHER_WORD = KNOWS | {"download": "to_thread"}
wrong("4.3", 'Use one of the words "nothing", "thread", "process".')(ANOTHER_WORD)
BLANK = KNOWS | {"query": ...}
wrong("4.3", "Say what `query` needs, too.")(BLANK)
ONLY_NAMES = ["download", "query", "summarise"]
wrong("4.3", "Give the dictionary with a word for each method.")(ONLY_NAMES)


# --- 4.4 ---


async def fetch(session, city):
    async with session.get(f"/cities/{city}/weather") as response:
        return await response.json()


async def fetch_all(url, cities):
    async with aiohttp.ClientSession(url) as session:
        return await asyncio.gather(*[fetch(session, city) for city in cities])


@right("4.4")
def a_thread_that_runs_it(url, cities):
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(asyncio.run(fetch_all(url, cities))))
    thread.start()
    thread.join()
    return answers


@right("4.4")
def a_pool_of_one(url, cities):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(fetch_all(url, cities))).result()


@right("4.4")
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


@right("4.4")
def asks_which_place_it_is(url, cities):
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, fetch_all(url, cities)).result()


@wrong("4.4", "Run the coroutine in a thread of its own: in a notebook's thread a loop is running already.")
def only_a_script(url, cities):
    return asyncio.run(fetch_all(url, cities))


@wrong("4.4", "Start a loop for it: a script has none.")
def only_a_notebook(url, cities):
    loop = asyncio.get_running_loop()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong("4.4", "Let a loop in *another* thread run the coroutine: this one waits for your function.")
def locks_itself_up(url, cities):
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong("4.4", "Hand the coroutine over with `asyncio.run_coroutine_threadsafe`: it wakes the loop.")  # belief 17
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


@wrong("4.4", "Begin with `def weather_now`, without `async`: the caller doesn't await it.")
async def still_a_coroutine(url, cities):
    return await fetch_all(url, cities)


@wrong(
    "4.4",
    "Start all 6 before you await the first.",
    passes=(
        "It returns the answers, in the order of the cities, in a script and in a notebook",
        "The service was asked for each city once",
        "It runs `fetch_all`",
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
    "4.4",
    "End the thread and the loop that you start.",
    passes=(
        "It returns the answers, in the order of the cities, in a script and in a notebook",
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
    ),
)
def leaves_its_loop_running(url, cities):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()


@wrong(
    "4.4",
    "Return the answers.",
    passes=(
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
        "Nothing goes on after it has returned",
    ),
)
def prints_the_answers(url, cities):
    print(a_pool_of_one(url, cities))


def returns_future(url, cities):
    return ThreadPoolExecutor(1).submit(asyncio.run, fetch_all(url, cities))


wrong("4.4", "Return the future's result: `future.result()` waits for it.")(returns_future)


@wrong(
    "4.4",
    "Return the list itself.",
    passes=(
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
    ),
)
def returns_task_in_notebook(url, cities):
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(fetch_all(url, cities))
    return loop.create_task(fetch_all(url, cities))


@wrong(
    "4.4",
    "Return the answers as a list.",
    passes=(
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
        "Nothing goes on after it has returned",
    ),
)
def returns_a_number(url, cities):
    a_pool_of_one(url, cities)
    return 42


@wrong(
    "4.4",
    "Run the coroutine `fetch_all`.",
    passes=(
        "It returns the answers, in the order of the cities, in a script and in a notebook",
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "Nothing goes on after it has returned",
    ),
)
def requests_in_threads(url, cities):
    def weather(city):
        with Client(url) as client:
            return client.weather(city)

    with ThreadPoolExecutor(len(cities)) as pool:
        return list(pool.map(weather, cities))


@wrong("4.4", "Wait for the thread, and for its result, before you return.")
def thread_not_joined(url, cities):
    answers = []
    threading.Thread(target=lambda: answers.extend(asyncio.run(fetch_all(url, cities)))).start()
    return answers


@wrong(
    "4.4",
    "Wait until the thread has ended: `join()` it. Then close its loop.",
    passes=(
        "It returns the answers, in the order of the cities, in a script and in a notebook",
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
    ),
)
def thread_still_ending(url, cities):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever).start()
    answers = asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()
    loop.call_soon_threadsafe(loop.call_later, 0.05, loop.stop)
    return answers


@right("4.4")
def loop_not_closed(url, cities):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    answers = asyncio.run_coroutine_threadsafe(fetch_all(url, cities), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    return answers


_kept: list[ThreadPoolExecutor] = []


@wrong(
    "4.4",
    "End the thread that you start: `join()` it, or shut its pool down.",
    passes=(
        "It returns the answers, in the order of the cities, in a script and in a notebook",
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
    ),
)
def keeps_its_pool(url, cities):
    pool = ThreadPoolExecutor(1)
    _kept.append(pool)
    return pool.submit(asyncio.run, fetch_all(url, cities)).result()


@wrong("4.4", "Return 6 answers.", passes=("It runs `fetch_all`", "Nothing goes on after it has returned"))
def first_cities_only(url, cities):
    return a_pool_of_one(url, cities[:4])


@wrong(
    "4.4",
    "Put the answers in the order of the cities.",
    passes=(
        "The service was asked for each city once",
        "The service had all 6 requests in flight",
        "It runs `fetch_all`",
        "Nothing goes on after it has returned",
    ),
)
def sorts_the_cities(url, cities):
    return a_pool_of_one(url, sorted(cities))
