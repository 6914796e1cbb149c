"""A program that may open few files, and visitors from another process who want to come in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

Come = Callable[[tuple[str, int]], Awaitable[tuple[int, int]]]

# Connect one after another, then look who gets a line within 0.3 s.
_VISITORS = """
import json, selectors, socket, sys, time
n = int(sys.argv[1])
for line in sys.stdin:
    address, clients, failed = tuple(json.loads(line)), [], 0
    for _ in range(n):
        try:
            clients.append(socket.create_connection(address, timeout=5))
        except OSError:
            failed += 1
    until, welcome = time.monotonic() + 0.3, 0
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                selector.unregister(key.fileobj)
                welcome += bool(key.fileobj.recv(100))
    print(json.dumps([failed, welcome]), flush=True)
for client in clients:
    client.shutdown(socket.SHUT_WR)  # and not close: what is unread would make that a reset
for client in clients:
    while client.recv(100):
        pass
"""


@contextlib.contextmanager
def files_for(n: int) -> Iterator[list[str]]:
    """Let this program open n more files and no other, for as long as the block lasts.

    Yields what the running event loop tells its exception handler meanwhile, as it comes.

    Raises:
        RuntimeError: on Windows, which has no such limit.
    """
    if sys.platform == "win32":
        raise RuntimeError("Windows has no limit of files that a program can lower: look at the stored output instead.")
    import resource

    loop, told = asyncio.get_running_loop(), list[str]()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: told.append(str(context.get("message"))))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_limit_for(n), hard))
    try:
        yield told
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        loop.set_exception_handler(before)


def _limit_for(n: int) -> int:
    """Return the limit below which n numbers are free: it bounds the numbers of files, not how many there are."""
    used = {int(path.name) for path in Path("/dev/fd").iterdir()}
    used = {number for number in used if _is_open(number)}  # the listing was a file, too
    number = free = 0
    while free < n:
        free += number not in used
        number += 1
    return number


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@contextlib.asynccontextmanager
async def visitors(n: int) -> AsyncIterator[Come]:
    """Start a process with n clients. `await come(address)` lets them connect.

    It returns how many could not connect, and how many got something within 0.3 s. They leave when the block ends.
    """
    command = [sys.executable, "-c", _VISITORS, str(n)]
    # Not asyncio's: a selector loop of Windows can't start one. It takes half a millisecond.
    with subprocess.Popen(  # noqa: ASYNC220
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        to_child, from_child = child.stdin, child.stdout

        async def come(address: tuple[str, int]) -> tuple[int, int]:
            print(json.dumps(address), file=to_child, flush=True)
            failed, welcome = json.loads(await asyncio.to_thread(from_child.readline))
            return failed, welcome

        await asyncio.to_thread(lambda: None)  # a thread that is there already opens no file
        try:
            yield come
            to_child.close()  # they leave
            await asyncio.wait_for(asyncio.to_thread(child.wait), 6)
        finally:
            child.kill()
