"""Bridges between blocking code and asyncio, in both directions, with nothing but the standard library.

    python notebooks/take_home/04_bridge.py

Copy `in_threads` and `run` into your own program.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_threads(function: Callable[[Item], Result], items: Iterable[Item], *, at_most: int) -> list[Result]:
    """Call a blocking function with each item, in threads, and return the results in the order of the items.

    It has a pool of its own, so name look-ups don't wait behind these calls. Several threads call the function at the
    same time, and it must be made for that. A thread can't be cancelled, so give the function a time limit of its own.
    If this is cancelled, or a call raises, it waits for the calls in flight, and drops those that have not begun.
    """
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=at_most)
    try:
        return await asyncio.gather(*[loop.run_in_executor(pool, function, item) for item in items])
    finally:
        # The end of a `with` block would wait here, and block the loop. This waits in a thread.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine from ordinary code, and return its result, even where a loop is running already.

    It blocks until the result is there, even after Ctrl-C, so give the coroutine a time limit. In a coroutine write
    `await` instead.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:  # a new thread has no loop yet
        return pool.submit(asyncio.run, coroutine).result()


def old_library(number: int) -> int:
    """Stand for a library that blocks."""
    time.sleep(0.1)
    return number * number


async def longest_lag_s() -> float:
    """Measure, until cancelled, how late this task gets to run, at the most."""
    longest_s = 0.0
    try:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.01)
            longest_s = max(longest_s, time.perf_counter() - begin - 0.01)
    except asyncio.CancelledError:
        return longest_s


async def main() -> list[int]:
    beating = asyncio.create_task(longest_lag_s())
    begin = time.perf_counter()
    squares = await in_threads(old_library, range(24), at_most=8)
    took_s = time.perf_counter() - begin
    beating.cancel()
    print(f"24 calls of 0.1 s, 8 at a time: {took_s:.2f} s; the loop was late by up to {await beating * 1000:.0f} ms")
    return squares


if __name__ == "__main__":
    print(run(main()))
