"""A server in several processes on one port, so that it can use several cores.

    python notebooks/take_home/08_one_port.py

Each process opens a listening socket of its own, on the same port (`reuse_port`), and Linux shares the connections
among them. So a request that calculates keeps one process busy, and no other. Where the system doesn't share them, a
proxy in front of several ports does. The processes have nothing else in common: what they must know of each other
belongs into a database.
"""

import asyncio
import os
import socket
import time
from collections import Counter
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier, Event

REQUESTS = 40
WORK = 150_000


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Calculate for one client, and say which process did."""
    try:
        await reader.readline()
        total = sum(n * n for n in range(WORK))  # blocks this process's loop, and no other's
        writer.write(f"{os.getpid()} {total}\n".encode())
        await writer.drain()
    except ConnectionError:
        pass  # this client has gone; the others have not
    finally:
        writer.close()


async def serve(port: int, ready: Barrier, stop: Event) -> None:
    """Accept connections until `stop` is set."""
    server = await asyncio.start_server(answer, "127.0.0.1", port, reuse_port=True)
    await asyncio.to_thread(ready.wait)
    await asyncio.to_thread(stop.wait)  # a thread waits for the other process, so the loop is free
    server.close()


def run_server(port: int, ready: Barrier, stop: Event) -> None:
    """Serve in this process; the function that each process begins with."""
    asyncio.run(serve(port, ready, stop))


async def ask(port: int) -> int:
    """Send one request, and return the number of the process that answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"please\n")
        return int((await reader.readline()).split()[0])
    finally:
        writer.close()
        await writer.wait_closed()


async def ask_all(port: int) -> Counter[int]:
    """Send all requests together, and count the answers of each process."""
    return Counter(await asyncio.gather(*[ask(port) for _ in range(REQUESTS)]))


def main(processes: int) -> None:
    """Start the processes, ask them, and stop them, whatever happens in between."""
    context = get_context("spawn")  # the same on every system: each process imports this file
    ready, stop = context.Barrier(processes + 1), context.Event()
    with socket.socket() as holder:  # finds a free port and keeps it; it never listens
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        workers = [context.Process(target=run_server, args=(port, ready, stop)) for _ in range(processes)]
        for worker in workers:
            worker.start()
        try:
            ready.wait(timeout=30)
            begin = time.perf_counter()
            answers = asyncio.run(ask_all(port))
            took_s = time.perf_counter() - begin
        finally:
            stop.set()
            for worker in workers:
                worker.join()
    shares = " and ".join(str(count) for count in sorted(answers.values(), reverse=True))
    print(f"{REQUESTS} requests in {took_s:.2f} s; answered by each of {processes}: {shares}")


if __name__ == "__main__":
    if hasattr(socket, "SO_REUSEPORT"):
        main(processes=1)
        main(processes=2)
    else:
        print("This system lets one process listen on a port. Put a proxy in front of several.")
