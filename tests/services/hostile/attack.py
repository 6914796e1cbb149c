"""Hostile clients at work: many at once, each with a limit to the service's patience."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from tests.services.hostile.cases import Case

AT_ONCE = 20
LOOK_S = 0.02
PATIENCE_S = 10.0  # for a service to close after its client has; on an idle machine it takes a millisecond
MOST_READ = 2**20
LONGEST_DATAGRAM = 65_507


class Attacked(Protocol):
    """What a client has to know: a service is such a thing, and so is the board of a class."""

    @property
    def kind(self) -> str:
        """What it speaks."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """What a client verifies it with; None without TLS."""


async def attack(service: Attacked, cases: Iterable[Case], *, inside: bool = False) -> list[bytes]:
    """Let these clients loose, 20 at once; return what each was told.

    Args:
        inside: whether they shake hands well under TLS first.

    Raises:
        AssertionError: when the service leaves one waiting that has closed its half.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> bytes:
        async with room:
            return await play(service, case, inside=inside)

    return list(await asyncio.gather(*(one(case) for case in cases)))


async def play(service: Attacked, case: Case, *, inside: bool = False) -> bytes:
    """Be one hostile client; return what it was told."""
    if service.kind == "udp":
        return await _throw(service, case)
    reader, writer = await asyncio.open_connection(*service.address, ssl=service.ssl_context if inside else None)
    if case.leaves == "resets":
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        for piece in case.pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if case.leaves == "half-closes" and writer.can_write_eof():
            writer.write_eof()
        return await _told(reader, case, can_half_close=writer.can_write_eof())
    except OSError:  # the service has closed before all was sent, as it may
        return b""
    finally:
        writer.transport.abort()


async def _throw(service: Attacked, case: Case) -> bytes:
    """Send each piece as a datagram; return what comes back at once."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        await loop.sock_connect(client, service.address)
        for piece in case.pieces:
            client.send(piece[:LONGEST_DATAGRAM])
        if case.leaves == "resets":
            return b""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                return await loop.sock_recv(client, LONGEST_DATAGRAM)
    return b""


async def _told(reader: asyncio.StreamReader, case: Case, *, can_half_close: bool) -> bytes:
    if case.leaves == "resets":
        return b""
    told = b""
    limit_s = PATIENCE_S if case.leaves == "half-closes" and can_half_close else LOOK_S
    try:
        async with asyncio.timeout(limit_s):
            while len(told) < MOST_READ and (data := await reader.read(65536)):
                told += data
    except TimeoutError:
        if limit_s == PATIENCE_S:
            raise AssertionError(f"{limit_s:g} s after its client had closed, the service had not: {case}") from None
    return told
