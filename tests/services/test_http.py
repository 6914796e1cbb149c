"""What a client sees of a service's conditions, and what the journal says of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import requests

from helpers import services
from helpers.services import HttpService, Journal, LogNormal
from tests.services.conftest import Open, eventually, exchange, get


async def get_all(service: HttpService, targets: list[str]) -> list[tuple[int, bytes]]:
    async with aiohttp.ClientSession(service.url, connector=aiohttp.TCPConnector(limit=0)) as session:
        return await asyncio.gather(*(get(session, target) for target in targets))


@contextlib.asynccontextmanager
async def waiting(
    service: HttpService, target: str, n: int = 1
) -> AsyncIterator[list[asyncio.Task[tuple[int, bytes]]]]:
    """Send n requests that will not be answered before the block ends; enter it when the service has them all."""
    before = len(service.journal())
    async with aiohttp.ClientSession(service.url, connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(get(session, target)) for _ in range(n)]
        try:
            await eventually(lambda: len(service.journal()) == before + n)
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def ended(service: HttpService, n: int = 1) -> Journal:
    """Return the journal as soon as n requests have ended: a disconnect takes its way through the machine."""
    await eventually(lambda: sum(entry.last_byte_ns is not None for entry in service.journal().entries) >= n)
    return service.journal()


async def test_every_answer_takes_at_least_the_latency(http: Open) -> None:
    api = http(latency_s=0.05)
    async with aiohttp.ClientSession(api.url) as session:
        for _ in range(5):
            began = time.perf_counter()
            await get(session, "/cities/oslo")
            assert time.perf_counter() - began >= 0.05
    for entry in api.journal().entries:
        assert entry.first_byte_ns is not None
        assert entry.admitted_ns is not None
        assert entry.first_byte_ns - entry.admitted_ns >= 50_000_000
        assert entry.late_ns == entry.first_byte_ns - entry.admitted_ns - 50_000_000


async def test_both_processes_have_one_clock(http: Open) -> None:
    api = http()
    async with aiohttp.ClientSession(api.url) as session:
        for i in range(20):
            before_ns = time.perf_counter_ns()
            await get(session, f"/cities/oslo?i={i}")
            after_ns = time.perf_counter_ns()
            (entry,) = api.journal(since_ns=before_ns).entries
            assert entry.first_byte_ns is not None
            assert entry.path == f"/cities/oslo?i={i}"
            assert before_ns <= entry.arrived_ns <= entry.first_byte_ns <= after_ns


async def test_requests_at_once_are_in_flight_at_once(http: Open) -> None:
    api = http(latency_s=60)
    async with waiting(api, "/cities/oslo", 20):
        assert api.journal().peak_in_flight == 20


async def test_no_more_than_the_capacity_are_in_flight_and_the_rest_queue(http: Open) -> None:
    api = http(latency_s=60, capacity=4)
    async with waiting(api, "/cities/oslo", 12):
        journal = api.journal()
        assert journal.outcomes == {"in flight": 4, "queueing": 8}
        assert (journal.peak_in_flight, journal.capacity) == (4, 4)
        api.change(capacity=10)
        journal = api.journal()
        assert journal.outcomes == {"in flight": 10, "queueing": 2}
        assert sum(entry.queued_ns > 0 for entry in journal.entries) == 6


async def test_the_queue_empties_at_the_pace_of_the_capacity(http: Open) -> None:
    api = http(latency_s=0.03, capacity=4)
    began_ns = time.perf_counter_ns()
    await get_all(api, ["/cities/oslo"] * 12)
    assert time.perf_counter_ns() - began_ns >= 90_000_000  # three rounds of four
    assert api.journal().outcomes == {"ok": 12}
    assert api.journal().peak_in_flight <= 4


async def test_beyond_the_admission_limit_requests_are_rejected_at_once(http: Open) -> None:
    api = http(latency_s=60, capacity=2, admission_limit=5)
    async with waiting(api, "/cities/oslo", 12) as tasks:
        assert api.journal().outcomes == {"in flight": 2, "queueing": 3, "rejected": 7}
        await eventually(lambda: sum(task.done() for task in tasks) == 7)
        assert {task.result()[0] for task in tasks if task.done()} == {503}


async def test_the_same_seed_gives_the_same_answers_to_concurrent_clients(http: Open) -> None:
    async def failed(targets: list[str]) -> set[str]:
        api = http(latency_s=LogNormal(0.005, 0.02), failure_rate=0.4, seed=3)
        answers = await get_all(api, targets)
        return {target for target, (status, _) in zip(targets, answers, strict=True) if status == 503}

    targets = [f"/cities/oslo?i={i}" for i in range(40)]
    first = await failed(targets)
    assert first == await failed(targets[::-1])
    assert 5 < len(first) < 30


async def test_fail_first_fails_the_next_n_whatever_they_ask(http: Open) -> None:
    api = http()
    async with aiohttp.ClientSession(api.url) as session:
        await get(session, "/")
        api.fail_first(2, status=500)
        assert [(await get(session, "/cities/lima"))[0] for _ in range(4)] == [500, 500, 200, 200]
    assert api.journal().count(outcome="failed") == 2


async def test_a_reset_connection_is_reset_and_journalled(http: Open) -> None:
    api = http(failure_rate=1, failure="reset")
    with pytest.raises(requests.ConnectionError):  # aiohttp would ask a second time, unasked
        await asyncio.to_thread(requests.get, f"{api.url}/cities/oslo", timeout=10)
    assert (await ended(api)).outcomes == {"reset": 1}


async def test_a_truncated_body_ends_before_its_announced_length(http: Open) -> None:
    api = http(failure_rate=1, failure="truncated")
    with pytest.raises(aiohttp.ClientPayloadError):
        await get_all(api, ["/cities/oslo"])
    assert (await ended(api)).outcomes == {"truncated": 1}


@pytest.mark.parametrize("target", ["/download?bytes=1000", "/download?bytes=32768", "/download?bytes=200000"])
@pytest.mark.parametrize("bytes_per_s", [None, 1_000_000])
async def test_a_truncated_download_is_half_of_what_was_announced(
    http: Open, target: str, bytes_per_s: int | None
) -> None:
    api = http(failure_rate=1, failure="truncated", bytes_per_s=bytes_per_s)
    received = await asyncio.to_thread(exchange, api, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head, _, body = received.partition(b"\r\n\r\n")
    announced = int(head.partition(b"Content-Length: ")[2].split()[0])
    assert (announced, len(body)) == (int(target.partition("=")[2]), announced // 2)
    assert (await ended(api)).outcomes == {"truncated": 1}


async def test_a_truncated_answer_to_head_has_no_body_and_ends_in_mid_head(http: Open) -> None:
    api = http(failure_rate=1, failure="truncated")
    received = await asyncio.to_thread(exchange, api, b"HEAD /cities/oslo HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in received


@pytest.mark.parametrize(
    ("first_line", "told"),
    [(b"POST /echo HTTP/1.1", True), (b"POST /echo HTTP/1.0", False), (b"POST /cities HTTP/1.1", False)],
    ids=["HTTP/1.1", "HTTP/1.0 knows no 100", "what will be refused"],
)
async def test_only_who_may_go_on_is_told_to_continue(http: Open, first_line: bytes, told: bool) -> None:
    head = b"\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    received = await asyncio.to_thread(exchange, http(), first_line + head + b"hi")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\n") is told


async def test_a_letter_that_needs_no_percent_sign_may_have_one(http: Open) -> None:
    ((status, _),) = await get_all(http(), ["/%63ities/%6Fslo"])
    assert status == 200


async def test_no_answer_holds_its_place_until_the_client_gives_up(http: Open) -> None:
    api = http(failure_rate=1, failure="no_answer", capacity=1)
    async with waiting(api, "/cities/oslo"):
        assert api.journal().outcomes == {"in flight": 1}
        gave_up_ns = time.perf_counter_ns()
    (entry,) = (await ended(api)).entries
    assert (entry.outcome, entry.first_byte_ns, entry.status) == ("aborted", None, None)
    assert entry.last_byte_ns is not None
    assert entry.last_byte_ns >= gave_up_ns
    api.change(failure_rate=0.0)
    assert (await get_all(api, ["/cities/oslo"]))[0][0] == 200


async def test_a_request_given_up_in_the_queue_was_never_in_flight(http: Open) -> None:
    api = http(latency_s=60, capacity=1)
    async with waiting(api, "/cities/oslo"):
        async with waiting(api, "/cities/lima"):
            assert api.journal().outcomes == {"in flight": 1, "queueing": 1}
        journal = await ended(api)
    assert [entry.outcome for entry in journal.entries] == ["in flight", "aborted"]
    assert [entry.admitted_ns is None for entry in journal.entries] == [False, True]


async def test_a_disconnect_is_in_the_journal_at_once(http: Open) -> None:
    api = http(latency_s=60)
    host, port = api.url.removeprefix("http://").split(":")
    for n in range(1, 21):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await eventually(lambda: len(api.journal()) == n)  # noqa: B023 - used before n changes
        assert api.journal().outcomes == {"aborted": n}


async def test_a_change_is_for_the_requests_that_come_after_it(http: Open) -> None:
    api = http(latency_s=60)
    async with waiting(api, "/cities/oslo") as (slow,):
        api.change(latency_s=0.0)
        assert (await get_all(api, ["/cities/lima"]))[0][0] == 200
        assert not slow.done()
    assert repr(api).endswith("latency_s=0.0)")


async def test_a_request_may_bring_its_own_latency(http: Open) -> None:
    api = http()
    await get_all(api, ["/cities/oslo?latency_s=0.08"])
    (entry,) = api.journal().entries
    assert entry.first_byte_ns is not None
    assert entry.first_byte_ns - entry.arrived_ns >= 80_000_000


async def test_a_request_may_bring_its_own_failure(http: Open) -> None:
    ((status, _),) = await get_all(http(), ["/cities/oslo?failure_rate=1&failure=502"])
    assert status == 502


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("latency_s=soon", "latency_s must be a number, got 'soon'"),
        ("latency_s=-1", "latency_s must be from 0 to 3600, got -1.0"),
        ("latency_s=nan", "latency_s must be from 0 to 3600, got nan"),
        ("failure_rate=2", "failure_rate must be from 0 to 1, got 2.0"),
    ],
)
async def test_a_wrong_condition_in_the_query_is_told_its_name_and_range(http: Open, query: str, message: str) -> None:
    async with (
        aiohttp.ClientSession(http().url) as session,
        session.get(f"/cities/oslo?{query}") as response,
    ):
        assert response.status == 400
        assert (await response.json())["error"] == message


async def test_server_timing_says_what_was_asked_and_what_was_done(http: Open) -> None:
    async with (
        aiohttp.ClientSession(http(latency_s=0.05).url) as session,
        session.get("/cities/oslo") as response,
    ):
        timing = dict(part.strip().split(";dur=") for part in response.headers["Server-Timing"].split(","))
    assert timing["asked"] == "50.000"
    assert float(timing["done"]) >= 50.0
    assert timing["queued"] == "0.000"


def test_requests_one_after_another_share_a_connection_of_a_session(http: Open) -> None:
    api = http()
    with requests.Session() as session:
        for _ in range(3):
            session.get(f"{api.url}/cities/oslo", timeout=10)
    requests.get(f"{api.url}/cities/oslo", timeout=10)
    assert (len(api.journal()), api.journal().connections) == (4, 2)


async def test_a_download_is_as_long_as_asked_and_in_flight_until_its_last_byte(http: Open) -> None:
    api = http()
    ((status, body),) = await get_all(api, ["/download?bytes=3000001"])
    assert (status, len(body)) == (200, 3_000_001)
    (entry,) = (await ended(api)).entries
    assert entry.first_byte_ns is not None
    assert entry.last_byte_ns is not None
    assert entry.last_byte_ns > entry.first_byte_ns


async def test_a_download_waits_for_a_client_that_does_not_read(http: Open) -> None:
    api = http()
    async with aiohttp.ClientSession(api.url) as session, session.get("/download?bytes=200000000"):
        await asyncio.sleep(0.05)
        assert api.journal().outcomes == {"in flight": 1}
    assert (await ended(api)).outcomes == {"aborted": 1}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_echo_returns_what_was_sent(http: Open, method: str) -> None:
    async with (
        aiohttp.ClientSession(http().url) as session,
        session.request(method, "/echo?a=1", data="hé" if method == "POST" else None, headers={"X-A": "b"}) as response,
    ):
        content: dict[str, Any] = await response.json()
    assert (content["method"], content["query"], content["headers"]["X-A"]) == (method, {"a": "1"}, "b")
    assert content["body"] == ("hé" if method == "POST" else "")


async def test_head_has_the_headers_and_no_body(http: Open) -> None:
    async with aiohttp.ClientSession(http().url) as session, session.head("/cities/oslo") as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 100


async def test_the_same_name_again_replaces_the_service_and_keeps_its_port(http: Open) -> None:
    first = http()
    await get_all(first, ["/"])
    async with aiohttp.ClientSession(first.url) as session:
        await get(session, "/")
        with services.http(first.name, latency_s=0.0) as second:
            assert second.url == first.url
            await get(session, "/cities/oslo")  # the old connection lives on
            assert [entry.path for entry in second.journal().entries] == ["/cities/oslo"]


async def test_async_with_closes_the_service(http: Open) -> None:
    async with http() as api:
        await get_all(api, ["/"])
    with pytest.raises(aiohttp.ClientConnectorError):
        await get_all(api, ["/"])
