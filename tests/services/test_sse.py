"""What a client sees of a feed of server-sent events, and what the journal says of it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from helpers import services
from helpers.services import SseService
from helpers.services.daemon.feed import Event
from helpers.services.daemon.sse import as_bytes
from tests.services.conftest import Opened, eventually


async def stream(session: aiohttp.ClientSession, feed: SseService, last_id: Any = None) -> tuple[int, list[str], bool]:
    """Read a stream to its end; return the status, its lines, and whether it was whole."""
    lines: list[str] = []
    headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
    async with session.get(f"{feed.url}/events", headers=headers) as response:
        try:
            async for line in response.content:
                lines.append(line.decode().rstrip("\n"))
        except aiohttp.ClientPayloadError:
            return response.status, lines, False
        return response.status, lines, True


def ids(lines: list[str]) -> list[int]:
    """Return the ids in a stream."""
    return [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]


async def test_a_stream_has_events_with_ids_as_the_standard_has_them(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.sse, interval_s=0.005, events=2, retry_s=0.25)
    async with session.get(f"{feed.url}/events") as response:
        assert (response.content_type, response.headers["Cache-Control"]) == ("text/event-stream", "no-store")
        text = await response.text()
    blocks = text.split("\n\n")
    assert blocks[0] == "retry: 250"
    assert blocks[1].startswith('id: 1\ndata: {"city": "')
    assert blocks[2].startswith("id: 2\ndata: ")
    assert blocks[3:] == [""]


async def test_a_client_that_comes_back_with_its_last_id_loses_and_repeats_nothing(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.sse, interval_s=0.005, events=8, drop_after=3)
    got, last, rounds = [], None, []
    while True:
        status, lines, whole = await stream(session, feed, last)
        if status == 204:
            break
        got += ids(lines)
        last = got[-1]
        rounds.append(whole)
    assert (got, rounds) == (list(range(1, 9)), [False, False, True])
    journal = feed.journal()
    assert [entry.resumed_from for entry in journal] == [None, 3, 6, 8]
    assert [entry.outcome for entry in journal] == ["truncated", "truncated", "ok", "ok"]


async def test_what_is_broadcast_reaches_all_line_by_line(opened: Opened, session: aiohttp.ClientSession) -> None:
    feed = opened(services.sse, interval_s=None)
    async with session.get(f"{feed.url}/events") as one, session.get(f"{feed.url}/events") as two:
        await eventually(lambda: feed.journal().count(outcome="in flight") == 2)
        assert feed.broadcast("hello") == 2
        for response in (one, two):
            assert [await response.content.readline() for _ in range(5)][2:] == [b"id: 1\n", b"data: hello\n", b"\n"]


async def test_a_client_that_leaves_is_in_the_journal_and_follows_no_more(
    opened: Opened, session: aiohttp.ClientSession
) -> None:
    feed = opened(services.sse, interval_s=None)
    async with session.get(f"{feed.url}/events"):
        await eventually(lambda: feed.journal().count(outcome="in flight") == 1)
    await eventually(lambda: feed.journal().outcomes == {"aborted": 1})
    assert feed.broadcast("anyone?") == 0


async def test_no_more_streams_than_the_capacity_are_open(opened: Opened, session: aiohttp.ClientSession) -> None:
    feed = opened(services.sse, interval_s=0.01, events=3, capacity=1)
    await asyncio.gather(stream(session, feed), stream(session, feed, 0))
    assert feed.journal().peak_in_flight == 1


async def test_fail_first_fails_the_next_n(opened: Opened, session: aiohttp.ClientSession) -> None:
    feed = opened(services.sse, interval_s=0.001, events=1)
    feed.fail_first(2, status=500)
    assert [(await stream(session, feed))[0] for _ in range(3)] == [500, 500, 200]


async def test_a_truncated_stream_ends_within_an_event(opened: Opened, session: aiohttp.ClientSession) -> None:
    feed = opened(services.sse, interval_s=0.001, failure_rate=1, failure="truncated")
    assert await stream(session, feed) == (200, ["retry: 100", "", "id: 1"], False)


@pytest.mark.parametrize(("last_id", "status"), [("x", 400), (-1, 400), (5, 410)])
async def test_an_id_that_is_none_or_was_never_there_is_refused(
    opened: Opened, session: aiohttp.ClientSession, last_id: Any, status: int
) -> None:
    assert (await stream(session, opened(services.sse), last_id))[0] == status


async def test_another_path_or_method_is_told_what_is_there(opened: Opened, session: aiohttp.ClientSession) -> None:
    url = opened(services.sse).url
    async with session.get(f"{url}/event") as response:
        assert (response.status, (await response.json())["error"][:16]) == (404, "nothing at /even")
    async with session.post(f"{url}/events") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET")


def test_a_wrong_argument_is_refused_in_the_kernel() -> None:
    with pytest.raises(ValueError, match="retry_s must be from 0 to 3600, got -1"):
        services.sse("wrong", retry_s=-1)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_each_line_of_an_events_text_has_a_field_of_its_own_whatever_ends_it(end: str) -> None:
    assert as_bytes(Event(7, f"one{end}two\u2028three")) == "id: 7\ndata: one\ndata: two\u2028three\n\n".encode()
