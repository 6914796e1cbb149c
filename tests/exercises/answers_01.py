"""Answers to the exercises of 01, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import functools
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


@right("1.1")
async def awaits_three_tasks(session):
    tasks = [asyncio.create_task(fetch(session, city)) for city in ("cairo", "oslo", "lima")]
    for task in tasks:
        await task


@right("1.1")
async def waits_for_three(session):
    await asyncio.wait([asyncio.ensure_future(fetch(session, city)) for city in ("oslo", "lima", "cairo")])


@right("1.1")
async def as_three_complete(session):
    for ended in asyncio.as_completed([fetch(session, city) for city in ["oslo", "lima", "cairo"]]):
        await ended


AWAIT_TASKS = "Await every task before you return; a TaskGroup does it for you."
THREE = "The service was asked for each of the three, once"
ALL_THREE = "The service had all 3 requests in flight"


@wrong("1.1", AWAIT_TASKS)
async def three_tasks_not_awaited(session):
    for city in ["oslo", "lima", "cairo"]:
        asyncio.create_task(fetch(session, city))


@wrong("1.1", AWAIT_TASKS)
async def gather_of_three_not_awaited(session):
    asyncio.gather(*[fetch(session, city) for city in ["oslo", "lima", "cairo"]])


@wrong("1.1", AWAIT_TASKS, passes=(THREE, ALL_THREE))
async def awaits_only_cairo(session):
    tasks = [asyncio.create_task(fetch(session, city)) for city in ["oslo", "lima", "cairo"]]
    await tasks[-1]


@wrong("1.1", AWAIT_TASKS, passes=(THREE, ALL_THREE))
async def awaits_only_oslo(session):
    tasks = [asyncio.create_task(fetch(session, city)) for city in ["oslo", "lima", "cairo"]]
    await tasks[0]


@wrong("1.1", AWAIT_TASKS, passes=(THREE, ALL_THREE))
async def waits_for_the_first_of_three(session):
    tasks = [asyncio.create_task(fetch(session, city)) for city in ["oslo", "lima", "cairo"]]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


@wrong("1.1", "Start all 3 at once.", passes=(THREE,))
async def oslo_first_then_the_others(session):
    await fetch(session, "oslo")
    await asyncio.gather(fetch(session, "lima"), fetch(session, "cairo"))


@wrong("1.1", "Ask for /cities/oslo.", passes=(ALL_THREE,))
async def city_in_quotes(session):
    async with asyncio.TaskGroup() as group:
        for _ in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, "city"))


@wrong("1.1", "Ask for /cities/oslo.", passes=(ALL_THREE,))
async def capital_letters(session):
    async with asyncio.TaskGroup() as group:
        for city in ["Oslo", "Lima", "Cairo"]:
            group.create_task(fetch(session, city))


@wrong("1.1", "Ask for each page once.", passes=(ALL_THREE,))
async def two_tasks_each(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))
            group.create_task(fetch(session, city))


@wrong("1.1", "Leave out the `await`: `create_task` wants the coroutine, and you gave it the answer.")
async def await_in_the_blank(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(await fetch(session, city))


@wrong("1.1", "Call the function yourself, and give `create_task` what it makes: `create_task(fetch(session, city))`.")
async def arguments_as_for_a_thread(session):
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch, session, city)


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
        "All answers, in the order of the cities",
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
        "The service had all requests in flight",
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
        "The service had all requests in flight",
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
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "The service had all requests in flight",
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
        "The service had all requests in flight",
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
        "The service had all requests in flight",
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
        "All answers, in the order of the cities",
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
        "The service had all requests in flight",
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
        "The service had all requests in flight",
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
        "The service had all requests in flight",
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
        "All answers, in the order of the cities",
        "The service was asked for each city once",
        "The service had all requests in flight",
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
        "All answers, in the order of the cities",
        "The service had all requests in flight",
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
        "The service had all requests in flight",
        "It uses the session that it is given",
    ),
)
async def slugs_only(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return [answer["slug"] for answer in answers]


@right("1.2")
async def gathers_a_map(session, cities):
    return list(await asyncio.gather(*map(functools.partial(fetch, session), cities)))


@right("1.2")
async def waits_and_reads_the_results(session, cities):
    tasks = [asyncio.create_task(fetch(session, city)) for city in cities]
    await asyncio.wait(tasks)
    return [task.result() for task in tasks]


@right("1.2")
async def a_dict_by_city(session, cities):
    async with asyncio.TaskGroup() as group:
        by_city = {city: group.create_task(fetch(session, city)) for city in cities}
    return [by_city[city].result() for city in cities]


@right("1.2")
async def collects_in_callbacks(session, cities):
    found = {}
    async with asyncio.TaskGroup() as group:
        for city in cities:
            task = group.create_task(fetch(session, city))
            task.add_done_callback(lambda task, city=city: found.__setitem__(city, task.result()))
    return [found[city] for city in cities]


ORDER, ONCE = "All answers, in the order of the cities", "The service was asked for each city once"
ALL, GIVEN = "The service had all requests in flight", "It uses the session that it is given"
cities = ["oslo", "lima", "cairo", "quito", "delhi", "tokyo", "paris", "accra", "hanoi", "perth"]
cities += ["bergen", "madrid", "seoul", "rome", "dakar", "nairobi", "athens", "dublin", "sofia", "riga"]


@wrong("1.2", "Return 7 answers.", passes=(ALL, GIVEN))
async def uses_the_cities_of_the_page(session, towns):
    return await asyncio.gather(*[fetch(session, city) for city in cities])


@wrong("1.2", "Find out why it raises.")
async def counts_to_twenty(session, cities):
    return await asyncio.gather(*[fetch(session, cities[number]) for number in range(20)])


@wrong("1.2", "Put the answers in the order of the cities.", passes=(ONCE, ALL, GIVEN))
async def sorts_by_name(session, cities):
    answers = await asyncio.gather(*[fetch(session, city) for city in cities])
    return sorted(answers, key=lambda answer: answer["slug"])


@wrong("1.2", "Start all 20 at once.", passes=(ORDER, ONCE, GIVEN))
async def ten_at_a_time(session, cities):
    places = asyncio.Semaphore(10)

    async def fetch_one(city):
        async with places:
            return await fetch(session, city)

    return await asyncio.gather(*[fetch_one(city) for city in cities])


@wrong("1.2", "Start all 20 before you await the first.", passes=(ORDER, ONCE, GIVEN))
async def a_group_for_each(session, cities):
    answers = []
    for city in cities:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(fetch(session, city))
        answers.append(task.result())
    return answers


@wrong("1.2", "Return 20 answers.", passes=(ONCE, ALL, GIVEN))
async def returns_the_last(session, cities):
    async with asyncio.TaskGroup() as group:
        for city in cities:
            task = group.create_task(fetch(session, city))
    return [task.result()]


@wrong("1.2", "Let every task return its answer.", passes=(ONCE, ALL, GIVEN))
async def late_binding(session, cities):
    answers = [None] * len(cities)
    async with asyncio.TaskGroup() as group:
        for place, city in enumerate(cities):
            task = group.create_task(fetch(session, city))
            task.add_done_callback(lambda task: answers.__setitem__(place, task.result()))
    return answers


@wrong("1.2", "Put a `*` before the list: `gather(*[...])`.")
async def gathers_the_list(session, cities):
    return await asyncio.gather([fetch(session, city) for city in cities])


@wrong("1.2", "Await the task first: `await task` waits for its end, and gives its result.")
async def results_inside_the_group(session, cities):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
        return [task.result() for task in tasks]


@wrong("1.2", "Await the task first: `await task` waits for its end, and gives its result.")
async def result_at_once(session, cities):
    return [asyncio.create_task(fetch(session, city)).result() for city in cities]


@wrong("1.2", "Leave out the `await`: `create_task` wants the coroutine, and you gave it the answer.")
async def tasks_of_awaited(session, cities):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(await fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


@wrong("1.2", "Write `await` where you wrote `asyncio.run` or `run_until_complete`.")
async def asyncio_run_inside(session, cities):
    return asyncio.run(asyncio.gather(*[fetch(session, city) for city in cities]))


# --- 1.3 ---

FOUR, ANSWERS = "Four requests", "All four answers: page, weather, neighbours, the first neighbour's weather"
NOT_EARLY = "No request is sent before the answer that it comes after"
NOT_LATE, SESSION = "As fast as its longest chain", "It uses the session that it is given"


@right("1.3")
async def weather_beside_the_chain(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await weather, neighbours, there]


@right("1.3")
async def chain_as_a_coroutine(session, city):
    async def around():
        neighbours = await fetch(session, f"{city}/neighbours?limit=1")
        return neighbours, await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    weather, (neighbours, there) = await asyncio.gather(fetch(session, f"{city}/weather"), around())
    return page, weather, neighbours, there


@wrong(
    "1.3",
    "Ask for /cities/oslo/neighbours as soon as /cities/oslo is there.",
    passes=(
        FOUR,
        ANSWERS,
        NOT_EARLY,
        SESSION,
    ),
)
async def one_after_another(session, city):
    page = await fetch(session, city)
    weather = await fetch(session, f"{city}/weather")
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


@wrong(
    "1.3",
    "Ask for /cities/gothenburg/weather as soon as /cities/oslo/neighbours is there.",
    passes=(
        FOUR,
        ANSWERS,
        NOT_EARLY,
        SESSION,
    ),
)
async def gathers_in_stages(session, city):
    page = await fetch(session, city)
    weather, neighbours = await asyncio.gather(fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"))
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


@wrong(
    "1.3",
    "Ask for /cities/oslo/weather as soon as /cities/oslo is there.",
    passes=(
        FOUR,
        ANSWERS,
        NOT_EARLY,
        SESSION,
    ),
)
async def the_weather_last(session, city):
    page = await fetch(session, city)
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await fetch(session, f"{city}/weather"), neighbours, there]


@wrong(
    "1.3",
    "Ask for each page once.",
    passes=(
        ANSWERS,
        NOT_EARLY,
        NOT_LATE,
        SESSION,
    ),
)
async def neighbours_twice(session, city):
    async def weather_there():
        neighbours = await fetch(session, f"{city}/neighbours")
        return await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    tasks = [fetch(session, f"{city}/weather"), fetch(session, f"{city}/neighbours"), weather_there()]
    return [page, *await asyncio.gather(*tasks)]


@wrong("1.3", "Ask for /cities/gothenburg/weather.", passes=(SESSION,))
async def the_last_neighbour(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][-1]['slug']}/weather")
    return [page, await weather, neighbours, there]


@wrong(
    "1.3",
    "Return page, weather, neighbours, the neighbour's weather, in this order.",
    passes=(FOUR, NOT_EARLY, NOT_LATE, SESSION),
)
async def another_order(session, city):
    page, weather, neighbours, there = await weather_beside_the_chain(session, city)
    return [page, neighbours, weather, there]


@wrong(
    "1.3",
    "Return the four answers, as the service gave them.",
    passes=(FOUR, NOT_EARLY, NOT_LATE, SESSION),
)
async def three_answers(session, city):
    page, weather, _, there = await weather_beside_the_chain(session, city)
    return [page, weather, there]


@wrong("1.3", "Await the task, and return its result.")
async def forgets_a_task(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]


@right("1.3")
async def two_coroutines_in_a_group(session, city):
    answers = {}

    async def here():
        answers["weather"] = await fetch(session, f"{city}/weather")

    async def there():
        answers["neighbours"] = neighbours = await fetch(session, f"{city}/neighbours")
        answers["there"] = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")

    page = await fetch(session, city)
    async with asyncio.TaskGroup() as group:
        group.create_task(here())
        group.create_task(there())
    return [page, answers["weather"], answers["neighbours"], answers["there"]]


@right("1.3")
async def waits_for_whichever_is_first(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = asyncio.create_task(fetch(session, f"{city}/neighbours"))
    await asyncio.wait([weather, neighbours], return_when=asyncio.FIRST_COMPLETED)
    first = (await neighbours)["neighbours"][0]["slug"]
    there = await fetch(session, f"{first}/weather")
    return [page, await weather, await neighbours, there]


@wrong(
    "1.3", "Ask for /cities/oslo/weather only when /cities/oslo is there.", passes=(FOUR, ANSWERS, NOT_LATE, SESSION)
)
async def weather_before_the_page(session, city):
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    page = await fetch(session, city)
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await weather, neighbours, there]


@wrong(
    "1.3", "Ask for /cities/oslo/weather only when /cities/oslo is there.", passes=(FOUR, ANSWERS, NOT_LATE, SESSION)
)
async def all_three_at_once(session, city):
    async with asyncio.TaskGroup() as group:
        page = group.create_task(fetch(session, city))
        weather = group.create_task(fetch(session, f"{city}/weather"))
        neighbours = await fetch(session, f"{city}/neighbours")
        there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page.result(), weather.result(), neighbours, there]


@wrong(
    "1.3", "Ask for /cities/oslo/neighbours only when /cities/oslo is there.", passes=(FOUR, ANSWERS, NOT_LATE, SESSION)
)
async def neighbours_before_the_page(session, city):
    neighbours = asyncio.create_task(fetch(session, f"{city}/neighbours"))
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    there = await fetch(session, f"{(await neighbours)['neighbours'][0]['slug']}/weather")
    return [page, await weather, await neighbours, there]


@wrong("1.3", "Ask for /cities/lima.", passes=(SESSION,))
async def always_oslo(session, city):
    return await weather_beside_the_chain(session, "oslo")


@wrong("1.3", "Ask for /cities/cusco/weather.", passes=(SESSION,))
async def knows_the_neighbour(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    return [page, await weather, neighbours, await fetch(session, "gothenburg/weather")]


@wrong("1.3", "Ask for /cities/cusco/weather.", passes=(SESSION,))
async def knows_the_neighbour_and_does_not_wait(session, city):
    page = await fetch(session, city)
    rest = [f"{city}/weather", f"{city}/neighbours", "gothenburg/weather"]
    return [page, *await asyncio.gather(*[fetch(session, path) for path in rest])]


@wrong(
    "1.3",
    "Ask for /cities/gothenburg/weather as soon as /cities/oslo/neighbours is there.",
    passes=(FOUR, ANSWERS, NOT_EARLY, SESSION),
)
async def the_neighbour_when_the_weather_is_there(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = asyncio.create_task(fetch(session, f"{city}/neighbours"))
    await weather
    there = await fetch(session, f"{(await neighbours)['neighbours'][0]['slug']}/weather")
    return [page, await weather, await neighbours, there]


@wrong(
    "1.3", "Ask for /cities/oslo/weather as soon as /cities/oslo is there.", passes=(FOUR, ANSWERS, NOT_EARLY, SESSION)
)
async def weather_with_the_neighbours_weather(session, city):
    page = await fetch(session, city)
    neighbours = await fetch(session, f"{city}/neighbours")
    paths = [f"{city}/weather", f"{neighbours['neighbours'][0]['slug']}/weather"]
    weather, there = await asyncio.gather(*[fetch(session, path) for path in paths])
    return [page, weather, neighbours, there]


@wrong(
    "1.3", "Ask for /cities/oslo/weather as soon as /cities/oslo is there.", passes=(FOUR, ANSWERS, NOT_EARLY, SESSION)
)
async def a_polite_pause(session, city):
    page = await fetch(session, city)
    await asyncio.sleep(0.2)
    weather = asyncio.create_task(fetch(session, f"{city}/weather"))
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, await weather, neighbours, there]


@wrong("1.3", "Return the four answers as a list.", passes=(FOUR, NOT_EARLY, NOT_LATE, SESSION))
async def a_dict_of_four(session, city):
    page, weather, neighbours, there = await weather_beside_the_chain(session, city)
    return {"page": page, "weather": weather, "neighbours": neighbours, "there": there}


@wrong("1.3", "Await the task first: `await task` waits for its end, and gives its result.")
async def result_of_the_weather_too_early(session, city):
    page = await fetch(session, city)
    weather = asyncio.create_task(fetch(session, f"{city}/weather")).result()
    neighbours = await fetch(session, f"{city}/neighbours")
    there = await fetch(session, f"{neighbours['neighbours'][0]['slug']}/weather")
    return [page, weather, neighbours, there]
