"""Rate limits, bandwidth and outages, on every protocol that can have them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import aiohttp
import pytest

from helpers import services
from helpers.services import Service
from tests.services.conftest import Open, Opened, OpenTcp, eventually, get

STREAMS = (services.http, services.https, services.sse, services.tcp, services.websocket)
EVERY = (*STREAMS, services.udp)


async def line_of(service: Service, *texts: str) -> list[str]:
    """Say each of these on one connection, and return what comes back."""
    reader, writer = await asyncio.open_connection(*service.address)
    try:
        writer.write("".join(f"{text}\n" for text in texts).encode())
        writer.write_eof()
        return (await reader.read()).decode().splitlines()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_beyond_the_rate_a_request_is_told_when_to_come_again(http: Open, session: aiohttp.ClientSession) -> None:
    api = http(rate_per_s=0.1, burst=3)
    statuses = [(await get(session, f"{api.url}/cities/oslo"))[0] for _ in range(3)]
    async with session.get(f"{api.url}/cities/oslo") as response:
        assert (response.status, int(response.headers["Retry-After"])) == (429, 30)
        assert "more than 0.1 a second; come again in" in (await response.json())["error"]
    assert statuses == [200, 200, 200]
    assert [entry.outcome for entry in api.journal()] == ["ok", "ok", "ok", "rejected"]


async def test_the_rate_is_kept_in_every_window_whatever_clients_do(http: Open, session: aiohttp.ClientSession) -> None:
    api = http(rate_per_s=50, burst=5)
    stop = time.monotonic() + 0.5
    while time.monotonic() < stop:
        await asyncio.gather(*(get(session, f"{api.url}/cities/oslo") for _ in range(10)))
    admitted = [entry.arrived_ns for entry in api.journal() if entry.outcome == "ok"]
    assert api.journal().count(outcome="rejected") > 0
    assert min(b - a for a, b in zip(admitted, admitted[5:], strict=False)) >= 100_000_000


async def test_a_message_beyond_the_rate_is_rejected_in_words(
    tcp: OpenTcp, opened: Opened, session: aiohttp.ClientSession
) -> None:
    answers = await line_of(tcp(rate_per_s=0.1, burst=2), "one", "two", "three")
    assert answers[:2] == ["one", "two"]
    assert answers[2].startswith("ERR more than 0.1 a second; come again in")
    chat = opened(services.websocket, rate_per_s=0.1, burst=2)
    async with session.ws_connect(chat.url) as socket:
        for _ in range(2):
            await socket.send_str("hello")
        assert await socket.receive_str() == "hello"
        assert (await socket.receive_str()).startswith("ERR more than 0.1 a second")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(chat.url)
    assert refused.value.status == 429


@pytest.mark.parametrize("at_once", [1, 5])
async def test_answers_share_the_bandwidth_and_no_byte_is_lost(
    http: Open, session: aiohttp.ClientSession, at_once: int
) -> None:
    api = http(bytes_per_s=1_000_000)
    target = f"{api.url}/download?bytes={200_000 // at_once}"
    began = time.perf_counter()
    answers = await asyncio.gather(*(get(session, target) for _ in range(at_once)))
    assert time.perf_counter() - began >= 0.2
    assert [len(body) for _, body in answers] == [200_000 // at_once] * at_once


async def test_answers_on_their_way_take_turns(http: Open, session: aiohttp.ClientSession) -> None:
    api = http(bytes_per_s=500_000)
    long = asyncio.create_task(get(session, f"{api.url}/download?bytes=500000"))
    await eventually(lambda: api.journal().count(outcome="in flight") == 1)
    assert (await get(session, f"{api.url}/cities/oslo"))[0] == 200
    assert not long.done()
    long.cancel()


async def test_every_stream_keeps_to_the_bandwidth(
    tcp: OpenTcp, opened: Opened, session: aiohttp.ClientSession
) -> None:
    began = time.perf_counter()
    assert await line_of(tcp(bytes_per_s=100_000), "x" * 9_999) == ["x" * 9_999]
    assert time.perf_counter() - began >= 0.1
    chat = opened(services.websocket, bytes_per_s=100_000)
    async with session.ws_connect(chat.url) as socket:
        began = time.perf_counter()
        await socket.send_str("x" * 10_000)
        await socket.receive_str()
        assert time.perf_counter() - began >= 0.1


async def test_an_outage_drops_every_connection_and_resets_what_comes(
    http: Open, session: aiohttp.ClientSession
) -> None:
    api = http(latency_s=60)
    slow = asyncio.create_task(get(session, f"{api.url}/cities/oslo"))
    await eventually(lambda: api.journal().count(outcome="in flight") == 1)
    api.change(latency_s=0.0)
    api.outage(duration_s=60)
    for asked in (slow, get(session, f"{api.url}/cities/lima")):
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked
    assert set(api.journal().outcomes) == {"reset"}
    api.outage(duration_s=0)
    assert (await get(session, f"{api.url}/cities/lima"))[0] == 200


async def test_an_outage_begins_and_ends_by_itself(tcp: OpenTcp) -> None:
    line = tcp()
    assert await line_of(line, "hello") == ["hello"]
    line.outage(start_s=0.05, duration_s=0.1)
    seen: list[bool] = []
    while len(seen) < 3:
        try:
            up = await line_of(line, "hello") == ["hello"]
        except OSError:
            up = False
        if not seen or seen[-1] != up:
            seen.append(up)
    assert seen == [True, False, True]
    assert {(entry.method, entry.outcome) for entry in line.journal()} >= {("CONNECT", "reset"), ("MESSAGE", "ok")}


async def test_an_outage_cuts_websockets_and_streams(opened: Opened, session: aiohttp.ClientSession) -> None:
    chat, feed = opened(services.websocket), opened(services.sse, interval_s=None)
    async with session.ws_connect(chat.url) as socket, session.get(f"{feed.url}/events") as stream:
        await eventually(lambda: feed.journal().count(outcome="in flight") == 1)
        chat.outage(duration_s=60)
        feed.outage(duration_s=60)
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.read()
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.ws_connect(chat.url)


async def test_a_service_that_is_opened_again_is_in_order(http: Open, session: aiohttp.ClientSession) -> None:
    api = http()
    api.outage(duration_s=60)
    with services.http(api.name, latency_s=0.0) as again:
        assert (await get(session, f"{again.url}/cities/oslo"))[0] == 200


@pytest.mark.parametrize("wrong", [{"start_s": -1, "duration_s": 1}, {"duration_s": 4000}])
def test_an_outage_of_no_length_that_makes_sense_is_refused(http: Open, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"_s must be from 0 to 3600, got"):
        http().outage(**wrong)


@pytest.mark.parametrize("function", STREAMS, ids=lambda function: function.__name__)
def test_loss_is_refused_where_tcp_sends_again(function: Any) -> None:
    message = rf"services.{function.__name__}\(\) does not take loss_rate: TCP sends again what the network loses"
    with pytest.raises(TypeError, match=message):
        function("wrong", loss_rate=0.1)


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.__name__)
def test_every_service_takes_a_change_of_what_it_takes_and_refuses_the_rest(opened: Opened, function: Any) -> None:
    service = opened(function)
    service.change(latency_s=0.0, bytes_per_s=1000, seed=3)
    refused = "capacity" if function is services.udp else "loss_rate"
    with pytest.raises(TypeError, match=rf"change\(\) does not take {refused}: "):
        service.change(**{refused: 1})
