"""Listening sockets on loopback, and how many connections this process can hold."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress

from helpers.services.files import connection_limit, raise_file_limit

HOST = "127.0.0.1"
BACKLOG = 4096
NO_PORT = (
    "no port of this machine is free. Close what holds many connections; those that have just ended keep their ports "
    "for a minute. Then run the cell again"
)
ACCEPTED_A_TURN = 32  # of the loop: a burst of a thousand connects must not delay those already served


LINGER_0 = struct.pack("HH" if os.name == "nt" else "ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection: its client gets an error (RST). `abort` alone ends it as if the server had closed (FIN)."""
    opened = transport.get_extra_info("socket")
    if opened is not None:
        with suppress(OSError):  # it has ended otherwise
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
    transport.abort()


class Crowd:
    """The connections of all services together: the limit of open files is the process's."""

    def __init__(self) -> None:
        self.n = 0
        self.limit = 0

    def join(self) -> bool:
        """Count one more; return whether there was room for it. It must `leave` in any case."""
        if not self.limit:
            self.limit = connection_limit()
        self.n += 1
        return self.n <= self.limit

    def leave(self) -> None:
        """Count one less."""
        self.n -= 1

    @property
    def refusal(self) -> str:
        """What one too many is told."""
        return (
            f"too many connections: this process may have {raise_file_limit()} files open (`ulimit -Hn`), "
            f"which leaves {self.limit} connections"
        )


crowd = Crowd()


def listening_socket(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Bind this port of the loopback interface, or any other when it is taken or 0."""
    protocol = socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else socket.IPPROTO_UDP
    for wanted in dict.fromkeys((port, 0)):
        listening = socket.socket(socket.AF_INET, kind, protocol)  # named: asyncio sets TCP_NODELAY only then
        if os.name == "posix" and kind == socket.SOCK_STREAM:  # elsewhere it would let others take the port as well
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
        except OSError as error:
            listening.close()
            if not wanted:
                raise OSError(error.errno, NO_PORT) from None
        else:
            listening.setblocking(False)
            return listening
    raise AssertionError("unreachable: port 0 either binds or raises")
