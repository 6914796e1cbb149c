"""Answers to the exercises of 01, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp

from tests.exercises.answers import right, wrong


async def fetch(session: Any, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


# --- 1.1 ---


@right("1.1")
async def groups_three(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))


@right("1.1")
async def gathers_three(session):
    await asyncio.gather(*(fetch(session, city) for city in ["oslo", "lima", "cairo"]))


@wrong("1.1", "Start all 3 before you await the first.", passes=("The service was asked for each of the three, once",))
async def awaits_in_the_group(session):
    async with asyncio.TaskGroup():
        for city in ["oslo", "lima", "cairo"]:
            await fetch(session, city)


@wrong("1.1", "Await each call of fetch, or make a task of it.")
async def only_calls(session):
    async with asyncio.TaskGroup():
        for city in ["oslo", "lima", "cairo"]:
            fetch(session, city)


@wrong("1.1", "Start all 3 before you await the first.", passes=("The service was asked for each of the three, once",))
async def awaits_each_task(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            await group.create_task(fetch(session, city))


@wrong("1.1", "Call the function: a task is made of a coroutine, and a call makes one.")
async def gives_the_function(session):
    async with asyncio.TaskGroup() as group:
        for _ in ["oslo", "lima", "cairo"]:
            group.create_task(fetch)


@wrong("1.1", "Ask for each page once.", passes=("The service had all 3 requests in flight",))
async def asks_for_one_city_only(session):
    async with asyncio.TaskGroup() as group:
        for _ in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, "oslo"))


@wrong("1.1", "Ask for /cities/cairo, too.")
async def starts_two(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima"]:
            group.create_task(fetch(session, city))


# --- 1.2 ---


@right("1.2")
async def groups_all(session, cities):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


@right("1.2")
async def gathers_all(session, cities):
    return await asyncio.gather(*[fetch(session, city) for city in cities])


@right("1.2")
async def awaits_tasks_in_turn(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    return [await task for task in tasks]


@right("1.2")
async def sorts_what_completes(session, cities):
    async def with_place(place, city):
        return place, await fetch(session, city)

    coroutines = [with_place(place, city) for place, city in enumerate(cities)]
    done = [await each for each in asyncio.as_completed(coroutines)]
    return [answer for _, answer in sorted(done, key=lambda pair: pair[0])]


@right("1.2")
async def fills_places(session, cities):
    answers = [None] * len(cities)

    async def put(place, city):
        answers[place] = await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        for place, city in enumerate(cities):
            group.create_task(put(place, city))
    return answers


@right("1.2")
async def as_many_workers_as_cities(session, cities):
    queue = asyncio.Queue()
    for pair in enumerate(cities):
        queue.put_nowait(pair)
    answers = {}

    async def worker():
        while not queue.empty():
            place, city = queue.get_nowait()
            answers[place] = await fetch(session, city)

    await asyncio.gather(*[worker() for _ in cities])
    return [answers[place] for place in range(len(cities))]


@wrong(
    "1.2",
    "Start all 20 before you await the first.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def awaits_in_a_loop(session, cities):
    return [await fetch(session, city) for city in cities]


@wrong(
    "1.2",
    "Put the answers in the order of the cities.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def returns_as_they_complete(session, cities):
    return [await each for each in asyncio.as_completed([fetch(session, city) for city in cities])]


@wrong(
    "1.2",
    "Put the answers in the order of the cities.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def appends_as_they_complete(session, cities):
    answers = []

    async def append(city):
        answers.append(await fetch(session, city))

    await asyncio.gather(*[append(city) for city in cities])
    return answers


@wrong("1.2", "Await the task, and return its result.")
async def returns_tasks(session, cities):
    async with asyncio.TaskGroup() as group:
        return [group.create_task(fetch(session, city)) for city in cities]


@wrong("1.2", "Await what you return.")
async def returns_coroutines(session, cities):
    return [fetch(session, city) for city in cities]


@wrong("1.2", "Await `gather(...)`, and return its result.")
async def forgets_to_await_gather(session, cities):
    return asyncio.gather(*[fetch(session, city) for city in cities])


@wrong(
    "1.2",
    "Use the session that your function gets for every request.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
    ),
)
async def a_session_per_request(session, cities):
    async def fetch_alone(city):
        async with aiohttp.ClientSession(session._base_url) as mine:
            return await fetch(mine, city)

    return await asyncio.gather(*[fetch_alone(city) for city in cities])


@wrong(
    "1.2",
    "Return the answers.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def forgets_to_return(session, cities):
    await asyncio.gather(*[fetch(session, city) for city in cities])


@wrong(
    "1.2",
    "Let every task return its answer.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def tasks_that_return_nothing(session, cities):
    async def fetch_one(city):
        await fetch(session, city)

    return await asyncio.gather(*[fetch_one(city) for city in cities])


@wrong(
    "1.2",
    "Start all 20 at once.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def batches_of_five(session, cities):
    answers = []
    for first in range(0, len(cities), 5):
        answers += await asyncio.gather(*[fetch(session, city) for city in cities[first : first + 5]])
    return answers


@wrong(
    "1.2",
    "Return the answers as a list.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def returns_a_dict(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return dict(zip(cities, answers, strict=True))


@wrong(
    "1.2",
    "Return what `await response.json()` gives.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def returns_responses(session, cities):
    return await asyncio.gather(*[session.get(f"/cities/{city}") for city in cities])


@wrong(
    "1.2",
    "Return 20 answers.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def leaves_tasks_running(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return [task.result() for task in done]


@wrong(
    "1.2",
    "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def sleeps_with_the_thread(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    time.sleep(0.2)
    return await asyncio.gather(*tasks)


@wrong("1.2", "Let every task return its answer.")
async def swallows_what_goes_wrong(session, cities):
    async def careful(city):
        try:
            return await fetch(session, cities[city])
        except Exception:
            return None

    return await asyncio.gather(*[careful(city) for city in cities])


@wrong(
    "1.2",
    "Ask for each page once.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def awaits_then_gathers(session, cities):
    for city in cities[:2]:
        await fetch(session, city)
    return await asyncio.gather(*[fetch(session, city) for city in cities])


@wrong(
    "1.2",
    "Return each city's answer in the city's place.",
    passes=(
        "The service was asked for each city once",
        "The service had all 20 requests in flight",
        "It uses the session that it is given",
    ),
)
async def slugs_only(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return [answer["slug"] for answer in answers]


# --- 1.3 ---


@right("1.3")
async def one_semaphore(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        async with tokens:
            return await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch_politely(city)) for city in cities]
    return [task.result() for task in tasks]


@right("1.3")
async def workers_share_a_queue(session, cities, k):
    queue = asyncio.Queue()
    for pair in enumerate(cities):
        queue.put_nowait(pair)
    answers = {}

    async def worker():
        while not queue.empty():
            place, city = queue.get_nowait()
            answers[place] = await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        for _ in range(k):
            group.create_task(worker())
    return [answers[place] for place in range(len(cities))]


@right("1.3")
async def workers_share_an_iterator(session, cities, k):
    todo, answers = iter(enumerate(cities)), {}

    async def worker():
        for place, city in todo:
            answers[place] = await fetch(session, city)

    await asyncio.gather(*[worker() for _ in range(k)])
    return [answers[place] for place in range(len(cities))]


@right("1.3")
async def waits_for_the_first(session, cities, k):
    tasks, running = [], set()
    for city in cities:
        if len(running) == k:
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        tasks.append(asyncio.create_task(fetch(session, city)))
        running.add(tasks[-1])
    return [await task for task in tasks]


@wrong(
    "1.3",
    "Let only 4 run at a time.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def gathers_everything(session, cities, k):
    return await asyncio.gather(*[fetch(session, city) for city in cities])


@wrong(
    "1.3",
    "Make one semaphore for all requests, not one for each.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def a_semaphore_each(session, cities, k):
    async def fetch_politely(city):
        async with asyncio.Semaphore(k):
            return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


@wrong(
    "1.3",
    "Start the next request as soon as one has ended, not when a whole batch has.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "2 in flight with k = 2",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def batches_of_k(session, cities, k):
    answers = []
    for first in range(0, len(cities), k):
        answers += await asyncio.gather(*[fetch(session, city) for city in cities[first : first + k]])
    return answers


@wrong(
    "1.3",
    "Let whoever is done take the next request: share one list of what is left.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "2 in flight with k = 2",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def lists_cut_in_advance(session, cities, k):
    async def worker(mine):
        return [await fetch(session, city) for city in mine]

    done = await asyncio.gather(*[worker(cities[first::k]) for first in range(k)])
    return [done[place % k][place // k] for place in range(len(cities))]


@wrong(
    "1.3",
    "Start them as tasks; a bound alone starts nothing.",
    passes=(
        "Never more than 4 in flight",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def a_semaphore_in_a_loop_of_awaits(session, cities, k):
    tokens, answers = asyncio.Semaphore(k), []
    for city in cities:
        async with tokens:
            answers.append(await fetch(session, city))
    return answers


@wrong(
    "1.3",
    "Let 4 run at a time, not fewer.",
    passes=(
        "Never more than 4 in flight",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def one_less_than_k(session, cities, k):
    return await one_semaphore(session, cities, k - 1)


@wrong(
    "1.3",
    "Use the k that your function gets.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "A place that becomes free is taken at once",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def four_whatever_k_is(session, cities, k):
    return await one_semaphore(session, cities, 4)


@wrong(
    "1.3",
    "Keep the token until the answer has come.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def holds_the_token_while_starting_only(session, cities, k):
    tokens, tasks = asyncio.Semaphore(k), []
    for city in cities:
        async with tokens:
            tasks.append(asyncio.create_task(fetch(session, city)))
    return await asyncio.gather(*tasks)


@wrong(
    "1.3",
    "Give the semaphore 4 tokens.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def too_many_tokens(session, cities, k):
    return await one_semaphore(session, cities, k + 1)


@wrong(
    "1.3",
    "Put the answers in the order of the cities.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "A place that becomes free is taken at once",
        "2 in flight with k = 2",
        "The service was asked for each city once",
        "It uses the session that it is given",
    ),
)
async def bounded_in_completion_order(session, cities, k):
    tokens, answers = asyncio.Semaphore(k), []

    async def fetch_politely(city):
        async with tokens:
            answers.append(await fetch(session, city))

    await asyncio.gather(*[fetch_politely(city) for city in cities])
    return answers


@wrong("1.3", "Give every token back: `async with tokens:` does it for you.")
async def never_gives_back(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        await tokens.acquire()
        return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


# --- 1.4 ---


@right("1.4")
async def weather_beside_the_chain(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await weather, neighbours, there]


@right("1.4")
async def chain_as_a_coroutine(session, city):
    async def around():
        neighbours = await fetch(session, f"{city}/neighbours?limit=1")
        return neighbours, await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    weather, (neighbours, there) = await asyncio.gather(fetch(session, f"{city}/weather"), around())
    return page, weather, neighbours, there


@wrong(
    "1.4",
    "Ask for /cities/oslo/neighbours as soon as /cities/oslo is there.",
    passes=(
        "Four requests",
        "All four answers: page, weather, neighbours, the first neighbour's weather",
        "It uses the session that it is given",
    ),
)
async def one_after_another(session, city):
    page = await fetch(session, city)
    weather = await fetch(session, f"{city}/weather")
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


@wrong(
    "1.4",
    "Ask for /cities/gothenburg/weather as soon as /cities/oslo/neighbours is there.",
    passes=(
        "Four requests",
        "All four answers: page, weather, neighbours, the first neighbour's weather",
        "It uses the session that it is given",
    ),
)
async def gathers_in_stages(session, city):
    page = await fetch(session, city)
    weather, neighbours = await asyncio.gather(fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"))
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


@wrong(
    "1.4",
    "Ask for /cities/oslo/weather as soon as /cities/oslo is there.",
    passes=(
        "Four requests",
        "All four answers: page, weather, neighbours, the first neighbour's weather",
        "It uses the session that it is given",
    ),
)
async def the_weather_last(session, city):
    page = await fetch(session, city)
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await fetch(session, f"{city}/weather"), neighbours, there]


@wrong(
    "1.4",
    "Ask for each page once.",
    passes=(
        "All four answers: page, weather, neighbours, the first neighbour's weather",
        "As fast as its longest chain",
        "It uses the session that it is given",
    ),
)
async def neighbours_twice(session, city):
    async def weather_there():
        neighbours = await fetch(session, f"{city}/neighbours")
        return await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    tasks = [fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"), weather_there()]
    return [page, *await asyncio.gather(*tasks)]


@wrong("1.4", "Ask for /cities/gothenburg/weather.", passes=("It uses the session that it is given",))
async def the_last_neighbour(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][-1]['slug']}/weather")
    return [page, await weather, neighbours, there]


@wrong(
    "1.4",
    "Return page, weather, neighbours, the neighbour's weather, in this order.",
    passes=("Four requests", "As fast as its longest chain", "It uses the session that it is given"),
)
async def another_order(session, city):
    page, weather, neighbours, there = await weather_beside_the_chain(session, city)
    return [page, neighbours, weather, there]


@wrong(
    "1.4",
    "Return the four answers, as the service gave them.",
    passes=("Four requests", "As fast as its longest chain", "It uses the session that it is given"),
)
async def three_answers(session, city):
    page, weather, _, there = await weather_beside_the_chain(session, city)
    return [page, weather, there]


@wrong("1.4", "Await the task, and return its result.")
async def forgets_a_task(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


# --- 1.5 ---


async def timed(session):
    begin = time.perf_counter()
    await fetch(session, "oslo")
    return time.perf_counter() - begin


@right("1.5")
async def doubles_and_counts_the_quick(session):
    k = 1
    while True:
        times = await asyncio.gather(*[timed(session) for _ in range(k)])
        if max(times) > 1.5 * min(times):
            return sum(each_s < 1.5 * min(times) for each_s in times)
        k *= 2


async def rate(session, k):
    begin = time.perf_counter()
    for _ in range(2):
        await asyncio.gather(*[fetch(session, "oslo") for _ in range(k)])
    return 2 * k / (time.perf_counter() - begin)


@right("1.5")
async def looks_for_the_best_rate(session):
    k = 1
    before = await rate(session, k)
    while (now := await rate(session, 2 * k)) > 1.5 * before:
        k, before = 2 * k, now
    low, high = k, 2 * k
    while high - low > 1:
        middle = (low + high) // 2
        if await rate(session, middle) > 0.85 * middle / 0.1:
            low = middle
        else:
            high = middle
    return low


@right("1.5")
async def reads_what_the_service_says(session):
    async def queued_ms(_):
        async with session.get("/cities/oslo") as response:
            await response.read()
            return float(response.headers["Server-Timing"].split("queued;dur=")[1].split(",")[0])

    return sum(each_ms < 50 for each_ms in await asyncio.gather(*map(queued_ms, range(30))))


@wrong("1.5", "Measure: ask the service, through the session that your function gets.")
async def knows_ten(session):
    return 10


@wrong("1.5", "Keep several requests in flight, and more each time.")
async def one_at_a_time(session):
    times = [await timed(session) for _ in range(5)]
    return round(0.1 / min(times))


@wrong("1.5", "Return the number in flight at the bend, not the answers per second.")
async def returns_the_rate(session):
    return round(await rate(session, 30))


@wrong("1.5", "Look closer, between the last k that was worth it and the first that was not.")
async def stops_at_doubles(session):
    k = 1
    before = await rate(session, k)
    while (now := await rate(session, 2 * k)) > 1.5 * before:
        k, before = 2 * k, now
    return 2 * k


@wrong("1.5", "Go on until more in flight brings no more answers.")
async def tries_up_to_four(session):
    best = 1
    for k in (2, 4):
        if await rate(session, k) > 1.2 * best * 10:
            best = k
    return best


@wrong("1.5", "Find the k from which on more brings no more answers per second.")
async def takes_the_most_it_tried(session):
    rates = {k: await rate(session, k) for k in (1, 64)}
    return max(rates, key=lambda k: rates[k])


@wrong("1.5", "Return k, one number.")
async def prints_the_knee(session):
    print(await doubles_and_counts_the_quick(session))
