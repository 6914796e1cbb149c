"""The least that Python can do: a bare asyncio.Protocol that answers every read after 100 ms, in a process of its own.

`python -m tests.benchmarks.services_floor` prints its port and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from time import perf_counter_ns

from helpers.services.files import raise_file_limit

LATENCY_S = 0.1
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX-Late-Ns: %d\r\n\r\n{}"


class Floor(asyncio.Protocol):
    """Takes whatever it reads for one request; parses nothing and records nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        due_ns = perf_counter_ns() + round(LATENCY_S * 1e9)
        asyncio.get_running_loop().call_later(LATENCY_S, self._answer, due_ns)

    def _answer(self, due_ns: int) -> None:
        self.transport.write(HEAD % (perf_counter_ns() - due_ns))


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Floor, "127.0.0.1", 0, backlog=4096)
    gc.collect()
    gc.freeze()
    gc.disable()
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    raise_file_limit()
    asyncio.run(main())
