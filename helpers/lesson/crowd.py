"""Many clients of one room, a thread or a task each: what they cost, both ways measured alike.

    hold(address, opened, heard, leave)     # connects, says so; hears one message, says when; stays until all may leave

Nobody leaves before everybody has heard: to close a connection and to end a thread costs time, too, and would
otherwise be counted as time for telling.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what runs in the fresh process needs none of it, and it takes its time
    from helpers.services import TcpService

PORTION = 1000  # of newcomers: the queue at a server's door is finite
QUIET_S = 1.0
TRIES = 2
Hold = Callable[..., Any]


@dataclass(frozen=True)
class Crowd:
    """What n connected clients cost.

    Attributes:
        n: how many there were.
        threads: how many threads held them, that of the event loop included.
        kib: memory of their program for each of them, in KiB; 0.0 where it was not measured in a program of its own.
        tell_s: seconds from the moment the room began to tell them until the last one had heard.
        hear_cpu_s: the processor time that their program took meanwhile.
    """

    n: int
    threads: int
    kib: float
    tell_s: float
    hear_cpu_s: float


async def meet(room: TcpService, hold: Hold, n: int) -> Crowd:
    """Let n tasks hold a connection each, in this program's loop; after a quiet second, tell all; let them leave."""
    idle, since_ns = threading.active_count() - 1, time.perf_counter_ns()

    async def tell(heard: list[float]) -> Crowd:
        threads = threading.active_count() - idle
        await asyncio.to_thread(_wait_for, room, n, since_ns)
        await asyncio.sleep(QUIET_S)
        begin, cpu_s = time.perf_counter(), time.process_time()
        room.broadcast("news")
        while len(heard) < n:  # noqa: ASYNC110 - each of them would have to set an event
            await asyncio.sleep(0.001)
        return Crowd(n, threads, 0.0, max(heard) - begin, time.process_time() - cpu_s)

    crowd: Crowd = await _with_tasks(room.address, hold, n, tell)
    return crowd


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away: with so many objects it stops the program for some 100 ms, now and then."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def measure(room: TcpService, hold: Hold, n: int) -> Crowd:
    """Do the same in a fresh process, so that nothing uses memory again that something else has given back.

    `hold` is a coroutine function, or an ordinary one that is to run in threads. Its source travels: it may use
    `asyncio`, `socket` and `time`, and no other global. Blocks until all is over.

    It is done twice, and the one that was told sooner counts: to tell a thousand takes 30 ms, and a busy machine may
    let a process wait for ten times as long.
    """
    return min((_measure(room, hold, n) for _ in range(TRIES)), key=lambda one: one.tell_s)


def _measure(room: TcpService, hold: Hold, n: int) -> Crowd:
    order = {"source": inspect.getsource(hold), "name": hold.__name__, "n": n, "address": room.address}
    command = [sys.executable, "-P", __file__]  # as a script: the package would import IPython first, for half a second
    since_ns = time.perf_counter_ns()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            print(json.dumps(order), file=child.stdin, flush=True)
            held = json.loads(child.stdout.readline())
            _wait_for(room, n, since_ns)
            begin = time.perf_counter()
            room.broadcast("news")
            last, cpu_s = json.loads(child.stdout.readline())
        except BaseException:
            child.kill()
            raise
    return Crowd(n, held["threads"], held["bytes"] / 1024 / n, last - begin, cpu_s)


def be_many() -> None:
    """Be the fresh process: read what to do, hold the connections, say what that costs, and when all have heard."""
    order = json.loads(sys.stdin.readline())
    names: dict[str, Any] = {"asyncio": asyncio, "time": time}
    exec("import socket\n" + order["source"], names)  # the learner's own function
    hold, n, address = names[order["name"]], order["n"], tuple(order["address"])
    idle = _memory()
    if not inspect.iscoroutinefunction(hold):
        _with_threads(address, hold, n, lambda: _say({"bytes": _memory() - idle, "threads": threading.active_count()}))
        return

    async def tell(heard: list[float]) -> None:
        _say({"bytes": _memory() - idle, "threads": threading.active_count()})
        cpu_s = time.process_time()
        while len(heard) < n:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        _say([max(heard), time.process_time() - cpu_s])

    asyncio.run(_with_tasks(address, hold, n, tell))


async def _with_tasks(address: tuple[str, int], hold: Hold, n: int, tell: Callable[[list[float]], Any]) -> Any:
    opened: list[Any] = []
    heard: list[float] = []
    leave = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for begin in range(0, n, PORTION):
            end = min(n, begin + PORTION)
            for _ in range(begin, end):
                group.create_task(hold(address, opened, heard, leave))
            while len(opened) < end:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)
        result = await tell(heard)
        leave.set()
    return result


def _with_threads(address: tuple[str, int], hold: Hold, n: int, say: Callable[[], None]) -> None:
    opened: list[Any] = []
    heard: list[float] = []
    leave = threading.Event()
    threads = [threading.Thread(target=hold, args=(address, opened, heard, leave), daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    while len(opened) < n and all(thread.is_alive() for thread in threads):
        time.sleep(0.001)
    say()
    cpu_s = time.process_time()
    while len(heard) < n and all(thread.is_alive() for thread in threads):
        time.sleep(0.001)
    _say([max(heard), time.process_time() - cpu_s])
    leave.set()
    for thread in threads:
        thread.join()


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _memory() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _wait_for(room: TcpService, n: int, since_ns: int) -> None:
    """Wait until the room has let in n clients: one that has connected may still stand at its door."""
    until = time.monotonic() + 20
    while room.journal(since_ns).open_connections < n:
        if time.monotonic() > until:
            raise TimeoutError(f"not all of {n} clients got into {room.name!r} within 20 s")
        time.sleep(0.01)


if __name__ == "__main__":
    be_many()
