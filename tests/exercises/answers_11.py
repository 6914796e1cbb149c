"""Answers to the exercises of 11, which are tests: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
from contextlib import suppress
from unittest.mock import ANY, AsyncMock, MagicMock, patch
from unittest.mock import call as called

import aiohttp
import pytest

from tests.exercises.answers import right, wrong

# --- 11.1 ---

SLOW_OR_QUICK = "A cache that is right passes, whether quick or slow"
NO_LONGER = "It waits no longer than it takes"
THREE = "Each of three broken caches is caught"
FILL_IN = "Fill in what can be awaited: a call of one of the methods of `cache.fetched`."


@right("11.1")
async def waits_for_the_event(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched.wait(), timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@right("11.1")
async def waits_in_a_block(make_cache):
    cache = make_cache()
    cache.want("oslo")
    async with asyncio.timeout(1):
        await cache.fetched.wait()
    assert list(cache.pages) == ["oslo"]
    assert cache.pages["oslo"]["name"] == "Oslo"


@right("11.1")
async def waits_for_the_task(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.task, timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@right("11.1")
async def asks_again_and_again(make_cache):
    cache = make_cache()
    cache.want("oslo")
    async with asyncio.timeout(1):
        while "oslo" not in cache.pages:
            await asyncio.sleep(0.01)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Wait for `cache.fetched`, and not for a time.")
async def sleeps_for_a_moment(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(asyncio.sleep(0.1), timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Wait until the page is there, and no longer.", passes=(SLOW_OR_QUICK, THREE))
async def sleeps_long_enough(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(asyncio.sleep(0.9), timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", FILL_IN)
async def awaits_the_event_itself(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched, timeout=1)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Look at what was fetched: `assert cache.pages == …`.", passes=(SLOW_OR_QUICK, NO_LONGER))
async def looks_at_nothing(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched.wait(), timeout=1)
    assert cache.fetched.is_set()


@wrong(
    "11.1",
    "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.",
    passes=(SLOW_OR_QUICK, NO_LONGER),
)
async def waits_without_a_limit(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await cache.fetched.wait()
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@right("11.1")
async def has_the_limit_of_the_page(make_cache):
    cache = make_cache()
    cache.want("oslo")
    async with asyncio.timeout(5):
        await cache.fetched.wait()
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Wait for `cache.fetched`, with a limit that leaves the page time to come.")
async def has_a_short_limit(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched.wait(), timeout=0.3)
    assert cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Use `assert`: a test fails only if it raises an exception.", passes=(SLOW_OR_QUICK, NO_LONGER))
async def returns_what_it_found(make_cache):
    cache = make_cache()
    cache.want("oslo")
    await asyncio.wait_for(cache.fetched.wait(), timeout=1)
    return cache.pages == {"oslo": {"name": "Oslo"}}


@wrong("11.1", "Wait for `cache.fetched`, and not for a time.")
async def waits_for_nothing(make_cache):
    cache = make_cache()
    cache.want("oslo")
    assert cache.pages == {"oslo": {"name": "Oslo"}}


# --- 11.2 ---

THREE_RIGHT = "Three programs that are right pass"
NOBODY_WAITS = "It takes no time: the program's `sleep` is the test's own"
TEN = "Each of ten broken programs is caught"


def failing(errors, result="fine"):
    """A call that raises these, one after another, and then returns."""
    left = list(errors)
    calls = []

    async def call():
        calls.append(1)
        if left:
            raise left.pop(0)
        return result

    return call, calls


@right("11.2")
async def goes_through_the_rules(retried):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    call, calls = failing([ConnectionError(), ConnectionError()])
    assert await retried(call, sleep=sleep) == "fine"
    assert len(calls) == 3
    assert waits == [1, 2]

    waits.clear()
    call, calls = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, sleep=sleep)
    assert len(calls) == 4
    assert waits == [1, 2, 4]

    call, calls = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, tries=1, sleep=sleep)
    assert len(calls) == 1

    call, calls = failing([KeyError()])
    with pytest.raises(KeyError):
        await retried(call, sleep=sleep)
    assert len(calls) == 1


DOUBLED = [called(1), called(2), called(4)]


@right("11.2")
async def compares_with_calls_of_a_mock(retried):
    sleep = AsyncMock()
    assert await retried(AsyncMock(side_effect=[ConnectionError, ConnectionError, "fine"]), sleep=sleep) == "fine"
    sleep.assert_has_awaits([called(1), called(2)])

    for tries in (2, 4):
        call, sleep = AsyncMock(side_effect=ConnectionError), AsyncMock()
        with pytest.raises(ConnectionError):
            await retried(call, tries=tries, sleep=sleep)
        assert call.await_args_list == [called()] * tries
        assert sleep.await_args_list == DOUBLED[: tries - 1]
        assert sleep.await_args_list == [called(ANY)] * (tries - 1)

    call, sleep = AsyncMock(side_effect=KeyError), AsyncMock()
    with pytest.raises(KeyError):
        await retried(call, sleep=sleep)
    call.assert_awaited_once_with()


@right("11.2")
async def has_mocks_for_both(retried):
    call, sleep = AsyncMock(side_effect=[ConnectionError, ConnectionError, "fine"]), AsyncMock()
    assert await retried(call, sleep=sleep) == "fine"
    assert [one.args for one in sleep.await_args_list] == [(1,), (2,)]

    call, sleep = AsyncMock(side_effect=ConnectionError), AsyncMock()
    try:
        await retried(call, tries=3, sleep=sleep)
    except ConnectionError:
        pass
    else:
        raise AssertionError("the last error is lost")
    assert call.await_count == 3
    assert sleep.await_count == 2

    call = AsyncMock(side_effect=ValueError)
    with suppress(ValueError):
        await retried(call, sleep=AsyncMock())
    assert call.await_count == 1


@wrong(
    "11.2",
    "Give `retried` a `sleep` that doesn't sleep: a coroutine function of your own that notes the seconds.",
    passes=(THREE_RIGHT,),
)
async def lets_it_sleep(retried):
    call, calls = failing([ConnectionError(), ConnectionError()])
    assert await retried(call) == "fine"
    assert len(calls) == 3


@wrong(
    "11.2",
    "Give `retried` a `sleep` that doesn't sleep: a coroutine function of your own that notes the seconds.",
    passes=(THREE_RIGHT,),
)
async def gives_it_the_real_sleep(retried):
    call, calls = failing([ConnectionError(), ConnectionError()])
    assert await retried(call, sleep=asyncio.sleep) == "fine"
    assert len(calls) == 3


@wrong(
    "11.2",
    "Let every call fail, and expect a ConnectionError: `with pytest.raises(ConnectionError)`.",
    passes=(THREE_RIGHT, NOBODY_WAITS),
)
async def tries_only_what_works_in_the_end(retried):
    call, calls = failing([ConnectionError(), ConnectionError()])
    sleep = AsyncMock()
    assert await retried(call, sleep=sleep) == "fine"
    assert len(calls) == 3
    assert [one.args for one in sleep.await_args_list] == [(1,), (2,)]


@wrong(
    "11.2",
    "Let a call fail once and then succeed, and look at what `retried` returns.",
    passes=(THREE_RIGHT, NOBODY_WAITS),
)
async def looks_at_no_result(retried):
    call, calls = failing([ConnectionError(), ConnectionError()])
    await retried(call, sleep=AsyncMock())
    assert len(calls) == 3


@wrong("11.2", "Count the calls: after `tries` of them it has to give up.", passes=(THREE_RIGHT, NOBODY_WAITS))
async def counts_nothing(retried):
    call, _ = failing([ConnectionError()])
    assert await retried(call, sleep=AsyncMock()) == "fine"
    call, _ = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, sleep=AsyncMock())


@wrong(
    "11.2",
    "Let the call raise something other than a ConnectionError: that has to come out after one call.",
    passes=(THREE_RIGHT, NOBODY_WAITS),
)
async def knows_one_error_only(retried):
    call, _ = failing([ConnectionError()])
    assert await retried(call, sleep=AsyncMock()) == "fine"
    call, calls = failing([ConnectionError()] * 10)
    sleep = AsyncMock()
    with pytest.raises(ConnectionError):
        await retried(call, sleep=sleep)
    assert len(calls) == 4
    assert [one.args for one in sleep.await_args_list] == [(1,), (2,), (4,)]


@wrong(
    "11.2",
    "Look at how long it waits: keep the numbers that your `sleep` is given, and compare them with 1, 2, 4.",
    passes=(THREE_RIGHT, NOBODY_WAITS),
)
async def does_not_look_at_the_waits(retried):
    call, _ = failing([ConnectionError()])
    assert await retried(call, sleep=AsyncMock()) == "fine"
    call, calls = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, sleep=AsyncMock())
    assert len(calls) == 4
    call, calls = failing([KeyError()] * 10)
    with pytest.raises(KeyError):
        await retried(call, sleep=AsyncMock())
    assert len(calls) == 1


@wrong(
    "11.2",
    "Compare the waits when every call fails: after the last try there is none.",
    passes=(THREE_RIGHT, NOBODY_WAITS),
)
async def looks_at_the_waits_of_a_success_only(retried):
    call, _ = failing([ConnectionError()] * 2)
    sleep = AsyncMock()
    assert await retried(call, sleep=sleep) == "fine"
    assert [one.args for one in sleep.await_args_list] == [(1,), (2,)]
    call, calls = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, sleep=AsyncMock())
    assert len(calls) == 4
    call, calls = failing([KeyError()] * 10)
    with pytest.raises(KeyError):
        await retried(call, sleep=AsyncMock())
    assert len(calls) == 1


@wrong("11.2", "Give it another `tries` than 4, and count the calls.", passes=(THREE_RIGHT, NOBODY_WAITS))
async def knows_four_tries_only(retried):
    call, _ = failing([ConnectionError()] * 2)
    assert await retried(call, sleep=AsyncMock()) == "fine"
    call, calls = failing([ConnectionError()] * 10)
    sleep = AsyncMock()
    with pytest.raises(ConnectionError):
        await retried(call, sleep=sleep)
    assert len(calls) == 4
    assert [one.args for one in sleep.await_args_list] == [(1,), (2,), (4,)]
    call, calls = failing([KeyError()])
    with pytest.raises(KeyError):
        await retried(call, sleep=AsyncMock())
    assert len(calls) == 1


@wrong("11.2", "Give the function itself, without calling it: the program calls `call`.")
async def gives_a_coroutine(retried):
    call, _ = failing([])
    assert await retried(call(), sleep=AsyncMock()) == "fine"


@wrong(
    "11.2",
    "Give `retried` a `sleep` that doesn't sleep: a coroutine function of your own that notes the seconds.",
)
async def replaces_the_sleep_of_asyncio(retried):
    call, _ = failing([ConnectionError()] * 2)
    with patch("asyncio.sleep", AsyncMock()) as sleep:
        assert await retried(call) == "fine"
    assert sleep.await_count == 2


@wrong("11.2", "Await each call of retried, or make a task of it.")
async def forgets_to_await(retried):
    call, _ = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        retried(call, sleep=AsyncMock())


@wrong("11.2", "Let every program pass that is right.")
async def expects_a_wait_after_the_last_try(retried):
    call, _ = failing([ConnectionError()] * 10)
    sleep = AsyncMock()
    with pytest.raises(ConnectionError):
        await retried(call, sleep=sleep)
    assert sleep.await_count == 4


@wrong("11.2", "Let every program pass that is right.")
async def lets_the_other_error_out(retried):
    call = AsyncMock(side_effect=TimeoutError)
    await retried(call, sleep=AsyncMock())
    assert call.await_count == 1


@wrong("11.2", "Make `sleep` a coroutine function: `async def sleep(…)`.")
async def has_a_sleep_that_is_no_coroutine_function(retried):
    call, calls = failing([ConnectionError()] * 10)
    with pytest.raises(ConnectionError):
        await retried(call, tries=2, sleep=lambda seconds: None)
    assert len(calls) == 2


@wrong("11.2", "Put `await` before the call.")
async def compares_a_coroutine(retried):
    result = retried(AsyncMock(return_value="fine"))
    assert result == "fine"


@wrong("11.2", "Await each call of retried, or make a task of it.", passes=(THREE_RIGHT,))
async def awaits_nothing(retried):
    call, _ = failing([])
    assert retried(call)


# --- 11.3 ---

TWO_RIGHT = "Two programs that are right pass"
ASKS = "It asks the service, through the program"
SEVEN = "Each of seven broken programs is caught"
FAILURES = (503, "reset", "truncated", "no_answer")


@right("11.3")
async def fails_in_each_way(population, session, api):
    async with asyncio.timeout(2):
        assert await population(session, "lima") == 10_092_000
        for failure in FAILURES:
            api.change(failure_rate=1, failure=failure)
            assert await population(session, "lima") is None
            api.change(failure_rate=0)
            assert await population(session, "oslo") == 709_000
        with pytest.raises(LookupError):
            await population(session, "atlantis")


@right("11.3")
async def has_a_limit_for_each_call(population, session, api):
    async def ask(city):
        try:
            return await asyncio.wait_for(population(session, city), 1)
        except LookupError:
            return "no such city"

    assert [await ask("oslo"), await ask("lima")] == [709_000, 10_092_000]
    assert await ask("atlantis") == "no such city"
    api.fail_first(1)
    assert await ask("oslo") is None
    assert await ask("oslo") == 709_000
    api.outage(duration_s=60)
    assert await ask("oslo") is None
    api.outage(duration_s=0)
    seen = []
    for failure in ("reset", "truncated", "no_answer"):
        api.change(failure_rate=1.0, failure=failure)
        seen.append(await ask("oslo"))
    assert seen == [None, None, None]


@wrong("11.3", "Let the service fail in each of its ways, one by one: with a status of 503.", passes=(TWO_RIGHT, ASKS))
async def tries_only_what_works(population, session, api):
    assert await population(session, "oslo") == 709_000


@wrong("11.3", 'Let the service fail in each of its ways, one by one: also with "reset".', passes=(TWO_RIGHT, ASKS))
async def knows_503_only(population, session, api):
    assert await population(session, "oslo") == 709_000
    assert await population(session, "lima") == 10_092_000
    with pytest.raises(LookupError):
        await population(session, "atlantis")
    api.fail_first(1, status=503)
    assert await population(session, "oslo") is None
    assert await population(session, "oslo") == 709_000


@wrong(
    "11.3",
    "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.",
    passes=(TWO_RIGHT, ASKS),
)
async def has_no_limit_of_its_own(population, session, api):
    assert await population(session, "lima") == 10_092_000
    for failure in FAILURES:
        api.change(failure_rate=1, failure=failure)
        assert await population(session, "lima") is None
        api.change(failure_rate=0)
        assert await population(session, "oslo") == 709_000
    with pytest.raises(LookupError):
        await population(session, "atlantis")


@wrong("11.3", "After a failure let the service work again, and ask once more.", passes=(TWO_RIGHT, ASKS))
async def never_lets_it_recover(population, session, api):
    async with asyncio.timeout(2):
        assert await population(session, "oslo") == 709_000
        assert await population(session, "lima") == 10_092_000
        with pytest.raises(LookupError):
            await population(session, "atlantis")
        for failure in FAILURES:
            api.change(failure_rate=1, failure=failure)
            assert await population(session, "oslo") is None


@wrong("11.3", "Ask for an unknown city, and expect a LookupError.", passes=(TWO_RIGHT, ASKS))
async def asks_for_cities_that_there_are(population, session, api):
    async with asyncio.timeout(2):
        assert await population(session, "oslo") == 709_000
        assert await population(session, "lima") == 10_092_000
        for failure in FAILURES:
            api.change(failure_rate=1, failure=failure)
            assert await population(session, "oslo") is None
            api.change(failure_rate=0)
            assert await population(session, "oslo") == 709_000


@wrong("11.3", "Call `population` with the `session` that your test gets, and await it.", passes=(TWO_RIGHT,))
async def has_a_mock_for_the_session(population, session, api):
    session = MagicMock()
    for error in (aiohttp.ClientConnectionError(), aiohttp.ClientPayloadError(), TimeoutError()):
        session.get.side_effect = error
        assert await population(session, "oslo") is None


@wrong("11.3", "Let every program pass that is right.")
async def forgets_the_failure_rate(population, session, api):
    api.change(failure="reset")
    assert await population(session, "oslo") is None


@right("11.3")
async def has_the_limit_of_the_page_for_all(population, session, api):
    async with asyncio.timeout(5):
        assert await population(session, "oslo") == 709_000
        assert await population(session, "lima") == 10_092_000
        with pytest.raises(LookupError):
            await population(session, "atlantis")
        api.outage(duration_s=60)
        assert await population(session, "oslo") is None
        api.outage(duration_s=0)
        for failure in FAILURES:
            api.change(failure_rate=1, failure=failure)
            assert await population(session, "oslo") is None
            api.change(failure_rate=0)
            assert await population(session, "oslo") == 709_000


@wrong("11.3", "Leave a program that is right more time.")
async def gives_it_no_more_than_its_own_limit(population, session, api):
    api.change(failure_rate=1, failure="no_answer")
    async with asyncio.timeout(0.4):
        assert await population(session, "oslo") is None


@wrong("11.3", "Let every program pass that is right.")
async def forgets_to_let_it_work_again(population, session, api):
    api.change(failure_rate=1, failure="reset")
    assert await population(session, "oslo") is None
    assert await population(session, "oslo") == 709_000


@wrong("11.3", "Let every program pass that is right.")
async def expects_the_error_to_come_out(population, session, api):
    api.fail_first(1)
    with pytest.raises(aiohttp.ClientResponseError):
        await population(session, "oslo")


@wrong("11.3", "Put a time limit around what may wait for ever: `async with asyncio.timeout(1)`.")
async def asks_often_without_a_limit(population, session, api):
    for failure in (503, "reset", "truncated", "no_answer"):
        assert await population(session, "oslo") == 709_000
        api.change(failure_rate=1, failure=failure)
        for city in ("oslo", "lima", "oslo"):
            assert await population(session, city) is None
        api.change(failure_rate=0)
        assert await population(session, "lima") == 10_092_000
    with pytest.raises(LookupError):
        await population(session, "atlantis")
