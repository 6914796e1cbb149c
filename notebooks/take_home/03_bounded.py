"""Send news to many clients from one thread: a bound for each client, and no client waits for a slow one.

    python notebooks/take_home/03_bounded.py

Needs nothing but Python. Copy `Room` into your own program.
"""

import asyncio
import contextlib
import socket
import threading
import time

PORT = 0  # any that is free
CLIENTS = 50
MESSAGES = 200
MESSAGE = b"x" * 4095 + b"\n"


class Room:
    """Clients that are connected, each with a queue of its own for what is still to be sent.

    A client whose queue is full is dropped: it reads too slowly, or not at all, and nobody is to wait for it.
    """

    def __init__(self, *, most_waiting: int = 20, most_clients: int = 1000) -> None:
        if most_waiting < 1 or most_clients < 1:
            raise ValueError("most_waiting and most_clients are numbers from 1 on")
        self.most_waiting = most_waiting
        self.most_clients = most_clients
        self.dropped = 0
        self._queues: dict[asyncio.StreamWriter, asyncio.Queue[bytes]] = {}

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._queues)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it goes or is dropped: a handler for `asyncio.start_server`."""
        if self.clients >= self.most_clients:  # refuse at the door what you could not serve
            writer.close()
            return
        # The operating system keeps what is not read, too: megabytes, unless it is told otherwise.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        queue = self._queues[writer] = asyncio.Queue(self.most_waiting)
        sending = asyncio.create_task(self._send(writer, queue))
        try:
            with contextlib.suppress(OSError):  # it has gone, or the network failed
                while await reader.read(1024):  # what it says is not for us; the end is
                    pass
        finally:
            self._queues.pop(writer, None)
            sending.cancel()
            await asyncio.wait([sending])
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, queue: asyncio.Queue[bytes]) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(await queue.get())
                await writer.drain()  # waits for this client, and for no other

    def tell_all(self, message: bytes) -> None:
        """Send a message to every client. Never waits."""
        for writer, queue in list(self._queues.items()):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                self.dropped += 1
                del self._queues[writer]
                writer.transport.abort()


async def listen(port: int, *, stop: asyncio.Event) -> int:
    """Be a client that reads; return how many messages came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while count < MESSAGES and await reader.readline():
        count += 1
    writer.close()
    await stop.wait()
    return count


async def do_not_listen(port: int, *, stop: asyncio.Event) -> None:
    """Be a client that has stopped reading."""
    with socket.create_connection(("127.0.0.1", port)):
        await stop.wait()


async def main() -> None:
    room, stop = Room(), asyncio.Event()
    server = await asyncio.start_server(room.serve, "127.0.0.1", PORT)
    port = server.sockets[0].getsockname()[1]
    async with server, asyncio.TaskGroup() as group:
        listeners = [group.create_task(listen(port, stop=stop)) for _ in range(CLIENTS)]
        group.create_task(do_not_listen(port, stop=stop))
        while room.clients < CLIENTS + 1:  # noqa: ASYNC110 - a look now and then is enough here
            await asyncio.sleep(0.01)
        begin = time.perf_counter()
        for _ in range(MESSAGES):
            room.tell_all(MESSAGE)
            await asyncio.sleep(0.002)  # the news comes at its own pace
        while room.clients:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        took_s = time.perf_counter() - begin
        stop.set()
    got = [task.result() for task in listeners]
    print(f"{got.count(MESSAGES)} of {CLIENTS} clients got all {MESSAGES} messages, in {took_s:.2f} s")
    print(f"dropped because they did not read: {room.dropped}; threads: {threading.active_count()}")


if __name__ == "__main__":
    asyncio.run(main())
