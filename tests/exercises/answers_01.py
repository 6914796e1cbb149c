"""Answers to the exercises of 01, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp

from tests.exercises.answers import Right, Wrong


async def fetch(session: Any, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


# --- 1.1 ---


async def groups_three(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))


async def gathers_three(session):
    await asyncio.gather(*(fetch(session, city) for city in ["oslo", "lima", "cairo"]))


async def awaits_in_the_group(session):
    async with asyncio.TaskGroup():
        for city in ["oslo", "lima", "cairo"]:
            await fetch(session, city)


async def only_calls(session):
    async with asyncio.TaskGroup():
        for city in ["oslo", "lima", "cairo"]:
            fetch(session, city)


async def awaits_each_task(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            await group.create_task(fetch(session, city))


async def gives_the_function(session):
    async with asyncio.TaskGroup() as group:
        for _ in ["oslo", "lima", "cairo"]:
            group.create_task(fetch)


async def asks_for_one_city_only(session):
    async with asyncio.TaskGroup() as group:
        for _ in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, "oslo"))


async def starts_two(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima"]:
            group.create_task(fetch(session, city))


# --- 1.2 ---


async def groups_all(session, cities):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


async def gathers_all(session, cities):
    return await asyncio.gather(*[fetch(session, city) for city in cities])


async def awaits_tasks_in_turn(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    return [await task for task in tasks]


async def sorts_what_completes(session, cities):
    async def with_place(place, city):
        return place, await fetch(session, city)

    coroutines = [with_place(place, city) for place, city in enumerate(cities)]
    done = [await each for each in asyncio.as_completed(coroutines)]
    return [answer for _, answer in sorted(done, key=lambda pair: pair[0])]


async def fills_places(session, cities):
    answers = [None] * len(cities)

    async def put(place, city):
        answers[place] = await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        for place, city in enumerate(cities):
            group.create_task(put(place, city))
    return answers


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


async def awaits_in_a_loop(session, cities):
    return [await fetch(session, city) for city in cities]


async def returns_as_they_complete(session, cities):
    return [await each for each in asyncio.as_completed([fetch(session, city) for city in cities])]


async def appends_as_they_complete(session, cities):
    answers = []

    async def append(city):
        answers.append(await fetch(session, city))

    await asyncio.gather(*[append(city) for city in cities])
    return answers


async def returns_tasks(session, cities):
    async with asyncio.TaskGroup() as group:
        return [group.create_task(fetch(session, city)) for city in cities]


async def returns_coroutines(session, cities):
    return [fetch(session, city) for city in cities]


async def forgets_to_await_gather(session, cities):
    return asyncio.gather(*[fetch(session, city) for city in cities])


async def a_session_per_request(session, cities):
    async def fetch_alone(city):
        async with aiohttp.ClientSession(session._base_url) as mine:
            return await fetch(mine, city)

    return await asyncio.gather(*[fetch_alone(city) for city in cities])


async def forgets_to_return(session, cities):
    await asyncio.gather(*[fetch(session, city) for city in cities])


async def tasks_that_return_nothing(session, cities):
    async def fetch_one(city):
        await fetch(session, city)

    return await asyncio.gather(*[fetch_one(city) for city in cities])


async def batches_of_five(session, cities):
    answers = []
    for first in range(0, len(cities), 5):
        answers += await asyncio.gather(*[fetch(session, city) for city in cities[first : first + 5]])
    return answers


async def returns_a_dict(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return dict(zip(cities, answers, strict=True))


async def returns_responses(session, cities):
    return await asyncio.gather(*[session.get(f"/cities/{city}") for city in cities])


async def leaves_tasks_running(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return [task.result() for task in done]


async def sleeps_with_the_thread(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    time.sleep(0.2)
    return await asyncio.gather(*tasks)


async def swallows_what_goes_wrong(session, cities):
    async def careful(city):
        try:
            return await fetch(session, cities[city])
        except Exception:
            return None

    return await asyncio.gather(*[careful(city) for city in cities])


async def awaits_then_gathers(session, cities):
    for city in cities[:2]:
        await fetch(session, city)
    return await asyncio.gather(*[fetch(session, city) for city in cities])


async def slugs_only(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return [answer["slug"] for answer in answers]


# --- 1.3 ---


async def one_semaphore(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        async with tokens:
            return await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch_politely(city)) for city in cities]
    return [task.result() for task in tasks]


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


async def workers_share_an_iterator(session, cities, k):
    todo, answers = iter(enumerate(cities)), {}

    async def worker():
        for place, city in todo:
            answers[place] = await fetch(session, city)

    await asyncio.gather(*[worker() for _ in range(k)])
    return [answers[place] for place in range(len(cities))]


async def waits_for_the_first(session, cities, k):
    tasks, running = [], set()
    for city in cities:
        if len(running) == k:
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        tasks.append(asyncio.create_task(fetch(session, city)))
        running.add(tasks[-1])
    return [await task for task in tasks]


async def gathers_everything(session, cities, k):
    return await asyncio.gather(*[fetch(session, city) for city in cities])


async def a_semaphore_each(session, cities, k):
    async def fetch_politely(city):
        async with asyncio.Semaphore(k):
            return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


async def batches_of_k(session, cities, k):
    answers = []
    for first in range(0, len(cities), k):
        answers += await asyncio.gather(*[fetch(session, city) for city in cities[first : first + k]])
    return answers


async def lists_cut_in_advance(session, cities, k):
    async def worker(mine):
        return [await fetch(session, city) for city in mine]

    done = await asyncio.gather(*[worker(cities[first::k]) for first in range(k)])
    return [done[place % k][place // k] for place in range(len(cities))]


async def a_semaphore_in_a_loop_of_awaits(session, cities, k):
    tokens, answers = asyncio.Semaphore(k), []
    for city in cities:
        async with tokens:
            answers.append(await fetch(session, city))
    return answers


async def one_less_than_k(session, cities, k):
    return await one_semaphore(session, cities, k - 1)


async def four_whatever_k_is(session, cities, k):
    return await one_semaphore(session, cities, 4)


async def holds_the_token_while_starting_only(session, cities, k):
    tokens, tasks = asyncio.Semaphore(k), []
    for city in cities:
        async with tokens:
            tasks.append(asyncio.create_task(fetch(session, city)))
    return await asyncio.gather(*tasks)


async def too_many_tokens(session, cities, k):
    return await one_semaphore(session, cities, k + 1)


async def bounded_in_completion_order(session, cities, k):
    tokens, answers = asyncio.Semaphore(k), []

    async def fetch_politely(city):
        async with tokens:
            answers.append(await fetch(session, city))

    await asyncio.gather(*[fetch_politely(city) for city in cities])
    return answers


async def never_gives_back(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        await tokens.acquire()
        return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


# --- 1.4 ---


async def weather_beside_the_chain(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await weather, neighbours, there]


async def chain_as_a_coroutine(session, city):
    async def around():
        neighbours = await fetch(session, f"{city}/neighbours?limit=1")
        return neighbours, await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    weather, (neighbours, there) = await asyncio.gather(fetch(session, f"{city}/weather"), around())
    return page, weather, neighbours, there


async def one_after_another(session, city):
    page = await fetch(session, city)
    weather = await fetch(session, f"{city}/weather")
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


async def gathers_in_stages(session, city):
    page = await fetch(session, city)
    weather, neighbours = await asyncio.gather(fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"))
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


async def the_weather_last(session, city):
    page = await fetch(session, city)
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await fetch(session, f"{city}/weather"), neighbours, there]


async def neighbours_twice(session, city):
    async def weather_there():
        neighbours = await fetch(session, f"{city}/neighbours")
        return await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    tasks = [fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"), weather_there()]
    return [page, *await asyncio.gather(*tasks)]


async def the_last_neighbour(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][-1]['slug']}/weather")
    return [page, await weather, neighbours, there]


async def another_order(session, city):
    page, weather, neighbours, there = await weather_beside_the_chain(session, city)
    return [page, neighbours, weather, there]


async def three_answers(session, city):
    page, weather, _, there = await weather_beside_the_chain(session, city)
    return [page, weather, there]


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


async def reads_what_the_service_says(session):
    async def queued_ms(_):
        async with session.get("/cities/oslo") as response:
            await response.read()
            return float(response.headers["Server-Timing"].split("queued;dur=")[1].split(",")[0])

    return sum(each_ms < 50 for each_ms in await asyncio.gather(*map(queued_ms, range(30))))


async def knows_ten(session):
    return 10


async def one_at_a_time(session):
    times = [await timed(session) for _ in range(5)]
    return round(0.1 / min(times))


async def returns_the_rate(session):
    return round(await rate(session, 30))


async def stops_at_doubles(session):
    k = 1
    before = await rate(session, k)
    while (now := await rate(session, 2 * k)) > 1.5 * before:
        k, before = 2 * k, now
    return 2 * k


async def tries_up_to_four(session):
    best = 1
    for k in (2, 4):
        if await rate(session, k) > 1.2 * best * 10:
            best = k
    return best


async def takes_the_most_it_tried(session):
    rates = {k: await rate(session, k) for k in (1, 64)}
    return max(rates, key=lambda k: rates[k])


async def prints_the_knee(session):
    print(await doubles_and_counts_the_quick(session))


RIGHT = (
    Right("1.1", groups_three),
    Right("1.1", gathers_three),
    Right("1.2", groups_all),
    Right("1.2", gathers_all),
    Right("1.2", awaits_tasks_in_turn),
    Right("1.2", sorts_what_completes),
    Right("1.2", fills_places),
    Right("1.2", as_many_workers_as_cities),
    Right("1.3", one_semaphore),
    Right("1.3", workers_share_a_queue),
    Right("1.3", workers_share_an_iterator),
    Right("1.3", waits_for_the_first),
    Right("1.4", weather_beside_the_chain),
    Right("1.4", chain_as_a_coroutine),
    Right("1.5", doubles_and_counts_the_quick),
    Right("1.5", looks_for_the_best_rate),
    Right("1.5", reads_what_the_service_says),
)

AGAIN = "Await instead of blocking: `asyncio.sleep`, an asynchronous client, or `asyncio.to_thread`."
WRONG = (
    Wrong("1.1", awaits_in_the_group, "Start all 3 before you await the first."),
    Wrong("1.1", awaits_each_task, "Start all 3 before you await the first."),
    Wrong("1.1", only_calls, "Await each call of fetch, or make a task of it."),
    Wrong("1.1", gives_the_function, "Call the function: a task is made of a coroutine, and a call makes one."),
    Wrong("1.1", asks_for_one_city_only, "Ask for each page once."),
    Wrong("1.1", starts_two, "Ask for /cities/cairo, too."),
    Wrong("1.2", awaits_in_a_loop, "Start all 20 before you await the first."),
    Wrong("1.2", returns_as_they_complete, "Put the answers in the order of the cities."),
    Wrong("1.2", appends_as_they_complete, "Put the answers in the order of the cities."),
    Wrong("1.2", returns_tasks, "Await the task, and return its result."),
    Wrong("1.2", returns_coroutines, "Await what you return."),
    Wrong("1.2", forgets_to_await_gather, "Await `gather(...)`, and return its result."),
    Wrong("1.2", a_session_per_request, "Use the session that your function gets for every request."),
    Wrong("1.2", forgets_to_return, "Return the answers."),
    Wrong("1.2", tasks_that_return_nothing, "Let every task return its answer."),
    Wrong("1.2", batches_of_five, "Start all 20 at once."),
    Wrong("1.2", returns_a_dict, "Return the answers as a list."),
    Wrong("1.2", returns_responses, "Return what `await response.json()` gives."),
    Wrong("1.2", leaves_tasks_running, "Return 20 answers."),
    Wrong("1.2", sleeps_with_the_thread, AGAIN),
    Wrong("1.2", swallows_what_goes_wrong, "Let every task return its answer."),
    Wrong("1.2", awaits_then_gathers, "Ask for each page once."),
    Wrong("1.2", slugs_only, "Return each city's answer in the city's place."),
    Wrong("1.3", gathers_everything, "Let only 4 run at a time."),
    Wrong("1.3", a_semaphore_each, "Make one semaphore for all requests, not one for each."),
    Wrong("1.3", holds_the_token_while_starting_only, "Keep the token until the answer has come."),
    Wrong("1.3", too_many_tokens, "Give the semaphore 4 tokens."),
    Wrong("1.3", batches_of_k, "Start the next request as soon as one has ended, not when a whole batch has."),
    Wrong("1.3", lists_cut_in_advance, "Let whoever is done take the next request: share one list of what is left."),
    Wrong("1.3", a_semaphore_in_a_loop_of_awaits, "Start them as tasks; a bound alone starts nothing."),
    Wrong("1.3", one_less_than_k, "Let 4 run at a time, not fewer."),
    Wrong("1.3", four_whatever_k_is, "Use the k that your function gets."),
    Wrong("1.3", bounded_in_completion_order, "Put the answers in the order of the cities."),
    Wrong("1.3", never_gives_back, "Give every token back: `async with tokens:` does it for you."),
    Wrong("1.4", one_after_another, "Ask for /cities/oslo/neighbours as soon as /cities/oslo is there."),
    Wrong("1.4", gathers_in_stages, "Ask for /cities/gothenburg/weather as soon as /cities/oslo/neighbours is there."),
    Wrong("1.4", the_weather_last, "Ask for /cities/oslo/weather as soon as /cities/oslo is there."),
    Wrong("1.4", neighbours_twice, "Ask for each page once."),
    Wrong("1.4", the_last_neighbour, "Ask for /cities/gothenburg/weather."),
    Wrong("1.4", another_order, "Return page, weather, neighbours, the neighbour's weather, in this order."),
    Wrong("1.4", three_answers, "Return the four answers, as the service gave them."),
    Wrong("1.4", forgets_a_task, "Await the task, and return its result."),
    Wrong("1.5", knows_ten, "Measure: ask the service, through the session that your function gets."),
    Wrong("1.5", one_at_a_time, "Keep several requests in flight, and more each time."),
    Wrong("1.5", returns_the_rate, "Return the number in flight at the bend, not the answers per second."),
    Wrong("1.5", stops_at_doubles, "Look closer, between the last k that was worth it and the first that was not."),
    Wrong("1.5", tries_up_to_four, "Go on until more in flight brings no more answers."),
    Wrong("1.5", takes_the_most_it_tried, "Find the k from which on more brings no more answers per second."),
    Wrong("1.5", prints_the_knee, "Return k, one number."),
)
