"""The exercises of 01: start together, in order, at most k, the longest chain, the knee."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import (
    RAISED,
    THROUGH_THE_SESSION,
    as_many_as,
    asks_in_time,
    asks_once,
    at_most,
    gives_back,
    not_a_list,
    overlaps,
    returns_in_order,
    shown,
    stays_full,
    uses_the_session,
)
from helpers.exercises.findings import Finding
from helpers.services import Journal, LogNormal, Uniform

if TYPE_CHECKING:
    import aiohttp

THREE = ("oslo", "lima", "cairo")
CITIES = (
    *("oslo", "lima", "cairo", "quito", "delhi", "tokyo", "paris", "accra", "hanoi", "perth"),
    *("bergen", "madrid", "seoul", "rome", "dakar", "nairobi", "athens", "dublin", "sofia", "riga"),
)
K = 4
OTHER_K = 2
SMALL, LARGE = 5, 12  # the capacities that 1.5 does not tell
KNEE_LATENCY_S = 0.1

TOGETHER = "2-·-asyncio:-the-waits-overlap-in-one-thread-(core,-10-min)"
SOME_AT_A_TIME = "4-·-Some-at-a-time-(go-further,-7-min)"
KNEE = "5-·-More-is-not-faster:-the-knee-(go-further,-7-min)"


async def fetch(session: aiohttp.ClientSession, city: str) -> Any:
    async with session.get(f"/cities/{city}") as response:
        return await response.json()


@asynccontextmanager
async def counted(bench: Bench, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Open the session that an answer is given, and note how many requests went through it."""
    import aiohttp

    count = 0

    async def began(*_: Any) -> None:
        nonlocal count
        count += 1

    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(began)
    try:
        async with bench.session(trace_configs=[tracing], **options) as session:
            yield session
    finally:
        bench.note(THROUGH_THE_SESSION, count)


def _pages(cities: Sequence[str]) -> list[str]:
    return [f"/cities/{city}" for city in cities]


# --- 1.1 ---


async def three_cities(session: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as group:
        for city in ["oslo", "lima", "cairo"]:
            group.create_task(fetch(session, city))


async def _three(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session)


# --- 1.2 ---


async def fetch_all(session: aiohttp.ClientSession, cities: Sequence[str]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, city)) for city in cities]
    return [task.result() for task in tasks]


async def _all(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, list(CITIES))


# --- 1.3 ---


async def fetch_at_most(session: aiohttp.ClientSession, cities: Sequence[str], k: int) -> list[Any]:
    tokens = asyncio.Semaphore(k)

    async def fetch_politely(city: str) -> Any:
        async with tokens:
            return await fetch(session, city)

    return await asyncio.gather(*[fetch_politely(city) for city in cities])


async def _at_most(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, list(CITIES), K)


async def _at_most_another(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session, list(CITIES[:6]), OTHER_K)


@expectation(f"{OTHER_K} in flight with k = {OTHER_K}")
def _takes_its_k(evidence: Evidence) -> Finding | None:
    peak = evidence.trials["another k"].journal.peak_in_flight
    if peak == OTHER_K or evidence.journal.peak_in_flight != K:
        return None
    return Finding(
        "Use the k that your function gets.",
        f"Called with k = {OTHER_K}, it had {peak} in flight; with k = {K} it had {evidence.journal.peak_in_flight}.",
        section=SOME_AT_A_TIME,
    )


# --- 1.4 ---


async def report(session: aiohttp.ClientSession, city: str) -> list[Any]:
    page = await fetch(session, city)
    async with asyncio.TaskGroup() as group:
        weather = group.create_task(fetch(session, f"{city}/weather"))
        neighbours = await fetch(session, f"{city}/neighbours")
        first = neighbours["neighbours"][0]["slug"]
        weather_there = await fetch(session, f"{first}/weather")
    return [page, weather.result(), neighbours, weather_there]


async def _report(answer: Answer, bench: Bench) -> Any:
    async with counted(bench) as session:
        return await answer(session, "oslo")


REPORT_NEEDS = {
    "/cities/oslo": None,
    "/cities/oslo/weather": "/cities/oslo",
    "/cities/oslo/neighbours": "/cities/oslo",
    "/cities/gothenburg/weather": "/cities/oslo/neighbours",
}


