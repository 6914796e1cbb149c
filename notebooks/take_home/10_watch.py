"""A watch for your own program: the lag of the loop, the tasks, the queues; and, when asked, where each task waits.

    python notebooks/take_home/10_watch.py             # a small program with four faults, for two seconds
    python notebooks/take_home/10_watch.py --wait      # for a minute; `kill -USR1 PID` shows where its tasks wait

Needs nothing but Python. Copy `watch`, `where` and `spawn`, and put your own log in place of `print`.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

LATE_S = 0.1  # a lag that is worth a warning


async def watch(every_s: float, queues: Mapping[str, asyncio.Queue]) -> None:
    """Say every `every_s` how late the loop was at worst, how many tasks there are, and how long each queue is."""
    loop = asyncio.get_running_loop()
    look_s = every_s / 20
    while True:
        worst_s = 0.0
        for _ in range(20):
            due = loop.time() + look_s
            await asyncio.sleep(look_s)
            worst_s = max(worst_s, loop.time() - due)
        functions = Counter(getattr(task.get_coro(), "__name__", "?") for task in asyncio.all_tasks())
        most, number = functions.most_common(1)[0]
        waiting = ", ".join(f"{name} {queue.qsize()}" for name, queue in queues.items()) or "none"
        print(
            f"{'LATE: ' if worst_s > LATE_S else ''}lag {worst_s * 1000:.0f} ms; queues: {waiting}; "
            f"tasks: {functions.total()}, {number} of them {most}",
            flush=True,
        )


def where() -> str:
    """Tell for each task but the running one in which functions it waits, and at which line, the innermost last."""
    lines = []
    for task in sorted(asyncio.all_tasks() - {asyncio.current_task()}, key=asyncio.Task.get_name):
        chain, coroutine = [], task.get_coro()
        while hasattr(coroutine, "cr_await") and coroutine.cr_frame is not None:
            chain.append(f"{coroutine.__name__}:{coroutine.cr_frame.f_lineno}")
            coroutine = coroutine.cr_await
        lines.append(f"  {task.get_name()}: {' -> '.join(chain)}")
    return "\n".join(lines)


def spawn(
    running: set[asyncio.Task],
    coroutine: Coroutine[Any, Any, Any],
    name: str,
    report: Callable[[str, BaseException], Any],
) -> asyncio.Task:
    """Start a task in the background: it is kept until it has ended, and its error is reported."""
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task: asyncio.Task) -> None:
        running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report(name, error)

    task.add_done_callback(ended)
    return task


@contextlib.contextmanager
def where_on_signal():
    """Print where each task waits whenever the process gets SIGUSR1. On Windows, which has none, do nothing."""
    if not hasattr(signal, "SIGUSR1"):
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(where(), flush=True))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)


async def main() -> None:
    running: set[asyncio.Task] = set()
    jobs: asyncio.Queue = asyncio.Queue()
    rent, savings = asyncio.Lock(), asyncio.Lock()

    def report(name: str, error: BaseException) -> None:
        print(f"{name} failed: {error!r}")

    async def clerk(source: asyncio.Lock, target: asyncio.Lock) -> None:
        async with source:
            await asyncio.sleep(0.05)
            async with target:  # the other clerk has it, and wants ours
                print("never printed")

    async def save() -> None:
        await asyncio.sleep(0.2)
        raise OSError("disk full")

    async def stutter() -> None:
        await asyncio.sleep(0.6)
        time.sleep(0.3)  # noqa: ASYNC251 - a fault, on purpose: it blocks the loop

    with where_on_signal():
        spawn(running, watch(0.5, {"jobs": jobs}), "watch", report)
        spawn(running, clerk(rent, savings), "ann", report)
        spawn(running, clerk(savings, rent), "bob", report)
        spawn(running, save(), "save", report)
        spawn(running, stutter(), "stutter", report)
        print(f"process {os.getpid()}", flush=True)
        try:
            for number in range(600 if "--wait" in sys.argv else 20):
                jobs.put_nowait(number)  # nobody takes them out
                await asyncio.sleep(0.1)
            print(f"still there, and where:\n{where()}")
        finally:
            there = set(running)
            for task in there:
                task.cancel()
            await asyncio.gather(*there, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
