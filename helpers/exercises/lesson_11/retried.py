"""The program that 11.2 asks a test for: right in three styles, and broken in ten ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from helpers.exercises.mutants import Mutant

Call = Callable[[], Awaitable[Any]]
Sleep = Callable[[float], Awaitable[Any]]
Program = Callable[..., Awaitable[Any]]


class RealSleep:
    """What a program sleeps with when its test gives it nothing else: it notes for how long, and comes back at once."""

    def __init__(self) -> None:
        self.total_s = 0.0

    async def __call__(self, seconds: float) -> None:
        self.total_s += seconds
        await asyncio.sleep(0)


def right(real: RealSleep) -> Iterator[Program]:
    """Give three programs that do as they should."""

    async def with_a_loop(call: Call, *, tries: int = 4, sleep: Sleep = real) -> Any:
        for number in range(tries):
            try:
                return await call()
            except ConnectionError:
                if number == tries - 1:
                    raise
                await sleep(2**number)
        raise ValueError("tries must be 1 at least")

    async def in_steps(call: Call, *, tries: int = 4, sleep: Sleep = real, wait_s: int = 1) -> Any:
        try:
            return await call()
        except ConnectionError:
            if tries == 1:
                raise
        await sleep(wait_s)
        return await in_steps(call, tries=tries - 1, sleep=sleep, wait_s=2 * wait_s)

    async def that_lets_others_run(call: Call, *, tries: int = 4, sleep: Sleep = real) -> Any:
        wait_s = 1.0
        while True:
            await asyncio.sleep(0)
            try:
                return await asyncio.create_task(attempt(call))
            except ConnectionError:
                tries -= 1
                if not tries:
                    raise
            await sleep(wait_s)
            wait_s *= 2

    for program in (with_a_loop, in_steps, that_lets_others_run):
        program.__name__ = program.__qualname__ = "retried"  # as the learner knows it
        yield program


async def attempt(call: Call) -> Any:
    return await call()


def _broken(
    *,
    more_tries: int = 0,
    four_tries: bool = False,
    waits: Callable[[int], float] = lambda number: 2**number,
    catches: type[Exception] = ConnectionError,
    last_wait: bool = False,
    loses_the_error: bool = False,
    loses_the_result: bool = False,
    own_sleep: bool = False,
    no_sleep: bool = False,
) -> Program:
    """Make a program that is wrong in one way."""

    async def retried(call: Call, *, tries: int = 4, sleep: Sleep | None = None) -> Any:
        pause = RealSleep() if own_sleep or sleep is None else sleep
        wanted = 4 if four_tries else tries + more_tries
        for number in range(wanted):
            try:
                result = await call()
            except catches:
                last = number == wanted - 1
                if not no_sleep and (not last or last_wait):
                    await pause(waits(number))
                if last and not loses_the_error:
                    raise
            else:
                return None if loses_the_result and number else result
        return None

    return retried


MUTANTS = (
    Mutant(
        "result",
        _broken(loses_the_result=True),
        "returns None when a later try succeeds",
        "Let a call fail once and then succeed, and look at what `retried` returns.",
    ),
    Mutant(
        "error",
        _broken(loses_the_error=True),
        "returns None when no try has worked",
        "Let every call fail, and expect a ConnectionError: `with pytest.raises(ConnectionError)`.",
    ),
    Mutant(
        "more",
        _broken(more_tries=1),
        "tries once more than it is told to",
        "Count the calls: after `tries` of them it has to give up.",
    ),
    Mutant(
        "fewer",
        _broken(more_tries=-1),
        "gives up one try too early",
        "Count the calls: it has to make `tries` of them before it gives up.",
    ),
    Mutant(
        "other errors",
        _broken(catches=Exception),
        "tries again even after a ValueError",
        "Let the call raise something other than a ConnectionError: that has to come out after one call.",
    ),
    Mutant(
        "always 1 s",
        _broken(waits=lambda number: 1),
        "waits for 1 s each time",
        "Look at how long it waits: keep the numbers that your `sleep` is given, and compare them with 1, 2, 4.",
    ),
    Mutant(
        "no wait",
        _broken(no_sleep=True),
        "doesn't wait between two tries",
        "Look at how long it waits: keep the numbers that your `sleep` is given, and compare them with 1, 2, 4.",
    ),
    Mutant(
        "own sleep",
        _broken(own_sleep=True),
        "sleeps by itself, and not with the `sleep` that it is given",
        "Look at how long it waits: keep the numbers that your `sleep` is given, and compare them with 1, 2, 4.",
    ),
    Mutant(
        "last wait",
        _broken(last_wait=True),
        "waits once more after the last try",
        "Compare the waits when every call fails: after the last try there is none.",
    ),
    Mutant(
        "four tries",
        _broken(four_tries=True),
        "tries four times, whatever `tries` it is given",
        "Give it another `tries` than 4, and count the calls.",
    ),
)
