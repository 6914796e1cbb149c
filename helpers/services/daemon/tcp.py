"""Services that speak bare TCP: messages in a stream, each answered with itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from time import perf_counter_ns
from typing import cast

from helpers.services.conditions import Failure
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.framing import FRAMINGS, BadFrame
from helpers.services.daemon.listener import Listener, Options
from helpers.services.daemon.message import attend, brief
from helpers.services.daemon.recorder import Held, Record
from helpers.services.daemon.sockets import crowd, reset

MOST_UNREAD = 256 * 1024  # bytes that wait while a message before them is answered; then the client waits, too
MOST_UNSENT = 1024**2  # bytes of others' messages that may wait here, beyond the system's buffers, for one client
PUSHED_A_TURN = 200  # of the loop
LINGER_S = 1.0  # to swallow what follows on bytes that were refused
ERROR = "ERR "


class TcpConnection(asyncio.Protocol):
    """A client's connection. Its messages are answered one after another, in order."""

    __slots__ = (
        "_buffer",
        "_deaf",
        "_ended",
        "_freed_ns",
        "_held",
        "_mute",
        "_read_ns",
        "_room",
        "_work",
        "listener",
        "transport",
    )

    def __init__(self, listener: TcpListener) -> None:
        self.listener = listener
        self._buffer = bytearray()
        self._deaf = False
        self._ended = False
        self._mute = False
        self._read_ns = 0
        self._freed_ns = 0
        self._room: asyncio.Future[None] | None = None
        self._work: asyncio.Task[None] | None = None
        self._held: Held
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or tell it that it is one too many."""
        self.transport = cast(asyncio.Transport, transport)
        self._held = self.listener.connections.opened()
        self.listener.clients.add(self)
        there_is_room = crowd.join()
        if self.listener.stopped:
            self.transport.abort()
        elif self.listener.out:
            self.listener.desk.recorder.arrived("CONNECT", "", self._held.number).end("reset")
            self.transport.abort()
        elif not there_is_room:
            self._refuse(crowd.refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and what it is still owed."""
        crowd.leave()
        self._held.close()
        self.listener.clients.discard(self)
        if self._work is not None:
            self._work.cancel()

    def data_received(self, data: bytes) -> None:
        """Cut messages out of what came, and begin to answer them."""
        if self._deaf or self._mute:
            return
        self._read_ns = perf_counter_ns()
        self._buffer += data
        if self._work is not None:
            if len(self._buffer) > MOST_UNREAD:
                self.transport.pause_reading()
        elif (message := self._take()) is not None:
            self._work = asyncio.get_running_loop().create_task(self._answer_all(message))

    def eof_received(self) -> bool:
        """Answer what came, then close. The client has closed its half; whether the other, too, can't be seen."""
        self._ended = True
        if self._work is None or self._mute:
            self._finish()
        return self.transport.can_write_eof()  # under TLS both halves close at once

    def pause_writing(self) -> None:
        """Take no more messages until the client has read its answers."""
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Go on."""
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def push(self, data: bytes) -> None:
        """Send something that this client did not ask for; drop it when it does not read."""
        if self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.transport.abort()
        elif not self.transport.is_closing() and not self._deaf:
            self.transport.write(data)

    async def _answer_all(self, message: bytes | None) -> None:
        while message is not None and not self.transport.is_closing():
            await self._answer(message)
            if self._room is not None:
                await self._room
            self._freed_ns = perf_counter_ns()
            message = self._take()
            if len(self._buffer) <= MOST_UNREAD and not self.transport.is_closing():
                self.transport.resume_reading()
        self._work = None
        if self._ended:
            self._finish()

    async def _answer(self, message: bytes) -> None:
        desk, arrived_ns = self.listener.desk, max(self._read_ns, self._freed_ns)
        record = desk.recorder.arrived("MESSAGE", brief(message), self._held.number, arrived_ns)
        rejected = await attend(desk, record, lambda failure: self._carry_out(record, message, failure))
        if rejected is not None:
            self._send(f"{ERROR}{rejected}")

    def _carry_out(self, record: Record, message: bytes, failure: Failure | None) -> Awaitable[None] | None:
        if self.transport.is_closing():
            return None
        if failure == "reset":
            record.end("reset")
            reset(self.transport)
            return None
        if failure == "no_answer":
            self._mute = True  # what is swallowed can't hide that the client leaves
            self._buffer.clear()
            self.transport.resume_reading()
            if self._ended:
                self._finish()
            return None
        data = self.listener.framing.wrap(message)
        record.first_byte_ns = perf_counter_ns()
        if failure == "truncated":
            self.transport.write(data[: len(data) // 2])
            self.transport.close()
            record.end("truncated")
        elif self.listener.desk.bandwidth.limited:
            return self._send_in_pieces(record, data)
        else:
            record.end("ok")  # before: whoever has the answer finds it ended in the journal
            self.listener.echo(self, data)
        return None

    async def _send_in_pieces(self, record: Record, data: bytes) -> None:
        bandwidth = self.listener.desk.bandwidth
        pieces = [data] if self.listener.options["echo_to"] == "all" else bandwidth.pieces(data)
        for piece in pieces:
            await bandwidth.carry(len(piece))
            self.listener.echo(self, piece)
        record.end("ok")

    def _take(self) -> bytes | None:
        if self._deaf:
            return None
        try:
            return self.listener.framing.take(self._buffer)
        except BadFrame as error:
            self._refuse(str(error))
            return None

    def _finish(self) -> None:
        if self._buffer and not self._deaf:
            what = self.listener.framing.what
            self._refuse(f"the connection ended {len(self._buffer)} bytes into a message: {what}")
        self.transport.close()

    def _refuse(self, error: str) -> None:
        """Say what was wrong, and close. What still comes is swallowed: left unread, it would reset the answer."""
        now = perf_counter_ns()
        record = self.listener.desk.recorder.arrived("", "", self._held.number, self._read_ns or now)
        record.first_byte_ns = now
        self._send(f"{ERROR}{error}")
        record.end("refused")
        self._deaf = True
        self._buffer.clear()
        if self.transport.can_write_eof():
            self.transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)
        else:
            self.transport.close()

    def _send(self, text: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.listener.framing.wrap(text.encode()))


class TcpListener(Listener):
    """One or more ports on which one service speaks TCP."""

    kind = "tcp"

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        super().__init__(name, desk, options)
        self.framing = FRAMINGS[options["framing"]]
        self.clients: set[TcpConnection] = set()
        self._to_push: deque[tuple[list[TcpConnection], bytes]] = deque()
        self._pushing: asyncio.Task[None] | None = None

    async def start(self, ports: Sequence[int]) -> None:
        """Listen on these ports of the loopback interface; on any other in place of one that is taken or 0."""
        await self._listen(lambda: TcpConnection(self), ports)

    def drop(self) -> None:
        """Drop every connection."""
        for client in list(self.clients):
            client.transport.abort()

    def echo(self, client: TcpConnection, data: bytes) -> None:
        """Send a client's message back to it, or to all."""
        if self.options["echo_to"] == "all":
            self._push(data)
        else:
            client.transport.write(data)

    def broadcast(self, text: str) -> int:
        """Begin to send a message to every connection; return to how many."""
        return self._push(self.framing.wrap(text.encode()))

    def _push(self, data: bytes) -> int:
        clients = list(self.clients)
        self._to_push.append((clients, data))
        if self._pushing is None:
            self._pushing = asyncio.get_running_loop().create_task(self._push_on())
        return len(clients)

    async def _push_on(self) -> None:
        """Send what waits, one message after another: each client gets them in order."""
        while self._to_push:
            clients, data = self._to_push.popleft()
            for n, client in enumerate(clients, 1):
                client.push(data)
                if n % PUSHED_A_TURN == 0:
                    await asyncio.sleep(0)
        self._pushing = None
