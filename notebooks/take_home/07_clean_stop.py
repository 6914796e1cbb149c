"""A worker that stops cleanly: it takes nothing new, drains for a limited time, and gives up at a second signal.

    python notebooks/take_home/07_clean_stop.py             # stops by itself, as if it had been told to
    python notebooks/take_home/07_clean_stop.py --wait      # until Ctrl-C, or a SIGTERM; a second one means "now"

Needs nothing but Python. Copy `told_to_stop` and `drain`, and put your own work in place of `job`.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator

GRACE_S = 0.5  # less than the time you get before you are killed: Docker 10 s, Kubernetes 30 s


@contextlib.contextmanager
def told_to_stop() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Give two events: the first signal sets the first one, any later signal the second.

    Both SIGINT (Ctrl-C) and SIGTERM count. On Windows, where a loop takes no handlers, Ctrl-C is left as it is: then
    `asyncio.run` cancels `main`, and its `finally` blocks run.
    """
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        (again if stop.is_set() else stop).set()

    there = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, heard)
            there.append(number)
    try:
        yield stop, again
    finally:
        for number in there:
            loop.remove_signal_handler(number)


async def drain(tasks: set[asyncio.Task], again: asyncio.Event, grace_s: float) -> int:
    """Wait for tasks, for a limited time or until `again` is set; cancel what is late, and return how many.

    When it returns, none of them runs any more, unless one swallows its cancel: it would wait for that one.
    """
    hurry = asyncio.create_task(again.wait())
    ended = asyncio.gather(*tasks, return_exceptions=True)
    try:
        await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        late = [task for task in tasks if not task.done()]
        for task in (hurry, *late):
            task.cancel()
        await asyncio.gather(hurry, *late, return_exceptions=True)
    return len(late)


async def job(number: int) -> None:
    """Stand in for one piece of work, such as a request that is being answered."""
    try:
        await asyncio.sleep(5.0 if number == 3 else 0.3)
        print(f"  job {number} is done")
    except asyncio.CancelledError:
        print(f"  job {number} is cut short, and says so where somebody will look")
        raise


async def main() -> None:
    running: set[asyncio.Task] = set()

    def ended(task: asyncio.Task) -> None:
        running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:  # `drain` keeps errors to itself
            print(f"  a job failed: {error!r}")

    async def take() -> None:
        for number in range(1000):
            task = asyncio.create_task(job(number))
            running.add(task)  # the event loop keeps only weak references
            task.add_done_callback(ended)
            await asyncio.sleep(0.1)

    with told_to_stop() as (stop, again):
        taking, told = asyncio.create_task(take()), asyncio.create_task(stop.wait())
        try:
            if "--wait" not in sys.argv:
                asyncio.get_running_loop().call_later(0.55, stop.set)
            # Whichever is first: a worker that can take nothing any more has to stop, too, and to say why.
            await asyncio.wait({taking, told}, return_when=asyncio.FIRST_COMPLETED)
            why = "told to stop" if stop.is_set() else "nothing more to take"
            print(f"{why}; in flight: {len(running)}")
        finally:
            taking.cancel()
            told.cancel()
            late = await drain(set(running), again, GRACE_S)
            print(f"stopped; cut short: {late}")
        await asyncio.wait({taking})
        if not taking.cancelled():
            taking.result()  # raises what has ended it


if __name__ == "__main__":
    asyncio.run(main())
