"""Services that speak UDP: each datagram is answered with itself, or it is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from time import perf_counter_ns
from typing import Any

from helpers.services.daemon.desk import Desk
from helpers.services.daemon.listener import Listener, Options
from helpers.services.daemon.message import brief
from helpers.services.daemon.recorder import Record
from helpers.services.daemon.sockets import listening_socket
from helpers.services.daemon.timer import at

BUFFERED = 8 * 1024**2  # bytes to receive: with the usual 212 KiB a burst of 1000 loses two thirds (measured)
MOST_UNSENT = 1024**2
MOST_WAITING = 100_000
REMEMBERED = 50_000  # addresses of clients

Address = tuple[Any, ...]


class UdpListener(Listener, asyncio.DatagramProtocol):
    """One port on which one service speaks UDP."""

    kind = "udp"

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        super().__init__(name, desk, options)
        self._transport: Any = None
        self._socket: socket.socket | None = None
        self._numbers: dict[Address, int] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    async def start(self, ports: Sequence[int]) -> None:
        """Listen on this port of the loopback interface; on any other in place of one that is taken or 0."""
        listening = listening_socket(ports[0], socket.SOCK_DGRAM)
        with suppress(OSError):  # macOS refuses more than it allows; Linux gives what it allows
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED)
        self.ports.append(listening.getsockname()[1])
        self._socket = listening
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=listening)

    async def stop(self) -> None:
        """Stop listening, and answer nothing any more."""
        await super().stop()
        if self._transport is None:
            return
        self._transport.abort()
        await asyncio.sleep(0)  # when the socket is closed: another may take the port

    def drop(self) -> None:
        """Answer nothing of what is waiting."""
        for task in self._waiting:
            task.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Answer a datagram, now or later; or lose it."""
        record = self.desk.recorder.arrived("DATAGRAM", brief(data), self._number(addr))
        verdict = self.desk.verdict(f"DATAGRAM {record.path}")
        if self.out or verdict.lost or len(self._waiting) >= MOST_WAITING:
            record.end("lost")
            return
        record.admitted_ns = record.arrived_ns
        record.due_ns = record.arrived_ns + round(verdict.delay_s * 1e9)
        if self.desk.bandwidth.limited:
            self._later(self._carry(record, data, addr))
        elif verdict.delay_s:
            self._later(at(record.due_ns, lambda: self._answer(record, data, addr)))
        else:
            self._answer(record, data, addr)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _carry(self, record: Record, data: bytes, addr: Address) -> None:
        assert record.due_ns is not None
        await at(record.due_ns, lambda: None)
        await self.desk.bandwidth.carry(len(data))
        self._answer(record, data, addr)

    def _answer(self, record: Record, data: bytes, addr: Address) -> None:
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            record.end("lost")
            return
        record.first_byte_ns = perf_counter_ns()
        record.end("ok")  # before: whoever has the answer finds it ended in the journal
        if data or self._socket is None:
            self._transport.sendto(data, addr)
        else:
            with suppress(OSError):  # as any datagram, it may be lost
                self._socket.sendto(data, addr)  # asyncio's transport sends no empty datagram before 3.13

    def _number(self, addr: Address) -> int:
        """Return a client's number: it has no connection, but it comes from one address."""
        if len(self._numbers) > REMEMBERED:
            self._numbers.clear()
        return self._numbers.setdefault(addr, len(self._numbers) + 1)
