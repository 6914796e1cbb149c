"""Measurements in SQLite: one thread, and one commit for all that wait. `add` returns when they are on the disk."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from settings import Settings

SCHEMA = """CREATE TABLE IF NOT EXISTS measurement (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, sensor TEXT, value REAL, at REAL)"""
INSERT = "INSERT INTO measurement (key, sensor, value, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
FIND = "SELECT id, sensor = ? AND value = ? FROM measurement WHERE key = ?"
T = TypeVar("T")
Kept = tuple[int, str]  # a measurement on the disk: its id, and the JSON that followers get


@dataclass(frozen=True)
class Measurement:
    """What a sensor measured. The sender makes up the key, so that a measurement sent twice is kept once."""

    key: str
    sensor: str
    value: float

    @classmethod
    def parse(cls, body: bytes) -> "Measurement":
        """Read one from JSON; raise a ValueError that says what is wrong with anything else."""
        try:
            sent = {**json.loads(body)}
        except (TypeError, RecursionError) as error:
            raise ValueError("not a JSON object") from error
        key, sensor, value = (sent.get(name) for name in ("key", "sensor", "value"))
        # Printable, too: JSON can hold half a surrogate pair, which UTF-8 can't encode.
        if not all(isinstance(one, str) and 0 < len(one) <= 100 and one.isprintable() for one in (key, sensor)):
            raise ValueError("key and sensor: 1 to 100 printable characters each")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e300 < value < 1e300:
            raise ValueError("value: a finite number")
        return cls(str(key), str(sensor), float(value))


class Store:
    """The file. It calls `on_kept` with every new measurement after its commit, in the order of the ids."""

    def __init__(self, settings: Settings, on_kept: Callable[[Kept], None]) -> None:
        self._settings, self._on_kept = settings, on_kept
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.waiting: asyncio.Queue[tuple[Measurement, asyncio.Future[int]]] = asyncio.Queue(settings.waiting)
        self._reading = asyncio.Lock()  # one page at a time: a commit must not wait until a thousand have read theirs
        self.commits, self.failures, self.error = 0, 0, ""

    async def open(self) -> None:
        await self._in_thread(self._open)
        self._writing = asyncio.create_task(self._write_on(), name="store")

    async def close(self) -> None:
        """Commit what waits, then close the file."""
        await self.waiting.join()
        self._writing.cancel()
        await self._in_thread(self._database.close)
        self._thread.shutdown()

    async def add(self, measurement: Measurement) -> int:
        """Return its id, once it is on the disk; 0 if another measurement with its key is there.

        Raises asyncio.QueueFull when too many wait, and sqlite3.Error when it could not be written. If the caller is
        cancelled, it may be kept all the same: a client that got no answer can't know, and sends it again with its key.
        """
        kept = asyncio.get_running_loop().create_future()
        self.waiting.put_nowait((measurement, kept))
        return int(await kept)

    async def after(self, id: int, limit: int = 200) -> list[Kept]:
        """Return what was kept after this id, the oldest first."""
        rows = "SELECT id, sensor, value, at FROM measurement WHERE id > ? ORDER BY id LIMIT ?"
        async with self._reading:
            return await self._in_thread(lambda: [_kept(*row) for row in self._database.execute(rows, (id, limit))])

    async def _write_on(self) -> None:
        while True:
            batch = [await self.waiting.get()]
            while len(batch) < self._settings.a_commit and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
            try:
                ids, fresh = await self._in_thread(partial(self._commit, [one for one, _ in batch]))
            except Exception as error:  # a full disk, say: nothing of this batch is kept, the next may be
                self.failures, self.error = self.failures + 1, str(error)
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                self.commits, self.error = self.commits + 1, ""
                for id, (_, kept) in zip(ids, batch, strict=True):
                    if not kept.done():  # its sender has gone
                        kept.set_result(id)
                for one in fresh:
                    self._on_kept(one)
            for _ in batch:
                self.waiting.task_done()

    def _commit(self, batch: Sequence[Measurement]) -> tuple[list[int], list[Kept]]:
        ids, fresh, now = [], [], time.time()
        with self._database:  # one transaction, and one wait for the disk
            for one in batch:
                cursor = self._database.execute(INSERT, (one.key, one.sensor, one.value, now))
                if cursor.rowcount == 1:
                    fresh.append(_kept(cursor.lastrowid or 0, one.sensor, one.value, now))
                id, same = self._database.execute(FIND, (one.sensor, one.value, one.key)).fetchone()
                ids.append(int(id) if same else 0)
        return ids, fresh

    def _open(self) -> None:
        self._database = sqlite3.connect(self._settings.database, timeout=self._settings.lock_s)
        pragmas = f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {self._settings.synchronous};"
        self._database.executescript(pragmas + SCHEMA)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _kept(id: int, sensor: str, value: float, at: float) -> Kept:
    return id, json.dumps({"id": id, "sensor": sensor, "value": value, "at": round(at, 3)})
