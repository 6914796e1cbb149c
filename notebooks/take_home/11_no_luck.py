"""Tests that waste no time and need no luck: a loop whose clock jumps, a `sleep` of the test's own, an event.

    python notebooks/take_home/11_no_luck.py            # runs its own tests

Needs nothing but Python. Copy `HurriedSelector` and `HurriedLoop`; pytest can run the classes below as they are.
"""

import asyncio
import functools
import math
import selectors
import sys
import unittest
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock

LONG_S = 1e7


class HurriedSelector(selectors.DefaultSelector):
    """Never waits: when nothing is ready, it moves its clock to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and no timer will ever end that")
        if not ready and timeout:
            self.now += timeout
            if self.now > LONG_S:  # the loop allows for 1 ns, which is lost in rounding there: then be a little late
                self.now = math.nextafter(self.now, math.inf)
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps. Only for programs whose waits are all timers of this loop.

    Sockets, threads, processes and files live by the real clock: with a limit around them, the limit comes first, and
    without one the loop may raise the RuntimeError above. A task that goes round `sleep(0)` until a timer comes goes
    round for ever: it is always ready, so the clock stands still.
    """

    def __init__(self) -> None:
        self._hurried = HurriedSelector()
        super().__init__(self._hurried)

    def time(self) -> float:
        return self._hurried.now


def hurried(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make an ordinary test of one that is a coroutine function, on a HurriedLoop of its own."""

    @functools.wraps(test)  # so that pytest sees which fixtures it asks for
    def run(*args: Any, **fixtures: Any) -> None:
        with asyncio.Runner(loop_factory=HurriedLoop) as runner:
            runner.run(test(*args, **fixtures))

    return run


# --- what is tested: put your own here ---


async def retried(call: Callable[[], Awaitable[Any]], *, tries: int = 4, sleep: Any = asyncio.sleep) -> Any:
    """Await `call()`, and try again after 1, 2, 4, … s where it raises a ConnectionError; at most `tries` times."""
    for number in range(tries):
        try:
            return await call()
        except ConnectionError:
            if number == tries - 1:
                raise
            await sleep(2**number)
    raise ValueError("tries must be 1 or more")


class Ticker:
    """Calls `tick` once an hour, until it is stopped."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self.ticked = asyncio.Event()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(3600)
            self._tick()
            self.ticked.set()


# --- and how ---


class TestRetried(unittest.IsolatedAsyncioTestCase):
    """A `sleep` of the test's own: the waits are a list."""

    async def test_waits_1_2_4_s_and_gives_up(self) -> None:
        call, sleep = AsyncMock(side_effect=ConnectionError), AsyncMock()
        with self.assertRaises(ConnectionError):  # noqa: PT027 - without pytest
            await retried(call, sleep=sleep)
        assert call.await_count == 4
        assert [one.args for one in sleep.await_args_list] == [(1,), (2,), (4,)]

    async def test_another_error_comes_out_at_once(self) -> None:
        call = AsyncMock(side_effect=ValueError)
        with self.assertRaises(ValueError):  # noqa: PT027 - without pytest
            await retried(call, sleep=AsyncMock())
        assert call.await_count == 1


class TestTicker(unittest.TestCase):
    """A clock that jumps: a day takes milliseconds."""

    @hurried
    async def test_ticks_24_times_a_day(self) -> None:
        ticks: list[float] = []
        loop = asyncio.get_running_loop()
        ticker = Ticker(lambda: ticks.append(loop.time()))
        with self.assertRaises(TimeoutError):  # noqa: PT027 - without pytest
            async with asyncio.timeout(24 * 3600 + 1):
                await ticker.run()
        assert ticks == [3600.0 * hour for hour in range(1, 25)]

    @hurried
    async def test_tells_of_a_tick(self) -> None:
        """An event in place of a sleep: the test goes on when it is set."""
        ticker = Ticker(lambda: None)
        running = asyncio.create_task(ticker.run())
        async with asyncio.timeout(2 * 3600):
            await ticker.ticked.wait()
        running.cancel()


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())
