"""A service that fails when it is told to, with the methods of the page's `api`, in the grader's own loop."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from helpers.exercises.hosts import HOST

if TYPE_CHECKING:
    import aiohttp

    from helpers.exercises.bench import Bench

PEOPLE = {"oslo": 709_000, "lima": 10_092_000}
STATUS = {200: "OK", 404: "Not Found"}
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: closing the socket resets the connection


class Faulty:
    """What tells the service how to fail: a new connection for each request, so that no client asks again unseen."""

    def __init__(self) -> None:
        self._fail_first = 0
        self._status = 503
        self._rate = 0.0
        self._failure: int | str = 503
        self._out = 0.0, 0.0
        self.asked = 0
        self.last = "had not been asked yet"

    def fail_first(self, n: int, *, status: int = 503) -> None:
        """Let the next n requests fail with this status."""
        self._fail_first, self._status = n, status

    def change(self, *, failure_rate: float | None = None, failure: int | str | None = None) -> None:
        """Let every request fail in this way, or none: `failure` is a status, "reset", "truncated" or "no_answer".

        Raises:
            ValueError: for a rate between 0 and 1, which would be luck, or another kind of failure.
        """
        if failure is not None and failure not in ("reset", "truncated", "no_answer") and not isinstance(failure, int):
            raise ValueError(f'failure must be a status, "reset", "truncated" or "no_answer", got {failure!r}')
        if failure_rate is not None and failure_rate not in (0, 1):
            raise ValueError(f"failure_rate must be 0 or 1 here, got {failure_rate!r}")
        self._rate = self._rate if failure_rate is None else failure_rate
        self._failure = self._failure if failure is None else failure

    def outage(self, *, start_s: float = 0.0, duration_s: float) -> None:
        """Reset whatever comes, in `start_s` seconds from now, for so long."""
        begins = asyncio.get_running_loop().time() + start_s
        self._out = begins, begins + duration_s

    @property
    def fails(self) -> bool:
        """Whether the next request will fail."""
        return bool(self._fail_first or self._rate or self._is_out)

    @property
    def _is_out(self) -> bool:
        return self._out[0] <= asyncio.get_running_loop().time() < self._out[1]

    def _next_failure(self) -> int | str | None:
        self.asked += 1
        if self._is_out:
            return "reset"
        if self._fail_first:
            self._fail_first -= 1
            return self._status
        return self._failure if self._rate else None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(head.split()[1].decode(), reader, writer)
        finally:
            writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        failure = self._next_failure()
        self.last = f'had failed ("{failure}")' if isinstance(failure, str) else "had answered"
        if failure == "no_answer":
            await reader.read()  # until the client leaves
            return
        if failure == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
            return
        city = path.rpartition("/")[2]
        status = failure if isinstance(failure, int) else 200 if city in PEOPLE else 404
        self.last += f" with {status}" if failure != "truncated" else ""
        page = {"name": city, "population": PEOPLE[city]} if status == 200 else {"error": "not now"}
        body = json.dumps(page).encode()
        first = f"HTTP/1.1 {status} {STATUS.get(status, 'Failed')}\r\nContent-Type: application/json\r\n"
        writer.write(f"{first}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(body[: len(body) // 2] if failure == "truncated" else body)
        await writer.drain()


@asynccontextmanager
async def faulty(bench: Bench) -> AsyncIterator[tuple[aiohttp.ClientSession, Faulty]]:
    """Open such a service, and a session with it as its base."""
    import aiohttp

    api = Faulty()
    server = await asyncio.start_server(api.serve, HOST, 0)
    session = aiohttp.ClientSession(f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
    bench.sessions.append(session)  # it is not the learner's to close
    try:
        yield session, api
    finally:
        await session.close()
        server.close()
