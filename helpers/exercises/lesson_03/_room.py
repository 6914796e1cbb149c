"""The clients of 3.3: all but one read what they are sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

CLIENTS = 10
SLOW = 4  # the place of the client that does not read
MESSAGES = 200
MESSAGE_BYTES = 8192
BUFFER_BYTES = 8192  # of each socket: the kernel, too, keeps what is not read
WINDOW = 8  # the next message comes when the fast clients are no further behind than this
TICK_S = 0.02
PATIENCE = 20  # ticks in which nothing went on, although all but one read


class Room:
    """The clients' side: who has read how much, and whether anything goes on."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.messages = [b"%05d" % n + b"." * (MESSAGE_BYTES - 6) + b"\n" for n in range(MESSAGES)]
        self.received = [bytearray() for _ in range(CLIENTS)]
        self.sent = 0
        self.moved = asyncio.Event()
        self.wake_the_slow = asyncio.Event()
        self.facts: dict[str, Any] = {}
        self.buffered: Callable[[], int] = lambda: 0

    async def source(self) -> AsyncIterator[bytes]:
        """Yield the messages, as fast as those who read can take them."""
        for message in self.messages:
            while self.sent - min(self.read_by_the_fast()) >= WINDOW:
                self.moved.clear()
                await self.moved.wait()
            self.sent += 1
            yield message

    def read_by_the_fast(self) -> list[int]:
        """Return how many whole messages each of the fast clients has got."""
        return [len(got) // MESSAGE_BYTES for place, got in enumerate(self.received) if place != SLOW]

    async def read(self, place: int, ours: socket.socket) -> None:
        """Be one client."""
        if place == SLOW:
            await self.wake_the_slow.wait()
        with contextlib.suppress(ConnectionError):
            while data := await self._loop.sock_recv(ours, 65536):
                self.received[place] += data
                self.moved.set()

    async def watch(self) -> None:
        """Let the slow client read when the others have everything, or when nothing goes on; note which."""
        idle, before = 0, -1
        while min(self.read_by_the_fast()) < MESSAGES and idle < PATIENCE:
            await asyncio.sleep(TICK_S)
            now = self.sent + sum(map(len, self.received))
            idle += now == before
            before = now
        waiting = sum(sys.getrefcount(message) > _UNSHARED for message in self.messages)
        buffered = self.buffered() // MESSAGE_BYTES
        reads = self.read_by_the_fast()
        self.facts = {"fewest": min(reads), "most": max(reads), "waiting": max(waiting, buffered), "buffered": buffered}
        self.wake_the_slow.set()


def _unshared() -> int:
    """Return what `getrefcount` says, where `watch` asks it, of a message that only its list holds."""
    return max(sys.getrefcount(message) for message in [b"%05d" % n * 2 for n in range(3)])


_UNSHARED = _unshared()


async def until_read(room: Room) -> None:
    """Wait until the fast clients have read what was sent, or nothing more comes."""
    before = -1
    while min(room.read_by_the_fast()) < MESSAGES:
        now = sum(map(len, room.received))
        if now == before:
            return
        before = now
        await asyncio.sleep(5 * TICK_S)
    await room.wake_the_slow.wait()


def pair() -> tuple[socket.socket, socket.socket]:
    theirs, ours = socket.socketpair()
    for one in (theirs, ours):
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    return theirs, ours


def _numbers(got: bytes) -> list[int]:
    return [int(line[:5]) for line in got.split(b"\n") if len(line) == MESSAGE_BYTES - 1]


def count(got: bytes) -> tuple[int, bool]:
    """Return how many messages came, and whether they came in order."""
    numbers = _numbers(got)
    return len(numbers), numbers == sorted(set(numbers))


def torn(got: bytes) -> bool:
    """Tell whether a message reached the slow client in the middle of another one. The last may be cut off."""
    lines = got.split(b"\n")[:-1]
    return any(len(line) != MESSAGE_BYTES - 1 for line in lines) or _numbers(got) != sorted(set(_numbers(got)))
