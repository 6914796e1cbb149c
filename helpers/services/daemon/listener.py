"""What every service's server has, whatever it speaks: ports, connections, and a desk that may be replaced."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, ClassVar

from helpers.services.daemon.desk import Desk
from helpers.services.daemon.recorder import ConnectionLog
from helpers.services.daemon.sockets import ACCEPTED_A_TURN, BACKLOG, listening_socket

Options = dict[str, Any]


class Listener(ABC):
    """A service's server.

    Attributes:
        options: what was asked for beside conditions; each protocol has its own.
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
        self.connections = ConnectionLog()
        self._servers: list[asyncio.Server] = []

    @abstractmethod
    async def start(self, ports: Sequence[int]) -> None:
        """Listen on these ports of the loopback interface; on any other in place of one that is taken or 0."""

    @abstractmethod
    def drop(self) -> None:
        """Drop every connection."""

    def broadcast(self, text: str) -> int:
        """Begin to send a message to every connection; return to how many."""
        raise TypeError(f"nothing can be broadcast over {self.kind}")

    def stop(self) -> None:
        """Stop listening and drop every connection."""
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
