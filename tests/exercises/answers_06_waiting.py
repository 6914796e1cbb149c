"""Answers to 6.2 and 6.3, which wait for page 06: nothing collects them from here (they go to answers_06.py)."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.exercises.answers import right, wrong


async def fetch(session: Any, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


# --- 6.2 ---


@right("6.2")
async def one_semaphore(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        async with tokens:
            return await fetch(session, city)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch_politely(city)) for city in cities]
    return [task.result() for task in tasks]


@right("6.2")
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


@right("6.2")
async def workers_share_an_iterator(session, cities, k):
    todo, answers = iter(enumerate(cities)), {}

    async def worker():
        for place, city in todo:
            answers[place] = await fetch(session, city)

    await asyncio.gather(*[worker() for _ in range(k)])
    return [answers[place] for place in range(len(cities))]


@right("6.2")
async def waits_for_the_first(session, cities, k):
    tasks, running = [], set()
    for city in cities:
        if len(running) == k:
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        tasks.append(asyncio.create_task(fetch(session, city)))
        running.add(tasks[-1])
    return [await task for task in tasks]


@wrong(
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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
    "6.2",
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


@wrong("6.2", "Give every token back: `async with tokens:` does it for you.")
async def never_gives_back(session, cities, k):
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city):
        await tokens.acquire()
        return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


# --- 6.3 ---


async def timed(session):
    begin = time.perf_counter()
    await fetch(session, "oslo")
    return time.perf_counter() - begin


@right("6.3")
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


@right("6.3")
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


@right("6.3")
async def reads_what_the_service_says(session):
    async def queued_ms(_):
        async with session.get("/cities/oslo") as response:
            await response.read()
            return float(response.headers["Server-Timing"].split("queued;dur=")[1].split(",")[0])

    return sum(each_ms < 50 for each_ms in await asyncio.gather(*map(queued_ms, range(30))))


@wrong("6.3", "Measure: ask the service, through the session that your function gets.")
async def knows_ten(session):
    return 10


@wrong("6.3", "Keep several requests in flight, and more each time.")
async def one_at_a_time(session):
    times = [await timed(session) for _ in range(5)]
    return round(0.1 / min(times))


@wrong("6.3", "Return the number in flight at the bend, not the answers per second.")
async def returns_the_rate(session):
    return round(await rate(session, 30))


@wrong("6.3", "Look closer, between the last k that was worth it and the first that was not.")
async def stops_at_doubles(session):
    k = 1
    before = await rate(session, k)
    while (now := await rate(session, 2 * k)) > 1.5 * before:
        k, before = 2 * k, now
    return 2 * k


@wrong("6.3", "Go on until more in flight brings no more answers.")
async def tries_up_to_four(session):
    best = 1
    for k in (2, 4):
        if await rate(session, k) > 1.2 * best * 10:
            best = k
    return best


@wrong("6.3", "Find the k from which on more brings no more answers per second.")
async def takes_the_most_it_tried(session):
    rates = {k: await rate(session, k) for k in (1, 64)}
    return max(rates, key=lambda k: rates[k])


@wrong("6.3", "Return k, one number.")
async def prints_the_knee(session):
    print(await doubles_and_counts_the_quick(session))
