"""What every service's server has, whatever it speaks: ports, connections, and a desk that may be replaced."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, ClassVar

from helpers.services.daemon.desk import Desk
from helpers.services.daemon.recorder import ConnectionLog
from helpers.services.daemon.sockets import ACCEPTED_A_TURN, BACKLOG, listening_socket

TURNS_TO_ACCEPT = 3  # of the loop; a connection that it was in the midst of when its server closes is never closed

Options = dict[str, Any]


class Listener(ABC):
    """A service's server.

    Attributes:
        options: what was asked for beside conditions; each protocol has its own.
        stopped: whether a connection comes too late.
        out: whether there is an outage.
        authority: the certificate, as PEM, that a client verifies this server's by; None without TLS.
        lives_on: whether connections survive when the service is replaced by one with the same options.
    """

    kind: ClassVar[str]
    lives_on: ClassVar[bool] = False

    def __init__(self, name: str, desk: Desk, options: Options) -> None:
        self.name = name
        self.desk = desk
        self.options = options
        self.ports: list[int] = []
        self.authority: str | None = None
        self.stopped = False
        self.out = False
        self._outage: list[asyncio.TimerHandle] = []
        self.connections = ConnectionLog()
        self._servers: list[asyncio.Server] = []

    @abstractmethod
    async def start(self, ports: Sequence[int]) -> None:
        """Listen on these ports of the loopback interface; on any other in place of one that is taken or 0."""

    @abstractmethod
    def drop(self) -> None:
        """Drop every connection."""

    def outage(self, start_s: float, duration_s: float) -> None:
        """Be out of order in so many seconds from now, for so long; for no time at all: be in order."""
        self.recover()
        if not duration_s:
            return
        call_later = asyncio.get_running_loop().call_later
        self._outage = [call_later(start_s + duration_s, self.recover)]
        if start_s:
            self._outage.append(call_later(start_s, self._break_down))
        else:
            self._break_down()

    def recover(self) -> None:
        """Be in order, now and later."""
        self.out = False
        for timer in self._outage:
            timer.cancel()

    def _break_down(self) -> None:
        self.out = True
        self.desk.recorder.end_all("reset")
        self.drop()

    def broadcast(self, text: str) -> int:
        """Begin to send a message to every connection; return to how many."""
        raise TypeError(f"nothing can be broadcast over {self.kind}")

    async def stop(self) -> None:
        """Stop listening and drop every connection, those that are being accepted just now, too."""
        self.stopped = True
        self.recover()
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows' loop
            for listening in [each for server in self._servers for each in server.sockets]:
                loop.remove_reader(listening)
        for _ in range(TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()
        self.drop()

    def handshake_failed(self, why: str, *, left: bool) -> None:
        """Note that a client left in the middle of TLS's handshake, or was refused."""
        held = self.connections.opened()
        self.desk.recorder.arrived("TLS", why, held.number).end("aborted" if left else "refused")
        held.close()

    async def _listen(self, factory: Callable[[], asyncio.BaseProtocol], ports: Sequence[int]) -> None:
        loop = asyncio.get_running_loop()
        secure = await self._secure()
        for port in ports:
            listening = listening_socket(port)
            self.ports.append(listening.getsockname()[1])
            self._servers.append(await loop.create_server(factory, sock=listening, backlog=ACCEPTED_A_TURN, **secure))
            listening.listen(BACKLOG)  # asyncio takes its backlog for both; the queue in the kernel shall be longer

    async def _secure(self) -> dict[str, Any]:
        if self.options.get("certificate") is None:
            return {}
        tls = await asyncio.to_thread(import_module, "helpers.services.daemon.tls")  # takes 0.2 s, and few need it
        self.authority = tls.authority_pem()
        return {"ssl": tls.context(self.options["certificate"]), "ssl_handshake_timeout": tls.HANDSHAKE_LIMIT_S}