@expectation("All four answers: page, weather, neighbours, the first neighbour's weather")
def _whole_report(evidence: Evidence) -> Finding | None:
    result = evidence.result
    if (wrong := not_a_list(result, of="four answers")) is not None:
        return wrong
    got = [_kind(item) for item in result]
    wanted = ["oslo", "weather of oslo", "neighbours of oslo", "weather of gothenburg"]
    if got == wanted:
        return None
    if sorted(got) == sorted(wanted):
        return Finding(
            "Return page, weather, neighbours, the neighbour's weather, in this order.",
            f"You returned {', '.join(got)}.",
        )
    missing = next((name for name in wanted if name not in got), None)
    return Finding(
        "Return the four answers, as the service gave them.",
        f"In your list there is no {missing}: it has {', '.join(got) or 'nothing'}."
        if missing
        else f"There are {len(got)}.",
    )


def _kind(item: Any) -> str:
    match item:
        case {"slug": slug}:
            return str(slug)
        case {"city": city, "temperature_c": _}:
            return f"weather of {city}"
        case {"city": city, "neighbours": _}:
            return f"neighbours of {city}"
        case _:
            return shown(item)


# --- 1.5 ---


async def timed(session: aiohttp.ClientSession) -> float:
    begin = time.perf_counter()
    await fetch(session, "oslo")
    return time.perf_counter() - begin


async def find_knee(session: aiohttp.ClientSession) -> int:
    k = 2
    while True:
        times = sorted(await asyncio.gather(*[timed(session) for _ in range(k)]))
        quick = [each_s for each_s in times if each_s < 1.5 * times[0]]
        if len(quick) < k:  # who was not quick has queued
            return len(quick)
        k *= 2


async def _small(answer: Answer, bench: Bench) -> Any:
    return await _find(answer, bench, "small")


async def _large(answer: Answer, bench: Bench) -> Any:
    return await _find(answer, bench, "large")


async def _find(answer: Answer, bench: Bench, service: str) -> Any:
    import aiohttp

    async with bench.session(service, connector=aiohttp.TCPConnector(limit=0)) as session:
        return await answer(session)


@expectation("The knee of two services that are not told")
def _finds_both(evidence: Evidence) -> Finding | None:
    small = _finds(evidence.result, evidence.journals["small"], SMALL)
    large = evidence.trials["large"]
    return small or _finds(large.result, large.journals["large"], LARGE)


def _finds(got: Any, journal: Journal, capacity: int) -> Finding | None:
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        seen = "Your function returned None." if got is None else f"Your function returned {shown(got)}."
        return Finding("Return k, one number.", seen)
    if not journal.entries:
        return Finding(
            "Measure: ask the service, through the session that your function gets.",
            f"Your function said {shown(got)} without a single request.",
            "The services of the check are others than that of the lesson.",
        )
    slack = max(1, round(capacity / 5))
    if abs(got - capacity) <= slack:
        return None
    return _misses(got, capacity, most=journal.peak_in_flight)


def _misses(got: float, capacity: int, *, most: int) -> Finding:
    said = f"For a service of capacity {capacity} your function said {shown(got)}"
    if most <= 1:
        return Finding(
            "Keep several requests in flight, and more each time.",
            "The service never had more than 1 request in hand.",
            "What a service can do at once shows only when it is asked for several things at once.",
            KNEE,
        )
    if 0.75 <= got / (capacity / KNEE_LATENCY_S) <= 1.05:
        return Finding(
            "Return the number in flight at the bend, not the answers per second.",
            f"{said}. That is about how many it answers in a second.",
            "The rate is the number in flight divided by the time for one answer.",
            KNEE,
        )
    if got < capacity and most < capacity:
        return Finding(
            "Go on until more in flight brings no more answers.",
            f"{said}, and never had more than {most} in flight.",
            "As long as twice the k brings twice the answers, the knee is further on.",
            KNEE,
        )
    if 0.4 * capacity <= got <= 2.1 * capacity:
        return Finding(
            "Look closer, between the last k that was worth it and the first that was not.",
            f"{said}. Doubling alone comes no nearer.",
            section=KNEE,
        )
    return Finding(
        "Find the k from which on more brings no more answers per second.",
        f"{said}.",
        "Beyond the knee the rate stays, and only the waiting grows.",
        KNEE,
    )


