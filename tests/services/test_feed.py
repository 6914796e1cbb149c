"""A feed loses and repeats nothing for a follower who says what it has."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from helpers.services.daemon.feed import REMEMBERED, Feed, Lost


async def take(feed: Feed, n: int, after: int | None = None) -> list[int]:
    """Follow for n events at the most; return their ids."""
    ids = []
    async with aclosing(feed.follow(after)) as events:
        async for event in events:
            ids.append(event.id)
            if len(ids) == n:
                break
    return ids


def silent() -> Feed:
    """Return a feed that has only what is published."""
    return Feed(interval_s=None, events=None, seed=0)


async def test_whoever_names_no_id_gets_what_comes_from_now_on() -> None:
    feed = silent()
    feed.publish("before")
    following = asyncio.create_task(take(feed, 2))
    await asyncio.sleep(0)
    feed.publish("then")
    feed.publish("and then")
    assert await following == [2, 3]


async def test_whoever_names_an_id_gets_what_came_after_it() -> None:
    feed = silent()
    for text in "abcde":
        feed.publish(text)
    assert await take(feed, 3, after=2) == [3, 4, 5]


async def test_a_feed_that_is_over_ends_for_all_its_followers() -> None:
    feed = Feed(interval_s=0.001, events=5, seed=0)
    assert list(await asyncio.gather(take(feed, 99), take(feed, 99))) == [[1, 2, 3, 4, 5]] * 2
    assert await take(feed, 99, after=3) == [4, 5]
    assert feed.followers == 0


async def test_a_feed_that_is_over_begins_again_for_one_who_names_no_id() -> None:
    feed = Feed(interval_s=0.001, events=3, seed=0)
    assert [await take(feed, 99) for _ in range(2)] == [[1, 2, 3]] * 2


async def test_readings_begin_with_the_first_follower() -> None:
    feed = Feed(interval_s=0.001, events=3, seed=0)
    await asyncio.sleep(0.01)
    assert feed.last == 0


async def test_what_was_never_there_and_what_is_forgotten_is_said() -> None:
    feed = silent()
    with pytest.raises(Lost, match="there is no event 1 yet; the last is 0"):
        feed.check(1)
    for _ in range(REMEMBERED + 5):
        feed.publish("")
    with pytest.raises(Lost, match="the events before 6 are forgotten"):
        feed.check(4)
    feed.check(5)


async def test_a_follower_that_falls_too_far_behind_is_told_so() -> None:
    feed = silent()
    async with aclosing(feed.follow(0)) as events:
        feed.publish("")
        assert (await anext(events)).id == 1
        for _ in range(REMEMBERED + 1):
            feed.publish("")
        with pytest.raises(Lost):
            await anext(events)
