"""Answers to the exercises of 06, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import time
from collections import deque

from tests.exercises.answers import right, wrong


async def fetch(session, city):
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


# --- 6.1 ---


async def copy_through(queue, source, write):
    async def consume():
        while (item := await queue.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            await queue.put(item)
        await queue.put(None)


@right("6.1")
async def a_queue_of_ten(source, write):
    await copy_through(asyncio.Queue(10), source, write)


@right("6.1")
async def a_queue_that_is_joined(source, write):
    await copy_until_joined(asyncio.Queue(maxsize=10), source, write)


async def copy_until_joined(queue, source, write):
    async def consume():
        while True:
            await write(await queue.get())
            queue.task_done()

    consuming = asyncio.create_task(consume())
    async for item in source:
        await queue.put(item)
    await queue.join()
    consuming.cancel()


@wrong("6.1", "Give the queue a size.", passes=("All items are written, in order",))
async def a_queue_without_a_size(source, write):
    await copy_through(asyncio.Queue(), source, write)


@wrong("6.1", "Give the queue a size.", passes=("All items are written, in order",))
async def a_queue_of_size_zero(source, write):
    await copy_through(asyncio.Queue(0), source, write)


@wrong("6.1", "Let 10 items wait, not more.", passes=("All items are written, in order",))
async def a_queue_of_twenty(source, write):
    await copy_through(asyncio.Queue(20), source, write)


@wrong(
    "6.1",
    "Let 10 items wait, not fewer.",
    passes=(
        "All items are written, in order",
        "At most 10 items wait in the queue",
    ),
)
async def a_queue_of_one(source, write):
    await copy_through(asyncio.Queue(1), source, write)


@wrong(
    "6.1",
    "Write the items in the order in which they were read.",
    passes=(
        "At most 10 items wait in the queue",
        "10 items may wait",
    ),
)
async def a_stack_of_ten(source, write):
    await copy_until_joined(asyncio.LifoQueue(10), source, write)


@wrong(
    "6.1",
    "Read on while the writer writes: put each item into the queue, and let a task take it out.",
    passes=(
        "All items are written, in order",
        "At most 10 items wait in the queue",
    ),
)
async def no_queue(source, write):
    async for item in source:
        await write(item)


@wrong("6.1", "Use `await queue.put(item)`, which waits until there is room.")
async def puts_without_waiting(source, write):
    queue = asyncio.Queue(10)

    async def consume():
        while (item := await queue.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            queue.put_nowait(item)
        queue.put_nowait(None)


@wrong(
    "6.1",
    "Write every item once before you return.",
    passes=(
        "At most 10 items wait in the queue",
        "10 items may wait",
    ),
)
async def ends_before_the_queue_is_empty(source, write):
    queue = asyncio.Queue(10)

    async def consume():
        while True:
            await write(await queue.get())

    consuming = asyncio.create_task(consume())
    async for item in source:
        await queue.put(item)
    consuming.cancel()


@wrong(
    "6.1",
    "Write the items in the order in which they were read.",
    passes=(
        "At most 10 items wait in the queue",
        "10 items may wait",
    ),
)
async def a_stack_with_an_end(source, write):
    await copy_through(asyncio.LifoQueue(10), source, write)


@wrong("6.1", "Tell the end from an item that is empty: `while (item := ...) is not None`.")
async def ends_at_an_empty_item(source, write):
    queue = asyncio.Queue(10)

    async def consume():
        while item := await queue.get():
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(consume())
        async for item in source:
            await queue.put(item)
        await queue.put(None)


@wrong("6.1", "Give the queue a size.", passes=("All items are written, in order",))
async def a_task_for_each_item(source, write):
    async with asyncio.TaskGroup() as group:
        async for item in source:
            group.create_task(write(item))


@wrong("6.1", "Let 10 items wait, not more.", passes=("All items are written, in order",))
async def a_queue_of_eleven(source, write):
    await copy_through(asyncio.Queue(11), source, write)


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
        "The answers come in the order of the cities, whichever they are",
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
        "The answers come in the order of the cities, whichever they are",
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
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "12 in flight with k = 12",
        "The answers come in the order of the cities, whichever they are",
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
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "12 in flight with k = 12",
        "The answers come in the order of the cities, whichever they are",
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
        "The answers come in the order of the cities, whichever they are",
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
        "The answers come in the order of the cities, whichever they are",
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
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "A place that becomes free is taken at once",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def four_whatever_k_is(session, cities, k):
    return await one_semaphore(session, cities, 4)


@wrong(
    "6.2",
    "Take a token for each request, before it is started, and keep it until its answer has come.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "The answers come in the order of the cities, whichever they are",
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
        "The answers come in the order of the cities, whichever they are",
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
        "The service was asked for each city once",
        "It uses the session that it is given",
        "A place that becomes free is taken at once",
        "12 in flight with k = 12",
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


TOKENS = asyncio.Semaphore(4)


@wrong(
    "6.2",
    "Use the k that your function gets.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "A place that becomes free is taken at once",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def tokens_of_the_page(session, cities, k):
    async def fetch_politely(city):
        async with TOKENS:
            return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


@wrong(
    "6.2",
    "Take a token for each request, before it is started, and keep it until its answer has come.",
    passes=(
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def one_token_for_all(session, cities, k):
    async with asyncio.Semaphore(k):
        return await asyncio.gather(*[fetch(session, city) for city in cities])


@wrong(
    "6.2",
    "Return 20 answers.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "It uses the session that it is given",
        "12 in flight with k = 12",
    ),
)
async def the_first_k_only(session, cities, k):
    return await asyncio.gather(*[fetch(session, city) for city in cities[:k]])


@wrong(
    "6.2",
    "Use the k that your function gets.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "A place that becomes free is taken at once",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def remembers_the_cities(session, cities, k, known=[]):  # noqa: B006
    known.extend(cities)
    tokens = asyncio.Semaphore(4)

    async def fetch_politely(city):
        async with tokens:
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
        if await rate(session, middle) > 0.7 * middle / 0.1:
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


@wrong("6.3", "Return the most with which nobody has to queue, not the first number with which somebody has.")
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


async def seconds_for(session, k):
    begin = time.perf_counter()
    await asyncio.gather(*[fetch(session, "oslo") for _ in range(k)])
    return time.perf_counter() - begin


@right("6.3")
async def one_more_each_time(session):
    k = 1
    while await seconds_for(session, k + 1) < 0.15:
        k += 1
    return k


@wrong("6.3", "Return the most with which nobody has to queue, not the first number with which somebody has.")
async def one_too_many_in_flight(session):
    k = 1
    while await seconds_for(session, k) < 0.15:
        k += 1
    return k


@wrong("6.3", "Look closer: with more than that in flight, each answer still came after one latency.")
async def the_best_of_a_list(session):
    best = 1
    for k in (1, 2, 5, 10, 20):
        if await seconds_for(session, k) < 0.15:
            best = k
    return best


@wrong("6.3", "Go on until more in flight brings no more answers.")
async def up_to_ten(session):
    for k in range(1, 11):
        if await seconds_for(session, k) > 0.15:
            return k - 1
    return 10


@wrong("6.3", "Go on until more in flight brings no more answers.")
async def exactly_one_latency(session):
    k = 1
    while k < 20 and await seconds_for(session, k + 1) < 0.1:
        k += 1
    return max(k, 2)


# --- 6.4 ---


@right("6.4")
async def workers_share_a_bounded_queue(session, pages, k):
    queue, answers = asyncio.Queue(k), {}

    async def worker():
        while (page := await queue.get()) is not None:
            answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        for _ in range(k):
            group.create_task(worker())
        async for page in pages:
            await queue.put(page)
        for _ in range(k):
            await queue.put(None)
    return answers


@right("6.4")
async def takes_a_place_first(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return answers


@right("6.4")
async def workers_share_the_pages_under_a_lock(session, pages, k):
    lock, answers = asyncio.Lock(), {}

    async def worker():
        while True:
            async with lock:
                page = await anext(pages, None)
            if page is None:
                return
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong("6.4", "Let only k requests be in flight at a time.")
async def gathers_all_pages(session, pages, k):
    todo = [page async for page in pages]
    answers = await asyncio.gather(*[fetch(session, page) for page in todo])
    return dict(zip(todo, answers, strict=True))


@wrong("6.4", "Let only k requests be in flight at a time.")
async def retries_until_it_works(session, pages, k):
    async def stubborn(page):
        while True:
            async with session.get(f"/cities/{page}") as response:
                if response.status == 200:
                    return await response.json()
            await asyncio.sleep(0.05)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[stubborn(page) for page in todo]), strict=True))


@wrong(
    "6.4",
    "Take a page only when there is a place for it.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "All answers, each under the name of its page",
        "Each page is fetched once",
    ),
)
async def a_task_each_behind_a_semaphore(session, pages, k):
    places = asyncio.Semaphore(k)

    async def fetch_politely(page):
        async with places:
            return await fetch(session, page)

    todo = [page async for page in pages]
    return dict(zip(todo, await asyncio.gather(*[fetch_politely(page) for page in todo]), strict=True))


@wrong(
    "6.4",
    "Bound what you have taken, too: a queue with a size makes the task that fills it wait.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "All answers, each under the name of its page",
        "Each page is fetched once",
    ),
)
async def workers_share_an_unbounded_queue(session, pages, k):
    queue, answers = asyncio.Queue(), {}
    async for page in pages:
        queue.put_nowait(page)

    async def worker():
        while not queue.empty():
            page = queue.get_nowait()
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong(
    "6.4",
    "Start them as tasks; a bound alone starts nothing.",
    passes=(
        "Not one request is refused",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def one_after_another(session, pages, k):
    return {page: await fetch(session, page) async for page in pages}


@wrong(
    "6.4",
    "Let k run at a time, not fewer.",
    passes=(
        "Not one request is refused",
        "All answers, each under the name of its page",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def half_as_many(session, pages, k):
    return await takes_a_place_first(session, pages, k // 2)


@wrong("6.4", "Let only k requests be in flight at a time.")
async def one_too_many(session, pages, k):
    return await takes_a_place_first(session, pages, k + 1)


@wrong(
    "6.4",
    "Start the next request as soon as one has ended, not when a whole batch has.",
    passes=(
        "Not one request is refused",
        "All answers, each under the name of its page",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def batches(session, pages, k):
    answers, batch = {}, []

    async def fetch_batch():
        answers.update(zip(batch, await asyncio.gather(*[fetch(session, page) for page in batch]), strict=True))
        batch.clear()

    async for page in pages:
        batch.append(page)
        if len(batch) == k:
            await fetch_batch()
    await fetch_batch()
    return answers


@wrong(
    "6.4",
    "Keep your tasks, and wait for all of them before you return: a TaskGroup does both.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def fires_and_forgets(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        answers[page] = await fetch(session, page)
        places.release()

    async for page in pages:
        await places.acquire()
        asyncio.create_task(fetch_one(page))
    return answers


@wrong("6.4", "Let one task take the pages, and hand them to the workers through a queue.")
async def workers_share_the_generator(session, pages, k):
    answers = {}

    async def worker():
        async for page in pages:
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)])
    return answers


@wrong(
    "6.4",
    "Return the answer of each page.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def keeps_the_statuses(session, pages, k):
    places, statuses = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        async with session.get(f"/cities/{page}") as response:
            statuses[page] = response.status

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return statuses


@wrong(
    "6.4",
    "Return a dictionary: each page with its answer.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def returns_a_list(session, pages, k):
    return list((await takes_a_place_first(session, pages, k)).values())


@wrong(
    "6.4",
    "Use the k that your function gets.",
    passes=(
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def always_seven(session, pages, k):
    return await takes_a_place_first(session, pages, 7)


@wrong(
    "6.4",
    "Fetch each page once.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "All answers, each under the name of its page",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def fetches_each_page_twice(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}

    async def fetch_one(page):
        await fetch(session, page)
        answers[page] = await fetch(session, page)

    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()
            group.create_task(fetch_one(page)).add_done_callback(lambda _: places.release())
    return answers


@wrong(
    "6.4",
    "Let one task take the pages, and hand them to the workers through a queue.",
    passes=(
        "Not one request is refused",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def shares_the_generator_and_hides_it(session, pages, k):
    answers = {}

    async def worker():
        async for page in pages:
            answers[page] = await fetch(session, page)

    await asyncio.gather(*[worker() for _ in range(k)], return_exceptions=True)
    return answers


@wrong(
    "6.4",
    "Return the answers to all 90 pages.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def all_under_the_last_name(session, pages, k):
    places, answers = asyncio.Semaphore(k), {}
    async with asyncio.TaskGroup() as group:
        async for page in pages:
            await places.acquire()

            async def fetch_one():
                answers[page] = await fetch(session, page)

            group.create_task(fetch_one()).add_done_callback(lambda _: places.release())
    return answers


@wrong(
    "6.4",
    "Return the answers to all 16 pages.",
    passes=(
        "Not one request is refused",
        "k in flight as long as there are pages",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def known_pages_only(session, pages, k):
    answers = await takes_a_place_first(session, pages, k)
    return {page: answer for page, answer in answers.items() if not page.startswith("z")}


@wrong("6.4", "Let only k requests be in flight at a time.")
async def gathers_and_raises_at_the_first_refusal(session, pages, k):
    async def fetch_or_raise(page):
        async with session.get(f"/cities/{page}") as response:
            response.raise_for_status()
            return await response.json()

    names = [page async for page in pages]
    return dict(zip(names, await asyncio.gather(*[fetch_or_raise(page) for page in names]), strict=True))


@wrong("6.4", "Write `async for … in pages`.")
async def loops_with_for(session, pages, k):
    return {page: await fetch(session, page) for page in pages}


# --- 6.5 ---


@right("6.5")
async def remembers_the_last_starts(jobs, send, rate):
    starts = deque(maxlen=rate)
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            if len(starts) == rate:
                await asyncio.sleep(starts[0] + 1.0 - time.monotonic())
            starts.append(time.monotonic())
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Give the place back one second after the start, whether the answer has come or not.",
    passes=("Never more than `rate` in a second, whichever second it is", "All answers, in the order of the jobs"),
)
async def holds_the_place_for_a_second(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            answer, _ = await asyncio.gather(send(job), asyncio.sleep(1.0))
        return answer

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Count starts, not answers.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def a_semaphore_of_r(jobs, send, rate):
    places = asyncio.Semaphore(rate)

    async def send_one(job):
        async with places:
            return await send(job)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send_one(job)) async for job in jobs]
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Count starts, not answers.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def a_semaphore_of_ten(jobs, send, rate):
    return await a_semaphore_of_r(jobs, send, 10)  # of five, a job would be started 0.3 s late, too


@wrong("6.5", "Let only 20 start in a second.", passes=("All answers, in the order of the jobs",))
async def sends_everything(jobs, send, rate):
    return await asyncio.gather(*[send(job) async for job in jobs])


@wrong(
    "6.5",
    "Do not refill while the burst is still inside the second.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def a_bucket_of_tokens(jobs, send, rate):
    tokens, last = float(rate), time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            now = time.monotonic()
            tokens, last = min(rate, tokens + (now - last) * rate), now
            if tokens < 1:
                await asyncio.sleep((1 - tokens) / rate)
            tokens -= 1
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Let the second slide: look back from each start, not from the stroke of the clock.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def counts_from_second_to_second(jobs, send, rate):
    begin, count = time.monotonic(), 0
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            if time.monotonic() >= begin + 1:
                begin, count = time.monotonic(), 0
            if count == rate:
                await asyncio.sleep(begin + 1 - time.monotonic())
                begin, count = time.monotonic(), 0
            count += 1
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Let a job go at once while fewer than 20 have started within the last second.",
    passes=(
        "Never more than `rate` in a second, whichever second it is",
        "All answers, in the order of the jobs",
    ),
)
async def evenly_spaced(jobs, send, rate):
    free_at = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = []
        async for job in jobs:
            free_at = max(free_at, time.monotonic())
            await asyncio.sleep(free_at - time.monotonic())
            free_at += 1 / rate
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong("6.5", "Start each job as a task, and go on to the next.", passes=("All answers, in the order of the jobs",))
async def awaits_each_answer(jobs, send, rate):
    return [await send(job) async for job in jobs]


@wrong(
    "6.5",
    "Start a job when it comes: do not collect them first.",
    passes=(
        "Never more than `rate` in a second, whichever second it is",
        "All answers, in the order of the jobs",
    ),
)
async def collects_first(jobs, send, rate):
    todo, answers = [job async for job in jobs], []
    for first in range(0, len(todo), rate):
        answers += (await asyncio.gather(asyncio.sleep(1), *[send(job) for job in todo[first : first + rate]]))[1:]
    return answers


@wrong(
    "6.5",
    "Wait for the answers before you return: keep your tasks, in a TaskGroup or in a list.",
    passes=(
        "Never more than `rate` in a second, whichever second it is",
        "A job that may start, starts",
    ),
)
async def sends_and_forgets(jobs, send, rate):
    free, loop, tasks = asyncio.Semaphore(rate), asyncio.get_running_loop(), []
    async for job in jobs:
        await free.acquire()
        loop.call_later(1.0, free.release)
        tasks.append(asyncio.create_task(send(job)))
    return [task.result() for task in tasks if task.done()]


@right("6.5")
async def counts_the_last_second(jobs, send, rate):
    starts, tasks = [], []
    async with asyncio.TaskGroup() as group:
        async for job in jobs:
            while sum(at > time.monotonic() - 1.0 for at in starts) >= rate:
                await asyncio.sleep(starts[-rate] + 1.0 - time.monotonic())
            starts.append(time.monotonic())
            tasks.append(group.create_task(send(job)))
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Let only 20 start in a second.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def one_more_than_r(jobs, send, rate):
    return await remembers_the_last_starts(jobs, send, rate + 1)


@wrong(
    "6.5",
    "Keep to the `rate` that your function gets, also where answers are quick.",
    passes=(
        "A job that may start, starts",
        "All answers, in the order of the jobs",
    ),
)
async def always_twenty(jobs, send, rate):
    return await remembers_the_last_starts(jobs, send, 20)


@wrong(
    "6.5",
    "Let a job go at once while fewer than 20 have started within the last second.",
    passes=(
        "Never more than `rate` in a second, whichever second it is",
        "All answers, in the order of the jobs",
    ),
)
async def a_pause_after_every_r(jobs, send, rate):
    tasks = []
    async with asyncio.TaskGroup() as group:
        async for job in jobs:
            tasks.append(group.create_task(send(job)))
            await asyncio.sleep(0)
            if len(tasks) % rate == 0:
                await asyncio.sleep(2)
    return [task.result() for task in tasks]


@wrong(
    "6.5",
    "Return what `send` has returned, in the order of the jobs.",
    passes=(
        "Never more than `rate` in a second, whichever second it is",
        "A job that may start, starts",
    ),
)
async def as_they_end(jobs, send, rate):
    places, answers = asyncio.Semaphore(rate), []

    async def send_one(job):
        asyncio.get_running_loop().call_later(1.001, places.release)
        answers.append(await send(job))

    async with asyncio.TaskGroup() as group:
        async for job in jobs:
            await places.acquire()
            group.create_task(send_one(job))
    return answers


@right("6.5")
async def a_timer_gives_the_place_back(jobs, send, rate):
    places, loop = asyncio.Semaphore(rate), asyncio.get_running_loop()

    async def send_one(job):
        await places.acquire()
        loop.call_later(1.0, places.release)
        return await send(job)

    return await asyncio.gather(*[asyncio.create_task(send_one(job)) async for job in jobs])


@wrong(
    "6.5",
    "Give the place back one second after the start, whether the answer has come or not.",
    passes=("Never more than `rate` in a second, whichever second it is", "All answers, in the order of the jobs"),
)
async def gives_the_place_back_after_the_answer(jobs, send, rate):
    places, loop = asyncio.Semaphore(rate), asyncio.get_running_loop()

    async def send_one(job):
        await places.acquire()
        try:
            return await send(job)
        finally:
            loop.call_later(1.0, places.release)

    return await asyncio.gather(*[asyncio.create_task(send_one(job)) async for job in jobs])


@wrong("6.5", "Start each job as a task, and go on to the next.")
async def awaits_each_answer_and_then_a_pause(jobs, send, rate):
    answers = []
    async for job in jobs:
        answers.append(await send(job))
        await asyncio.sleep(2 / rate)
    return answers


@wrong(
    "6.2",
    "Start the next request as soon as one has ended, whichever it is.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "12 in flight with k = 12",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def refills_when_half_are_done(session, cities, k):
    tasks, running = [], set()
    for city in cities:
        tasks.append(asyncio.create_task(fetch(session, city)))
        running.add(tasks[-1])
        if len(running) == k:
            while len(running) > k // 2:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    return [await task for task in tasks]


@wrong(
    "6.2",
    "Use the k that your function gets.",
    passes=(
        "Never more than 4 in flight",
        "4 in flight where the bound allows 4",
        "All 20 answers, in the order of the cities",
        "The service was asked for each city once",
        "It uses the session that it is given",
        "A place that becomes free is taken at once",
        "The answers come in the order of the cities, whichever they are",
    ),
)
async def ten_at_the_most(session, cities, k):
    return await one_semaphore(session, cities, min(k, 10))


@right("6.4")
async def waits_for_the_first_of_k(session, pages, k):
    async def fetch_one(page):
        return page, await fetch(session, page)

    answers, running = {}, set()
    async for page in pages:
        if len(running) == k:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            answers.update(task.result() for task in done)
        running.add(asyncio.create_task(fetch_one(page)))
    return answers | dict(await asyncio.gather(*running))


@wrong("6.4", "Return an empty dictionary where there are no pages.")
async def waits_for_no_task(session, pages, k):
    async def fetch_one(page):
        return page, await fetch(session, page)

    answers, running = {}, set()
    async for page in pages:
        if len(running) == k:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            answers.update(task.result() for task in done)
        running.add(asyncio.create_task(fetch_one(page)))
    done, _ = await asyncio.wait(running)
    return answers | dict(task.result() for task in done)


@wrong(
    "6.4",
    "Take the next page as soon as one has been fetched, whichever it is.",
    passes=(
        "Not one request is refused",
        "All answers, each under the name of its page",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def waits_for_the_oldest(session, pages, k):
    answers, window = {}, deque()
    async for page in pages:
        if len(window) == k:
            oldest, task = window.popleft()
            answers[oldest] = await task
        window.append((page, asyncio.create_task(fetch(session, page))))
    for page, task in window:
        answers[page] = await task
    return answers


@wrong(
    "6.4",
    "Fetch a page when it comes: don't wait for more of them.",
    passes=(
        "Not one request is refused",
        "All answers, each under the name of its page",
        "Each page is fetched once",
        "It takes pages only as fast as it can fetch them",
    ),
)
async def collects_k_pages_first(session, pages, k):
    queue, answers, workers = asyncio.Queue(k), {}, []

    async def worker():
        while (page := await queue.get()) is not None:
            answers[page] = await fetch(session, page)

    def start():
        workers.extend(asyncio.create_task(worker()) for _ in range(k))

    async for page in pages:
        if queue.full() and not workers:
            start()
        await queue.put(page)
    if not workers:
        start()
    for _ in range(k):
        await queue.put(None)
    await asyncio.gather(*workers)
    return answers


@wrong("6.4", "Let the workers go on until the pages have ended: an empty queue is not the end.")
async def workers_leave_an_empty_queue(session, pages, k):
    queue, answers = asyncio.Queue(k), {}

    async def worker():
        while not queue.empty():
            page = queue.get_nowait()
            answers[page] = await fetch(session, page)
            queue.task_done()

    workers = []
    async for page in pages:
        await queue.put(page)
        if len(workers) < k:
            workers.append(asyncio.create_task(worker()))
    await queue.join()
    return answers


@wrong("6.3", "Measure in less time: double k instead of adding 1, or look at how long each request of one burst took.")
async def nine_bursts_for_each_k(session):
    k = 1
    while sorted([await seconds_for(session, k + 1) for _ in range(9)])[4] < 0.17:
        k += 1
    return k