EXERCISES = (
    Exercise(
        number="1.1",
        title="Start them together",
        reference=three_cities,
        helpers=(fetch,),
        run=_three,
        services={"weather": {"latency_s": 0.2}},
        expectations=(
            asks_once(_pages(THREE), label="The service was asked for each of the three, once"),
            overlaps(len(THREE), section=TOGETHER),
        ),
        hints=(
            "`group.create_task(...)` takes a coroutine, and returns at once.",
            "The coroutine is what `fetch(session, city)` makes.",
        ),
        why="`create_task` starts each request and returns at once, so all three wait at the same time.",
        section=TOGETHER,
        explains=RAISED,
        own=frozenset({"coroutines"}),
    ),
    Exercise(
        number="1.2",
        title="Twenty cities, in order",
        reference=fetch_all,
        helpers=(fetch,),
        run=_all,
        services={"weather": {"latency_s": Uniform(0.2, 0.35), "seed": 1}},
        expectations=(
            returns_in_order(CITIES, key="slug", section=TOGETHER),
            asks_once(_pages(CITIES), label="The service was asked for each city once"),
            overlaps(len(CITIES), section=TOGETHER),
            uses_the_session(),
        ),
        hints=(
            "A task remembers its result: `task.result()` after the group has ended.",
            "Keep the tasks in a list, in the order in which you create them. Or look up what `asyncio.gather` gives.",
        ),
        why="The tasks all start before the group waits, and the list keeps them in order, whoever finishes first.",
        section=TOGETHER,
        explains=RAISED,
        own=frozenset({"coroutines"}),
    ),
    Exercise(
        number="1.3",
        title="At most k",
        reference=fetch_at_most,
        helpers=(fetch,),
        run=_at_most,
        trials={"another k": _at_most_another},
        services={"weather": {"latency_s": LogNormal(median_s=0.15, p99_s=1.2), "seed": 551}},
        expectations=(
            at_most(K, section=SOME_AT_A_TIME),
            as_many_as(K, section=SOME_AT_A_TIME),
            stays_full(K, share=0.75, section=SOME_AT_A_TIME),
            _takes_its_k,
            returns_in_order(CITIES, key="slug", section=TOGETHER),
            asks_once(_pages(CITIES), label="The service was asked for each city once"),
            uses_the_session(),
        ),
        hints=(
            "One semaphore for all requests. Do you make it inside the coroutine that fetches one city, or outside?",
            "Batches of k, each awaited to its end, leave places empty: a slow answer holds up its batch.",
            "Start all of them as tasks, and let each take its token first: `async with tokens:`.",
        ),
        why="One semaphore is shared by all tasks: who ends puts a token back, and the next one takes it at once.",
        section=SOME_AT_A_TIME,
        explains=(gives_back(K, section=SOME_AT_A_TIME), *RAISED),
        own=frozenset({"coroutines"}),
    ),
    Exercise(
        number="1.4",
        title="As fast as the longest chain",
        reference=report,
        helpers=(fetch,),
        run=_report,
        services={"weather": {"latency_s": Uniform(0.1, 0.4), "seed": 807}},
        expectations=(
            asks_once(list(REPORT_NEEDS), label="Four requests"),
            _whole_report,
            asks_in_time(REPORT_NEEDS, late_s=0.1),
            uses_the_session(),
        ),
        hints=(
            "Start the weather as a task. Then await the neighbours.",
            "Who waits for whom? And when is the last moment to wait for the city's weather?",
        ),
        why="Only what needs an answer waits for it: the city's weather is a task beside the chain of the other three.",
        section="Exercise-1.4-·-stretch:-as-fast-as-the-longest-chain-(20-min)",
        explains=RAISED,
        own=frozenset({"coroutines"}),
    ),
    Exercise(
        number="1.5",
        title="Find the knee",
        reference=find_knee,
        helpers=(fetch, timed),
        run=_small,
        trials={"large": _large},
        services={
            "small": {"latency_s": KNEE_LATENCY_S, "capacity": SMALL},
            "large": {"latency_s": KNEE_LATENCY_S, "capacity": LARGE},
        },
        expectations=(_finds_both,),
        hints=(
            "Send a burst of k at once. Up to the capacity it takes one latency; with one more it takes two.",
            "A request that queues takes longer than one that does not. How many of k took as long as one alone?",
        ),
        why="Of k requests that start together, those within the capacity take as long as one alone. The rest queue.",
        section=KNEE,
        explains=RAISED,
    ),
)
