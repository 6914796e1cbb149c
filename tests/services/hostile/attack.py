"""Hostile clients at work: many at once, each with a limit to the service's patience."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable

from tests.services.hostile.cases import Case

AT_ONCE = 20
LOOK_S = 0.02
PATIENCE_S = 10.0  # for a service to close after its client has; on an idle machine it takes a millisecond
MOST_READ = 2**20


async def attack(address: tuple[str, int], cases: Iterable[Case]) -> list[bytes]:
    """Let these clients loose, 20 at once; return what each was told.

    Raises:
        AssertionError: when the service leaves one waiting that has closed its half.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> bytes:
        async with room:
            return await play(address, case)

    return list(await asyncio.gather(*(one(case) for case in cases)))


async def play(address: tuple[str, int], case: Case) -> bytes:
    """Be one hostile client; return what it was told."""
    reader, writer = await asyncio.open_connection(*address)
    if case.leaves == "resets":
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        for piece in case.pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if case.leaves == "half-closes":
            writer.write_eof()
        return await _told(reader, case)
    except OSError:  # the service has closed before all was sent, as it may
        return b""
    finally:
        writer.transport.abort()


async def _told(reader: asyncio.StreamReader, case: Case) -> bytes:
    if case.leaves == "resets":
        return b""
    told = b""
    limit_s = LOOK_S if case.leaves == "looks and goes" else PATIENCE_S
    try:
        async with asyncio.timeout(limit_s):
            while len(told) < MOST_READ and (data := await reader.read(65536)):
                told += data
    except TimeoutError:
        if case.leaves == "half-closes":
            raise AssertionError(f"{limit_s:g} s after its client had closed, the service had not: {case}") from None
    return told
