"""One writer that commits all that wait, with a thread for each client and with a task for each (page 12)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

MOST = 200
ON_DISK = "/var/tmp"  # what is in /tmp may be in memory


@contextlib.contextmanager
def a_file() -> Iterator[Path]:
    """Make a file with a table, in a temporary folder that is on a disk, if there is one."""
    disk = ON_DISK if os.access(ON_DISK, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="asyncio-measured-", dir=disk) as folder:
        path = Path(folder, "measurements.sqlite")
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE measurement (id INTEGER PRIMARY KEY, value REAL)")
        yield path


def commit(database: sqlite3.Connection, values: list[float]) -> None:
    """Write these in one transaction, and wait until they are on the disk."""
    with database:
        database.executemany("INSERT INTO measurement (value) VALUES (?)", [(value,) for value in values])


def rows_per_s(rows: int, a_commit: int) -> float:
    """Return how many rows a second are kept with so many in each commit; no clients, no event loop."""
    with a_file() as path, contextlib.closing(_opened(path)) as database:
        began = time.perf_counter()
        for _ in range(0, rows, a_commit):
            commit(database, [21.5] * a_commit)
        return rows / (time.perf_counter() - began)


def with_threads(clients: int, each: int) -> float:
    """Return how many rows a second are kept when so many threads wait for a writer in another thread."""
    waiting: queue.SimpleQueue[tuple[float, Future[None]] | None] = queue.SimpleQueue()

    def write(path: Path) -> None:
        with contextlib.closing(_opened(path)) as database:
            while (first := waiting.get()) is not None:
                batch = [first]
                while len(batch) < MOST and not waiting.empty() and (one := waiting.get()) is not None:
                    batch.append(one)
                commit(database, [value for value, _ in batch])
                for _, kept in batch:
                    kept.set_result(None)

    def client() -> None:
        for _ in range(each):
            kept: Future[None] = Future()
            waiting.put((21.5, kept))
            kept.result()

    with a_file() as path:
        writer = threading.Thread(target=write, args=(path,))
        writer.start()
        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            for ended in [pool.submit(client) for _ in range(clients)]:
                ended.result()
        took_s = time.perf_counter() - began
        waiting.put(None)
        writer.join()
    return clients * each / took_s


async def with_tasks(clients: int, each: int, *, most: int = MOST) -> float:
    """Return how many rows a second are kept when so many tasks wait for a writer, with at most `most` in a commit."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, asyncio.Future[None]]] = asyncio.Queue()

    async def write(database: sqlite3.Connection, pool: ThreadPoolExecutor) -> None:
        while True:
            batch = [await waiting.get()]
            while len(batch) < most and not waiting.empty():
                batch.append(waiting.get_nowait())
            await loop.run_in_executor(pool, commit, database, [value for value, _ in batch])
            for _, kept in batch:
                kept.set_result(None)

    async def client() -> None:
        for _ in range(each):
            kept: asyncio.Future[None] = loop.create_future()
            waiting.put_nowait((21.5, kept))
            await kept

    with a_file() as path, ThreadPoolExecutor(1) as pool:
        database = await loop.run_in_executor(pool, _opened, path)
        writing = asyncio.create_task(write(database, pool))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())
        took_s = time.perf_counter() - began
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await loop.run_in_executor(pool, database.close)
    return clients * each / took_s


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = FULL")
    return database
