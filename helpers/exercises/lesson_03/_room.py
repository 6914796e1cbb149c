"""The clients of 3.2: all but some read what they are sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

MESSAGE_BYTES = 8192
BUFFER_BYTES = 8192  # of each socket: the kernel, too, keeps what is not read
WINDOW = 8  # the next message comes when the fast clients are no further behind than this
TICK_S = 0.01
PATIENCE = 20  # ticks in which nothing went on, although all but one read


class Room:
    """The clients' side: who has read how much, and whether anything goes on."""

    def __init__(self, clients: int, slow: frozenset[int], messages: int, *, patience_s: float = 0.0) -> None:
        self.slow = slow
        self.patience_s = patience_s  # how long the slow ones do not read when the others have read all
        self.over = asyncio.Event()  # the broadcast has returned
        self.messages = [b"%05d" % n + b"." * (MESSAGE_BYTES - 6) + b"\n" for n in range(messages)]
        self.received = [bytearray() for _ in range(clients)]
        self.ended: set[int] = set()  # those whose connection was closed
        self.sent = 0
        self.moved = asyncio.Event()
        self.wake_the_slow = asyncio.Event()
        self.facts: dict[str, Any] = {}
        self.buffered: Callable[[], int] = lambda: 0

    async def source(self) -> AsyncIterator[bytes]:
        """Yield the messages, as fast as those who read can take them."""
        for message in self.messages:
            while self.sent - min(self.read_by_the_fast()) >= WINDOW and not self.wake_the_slow.is_set():
                self.moved.clear()
                await self.moved.wait()
            self.sent += 1
            yield message

    def read_by_the_fast(self) -> list[int]:
        """Return how many whole messages each of the fast clients has got."""
        return [len(got) // MESSAGE_BYTES for place, got in enumerate(self.received) if place not in self.slow]

    async def read(self, place: int, ours: socket.socket) -> None:
        """Be one client."""
        if place in self.slow:
            await self.wake_the_slow.wait()
        with contextlib.suppress(ConnectionError):
            while data := await asyncio.get_running_loop().sock_recv(ours, 65536):
                self.received[place] += data
                self.moved.set()
        self.ended.add(place)

    async def watch(self) -> None:
        """Let the slow client read when the others have everything, or when nothing goes on; note which."""
        idle, before = 0, -1
        while min(self.read_by_the_fast()) < len(self.messages) and idle < PATIENCE:
            await asyncio.sleep(TICK_S)
            now = self.sent + sum(map(len, self.received))
            idle += now == before
            before = now
        waiting = sum(sys.getrefcount(message) > _UNSHARED for message in self.messages)
        buffered = self.buffered() // MESSAGE_BYTES
        reads = self.read_by_the_fast()
        self.facts = {"fewest": min(reads), "most": max(reads), "waiting": max(waiting, buffered), "buffered": buffered}
        if self.patience_s and min(reads) == len(self.messages):
            self.facts["waits for the slow"] = await self._goes_on()
        self.wake_the_slow.set()
        self.moved.set()

    async def _goes_on(self) -> bool:
        """Tell whether the broadcast does not return while slow clients do not read."""
        try:
            async with asyncio.timeout(self.patience_s):
                await self.over.wait()
        except TimeoutError:
            return True
        return False


def _unshared() -> int:
    """Return what `getrefcount` says, where `watch` asks it, of a message that only its list holds."""
    return max(sys.getrefcount(message) for message in [b"%05d" % n * 2 for n in range(3)])


_UNSHARED = _unshared()


async def until_read(room: Room) -> None:
    """Wait until the fast clients have read all, and then the slow ones what comes for them; or nothing more comes."""
    await _until_quiet(room, lambda: min(room.read_by_the_fast()) >= len(room.messages))
    await room.wake_the_slow.wait()
    await _until_quiet(room, lambda: room.slow <= room.ended)


async def _until_quiet(room: Room, over: Callable[[], bool]) -> None:
    before = -1
    while not over() and (now := sum(map(len, room.received))) != before:
        before = now
        await asyncio.sleep(5 * TICK_S)


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


def torn(got: bytes, *, ended: bool) -> bool:
    """Tell whether a slow client got no row of whole messages. The last may be cut off where its connection ended."""
    *lines, last = got.split(b"\n")
    numbers = _numbers(got)
    cut = bool(last) and not ended
    return cut or any(len(line) != MESSAGE_BYTES - 1 for line in lines) or numbers != sorted(set(numbers))
