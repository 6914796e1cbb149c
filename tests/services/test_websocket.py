"""What a client sees of a WebSocket service, and what the journal says of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from helpers import services
from helpers.services import WebSocketService
from tests.services.conftest import Opened, eventually


async def ids_of(session: aiohttp.ClientSession, url: str) -> tuple[list[int], int | None]:
    """Read events until the connection ends; return their ids and the code of the closing handshake."""
    async with session.ws_connect(url) as socket:
        ids = [message.json()["id"] async for message in socket if message.type is WSMsgType.TEXT]
        return ids, socket.close_code


async def refusal_of(session: aiohttp.ClientSession, url: str) -> int:
    """Return the status with which a handshake is refused."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await session.ws_connect(url)
    return refused.value.status


@pytest.fixture
def chat(opened: Opened) -> WebSocketService:
    """A service that only says what it is told."""
    service: WebSocketService = opened(services.websocket)
    return service


async def test_text_and_bytes_are_answered_with_themselves(
    chat: WebSocketService, session: aiohttp.ClientSession
) -> None:
    async with session.ws_connect(chat.url) as socket:
        for text in ("hé", "", "x" * 100_000):
            await socket.send_str(text)
            assert await socket.receive_str() == text
        await socket.send_bytes(b"\0\xff")
        assert await socket.receive_bytes() == b"\0\xff"
    methods = [(entry.method, entry.outcome, entry.status) for entry in chat.journal()]
    assert methods == [("GET", "ok", 101), *[("MESSAGE", "ok", None)] * 4]
    assert chat.journal().connections == 1


async def test_every_answer_takes_at_least_the_latency(opened: Opened, session: aiohttp.ClientSession) -> None:
    slow = opened(services.websocket, latency_s=0.03)
    began = time.perf_counter()
    async with session.ws_connect(slow.url) as socket:
        assert time.perf_counter() - began >= 0.03
        await socket.send_str("hello")
        await socket.receive_str()
        assert time.perf_counter() - began >= 0.06


async def test_an_open_connection_takes_no_place(opened: Opened, session: aiohttp.ClientSession) -> None:
    narrow = opened(services.websocket, capacity=1)
    async with session.ws_connect(narrow.url), session.ws_connect(narrow.url) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"
        assert narrow.journal().open_connections == 2
    assert narrow.journal().peak_in_flight == 1


async def test_a_client_that_comes_back_with_its_last_id_loses_and_repeats_nothing(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.websocket, interval_s=0.005, events=20, drop_after=7)
    channel = f"{feed.url}/channel"
    assert await ids_of(session, channel) == (list(range(1, 8)), 1006)
    assert await ids_of(session, f"{channel}?after=7") == (list(range(8, 15)), 1006)
    assert await ids_of(session, f"{channel}?after=14") == (list(range(15, 21)), 1000)
    assert [entry.resumed_from for entry in feed.journal()] == [None, 7, 14]


async def test_a_client_that_comes_back_without_an_id_has_lost_an_event(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.websocket, interval_s=0.02, drop_after=2)
    assert (await ids_of(session, f"{feed.url}/channel"))[0] == [1, 2]
    async with session.ws_connect(f"{feed.url}/channel") as socket:
        assert (await socket.receive_json())["id"] >= 4


async def test_what_one_says_on_the_channel_all_hear_with_an_id(
    chat: WebSocketService, session: aiohttp.ClientSession
) -> None:
    channel = f"{chat.url}/channel"
    async with session.ws_connect(channel) as one, session.ws_connect(channel) as two:
        await eventually(lambda: chat.broadcast("ready?") == 2)
        await one.send_str("hello")
        for socket in (one, two):
            said = [await socket.receive_json() async for _ in _until_hello(socket)]
            assert said == []
        assert {entry.path for entry in chat.journal() if entry.method == "MESSAGE"} == {"hello"}


async def _until_hello(socket: aiohttp.ClientWebSocketResponse) -> Any:
    while (await socket.receive_json())["data"] != "hello":
        pass
    return
    yield


async def test_an_echo_is_cut_after_as_many_messages_as_it_gives(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    short = opened(services.websocket, drop_after=2)
    async with session.ws_connect(short.url) as socket:
        for _ in range(3):
            await socket.send_str("hello")
        assert [message.data async for message in socket] == ["hello", "hello"]
    assert [entry.outcome for entry in short.journal()] == ["ok", "ok", "ok", "truncated"]


async def test_a_status_befalls_handshakes_and_a_break_befalls_messages(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    moody = opened(services.websocket)
    moody.fail_first(2, failure=502)
    assert [await refusal_of(session, moody.url) for _ in range(2)] == [502, 502]
    async with session.ws_connect(moody.url) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"
        moody.fail_first(1, failure="reset")
        await socket.send_str("hello")
        assert (await socket.receive()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    assert [entry.outcome for entry in moody.journal()] == ["failed", "failed", "ok", "ok", "reset"]


async def test_a_message_beyond_the_admission_limit_is_rejected_in_words(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    busy = opened(services.websocket)
    async with session.ws_connect(busy.url) as one, session.ws_connect(busy.url) as two:
        busy.change(latency_s=60, admission_limit=1)
        await one.send_str("hello")
        await eventually(lambda: busy.journal().count(outcome="in flight") == 1)
        await two.send_str("hello")
        assert await two.receive_str() == "ERR 1 in flight or queueing already, which is the limit"
        assert await refusal_of(session, busy.url) == 503


@pytest.mark.parametrize(
    ("path", "status"),
    [("/chanel", 404), ("/channel?after=x", 400), ("/channel?after=-1", 400), ("/channel?after=5", 410)],
)
async def test_a_handshake_that_asks_for_what_is_not_there_is_refused(
    chat: WebSocketService, session: aiohttp.ClientSession, path: str, status: int
) -> None:
    assert await refusal_of(session, f"{chat.url}{path}") == status


async def test_plain_http_is_told_what_is_spoken_here(chat: WebSocketService, session: aiohttp.ClientSession) -> None:
    async with session.get(chat.url.replace("ws:", "http:")) as response:
        assert response.status == 426
        assert (await response.json())["error"].startswith("this service speaks WebSocket: / answers each message")


async def test_a_hundred_followers_all_get_every_event_in_order(opened: Opened, session: aiohttp.ClientSession) -> None:
    feed = opened(services.websocket, interval_s=0.05, events=5)
    answers = await asyncio.gather(*(ids_of(session, f"{feed.url}/channel?after=0") for _ in range(100)))
    assert answers == [([1, 2, 3, 4, 5], 1000)] * 100


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"interval_s": 0}, r"interval_s must be from 0.001 to 3600, got 0"),
        ({"events": 5}, r"events counts the readings that come every interval_s; it needs interval_s, got 5"),
        ({"drop_after": 0}, r"drop_after must be a whole number from 1 to 1000000, or None for no limit, got 0"),
    ],
)
def test_a_wrong_argument_is_refused_in_the_kernel(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        services.websocket("wrong", **wrong)
