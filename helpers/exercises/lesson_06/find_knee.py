"""6.3: find the knee."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_06.crawl import fetch
from helpers.services import Entry, Journal

if TYPE_CHECKING:
    import aiohttp

SMALL, LARGE = 7, 13  # the capacities that are not told: no round numbers, nor one from a round number
SLACK = 2  # below only: noise makes an answer too small, and one in flight too many always takes two latencies
TRIES, TRY_AGAIN_S = 3, 2.0  # a function that has taken longer than this is not called again
KNEE = "knee-seen"
KNEE_LATENCY_S = 0.1


async def timed(session: aiohttp.ClientSession) -> float:
    begin = time.perf_counter()
    await fetch(session, "oslo")
    return time.perf_counter() - begin


async def find_knee(session: aiohttp.ClientSession) -> int:
    # Takes a service whose answers all take about as long, and nobody else's requests beside these. It asks for up to
    # twice the capacity at once: not for a service that refuses. Without a limit it finds this machine's, or 1024.
    k = 2
    while k <= 1024:
        times = sorted(await asyncio.gather(*[timed(session) for _ in range(k)]))
        quick = [each_s for each_s in times if each_s < 1.5 * times[0]]
        if len(quick) < k:  # those that were not quick have queued
            return len(quick)
        k *= 2
    return k // 2  # the most that was tried; all were quick


async def _small(answer: Answer, bench: Bench) -> Any:
    return await _find(answer, bench, "small", SMALL)


async def _large(answer: Answer, bench: Bench) -> Any:
    return await _find(answer, bench, "large", LARGE)


async def _find(answer: Answer, bench: Bench, service: str, capacity: int) -> Any:
    """Return what the answer finds: the first that is large enough, of three at most. A busy machine makes it small."""
    import aiohttp

    async with bench.session(service, connector=aiohttp.TCPConnector(limit=0)) as session:
        begin = time.perf_counter()
        for _ in range(TRIES):
            got = await answer(session)
            late = time.perf_counter() - begin > TRY_AGAIN_S
            if late or not isinstance(got, (int, float)) or got >= capacity - SLACK:
                break
        return got


@expectation("The knee of two services that are not told")
def _finds_both(evidence: Evidence) -> Found:
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
    if capacity - SLACK <= got <= capacity:
        return None
    return _misses(got, capacity, journal)


def _bursts(journal: Journal) -> list[list[Entry]]:
    """Return the requests that were under way together, by bursts."""
    bursts: list[list[Entry]] = []
    end_ns = 0
    for entry in journal:
        if entry.last_byte_ns is None:
            continue
        if not bursts or entry.arrived_ns > end_ns:
            bursts.append([])
        bursts[-1].append(entry)
        end_ns = max(end_ns, entry.last_byte_ns)
    return bursts


def _is_a_rate(got: float, capacity: int, journal: Journal) -> bool:
    """Tell whether this is about how many the service could answer in a second, or has answered in one burst.

    A busy machine answered 52 where 70 were possible. A number that was asked for at once is no rate.
    """
    bursts = [burst for burst in _bursts(journal) if len(burst) > capacity]
    rates = [len(burst) * 1e9 / (max(one.last_byte_ns or 0 for one in burst) - burst[0].arrived_ns) for burst in bursts]
    rates.append(capacity / KNEE_LATENCY_S)
    return got not in [len(burst) for burst in bursts] and any(0.75 <= got / rate <= 1.05 for rate in rates)


def _misses(got: float, capacity: int, journal: Journal) -> Finding:
    most = journal.peak_in_flight
    said = f"For a service of capacity {capacity} your function said {shown(got)}"
    if most <= 1:
        return Finding(
            "Keep several requests in flight, and more each time.",
            "The service never had more than 1 request in flight.",
            "What a service can do at once shows only when it is asked for several things at once.",
            KNEE,
        )
    if _is_a_rate(got, capacity, journal):
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
            "As long as more in flight brings more answers, the knee is further on. A burst takes a little longer than "
            "one latency: compare with one and a half.",
            KNEE,
        )
    if got == capacity + 1:
        return Finding(
            "Return the most with which nobody has to queue, not the first number with which somebody has.",
            f"{said}, which is one too many.",
            "With one more than the capacity, one request takes two latencies.",
            KNEE,
        )
    if got < capacity:
        return Finding(
            "Look closer: with more than that in flight, each answer still came after one latency.",
            f"{said}, and it had worked on {most} of yours at once.",
            "Try what lies between the last k that was quick and the first that was not. A burst takes a little longer "
            "than one latency: compare with one and a half.",
            KNEE,
        )
    if got <= 2.1 * capacity:
        return Finding(
            "Look closer, between the last k that was worth it and the first that was not.",
            f"{said}.",
            "Beyond the knee the rate stays, and only the waiting grows.",
            KNEE,
        )
    return Finding(
        "Find the k from which on more brings no more answers per second.",
        f"{said}.",
        "Beyond the knee the rate stays, and only the waiting grows.",
        KNEE,
    )


@expectation("It measures in good time")
def _measures_in_time(evidence: Evidence) -> Found:
    runs = (evidence, *evidence.trials.values())
    peak = max((journal.peak_in_flight for run in runs for journal in run.journals.values()), default=0)
    if not any(run.outcome == "never ended" for run in runs) or peak < 2:
        return None
    return Finding(
        "Measure in less time: double k instead of adding 1, or look at how long each request of one burst took.",
        f"It was still measuring at the deadline, which is for both services. The most in flight was {peak}.",
        "One burst that is large enough shows the knee: the requests within the capacity take one latency, "
        "and the rest queue.",
        KNEE,
    )


EXERCISE = Exercise(
    number="6.3",
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
    explains=(_measures_in_time,),
)
