"""What the board keeps: learners and their events, in SQLite. What is acknowledged survives kill -9."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from helpers.classroom.events import Event

MOST_A_COMMIT = 1000  # events; so many took 4 ms
SCHEMA = """
CREATE TABLE IF NOT EXISTS class (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS learner (number INTEGER PRIMARY KEY, nickname TEXT NOT NULL, key_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
    learner INTEGER NOT NULL REFERENCES learner, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (learner, id)
);
"""
T = TypeVar("T")
Row = tuple[int, str, str]  # learner, id, body


@dataclass(frozen=True)
class Learner:
    """Somebody who has joined: a number, a nickname, and the hash of the key that their notebook has."""

    number: int
    nickname: str
    key_hash: str

    def has_key(self, key: str) -> bool:
        """Return whether this is the learner's key, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(self.key_hash, hashed(key))


def hashed(key: str) -> str:
    """Return what is kept of a key. It is random and long: no slow hash is needed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class Store:
    """The file of one class. Use it with `async with`; several events are committed at a time.

    Args:
        path: of the file; it is made where there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="class store")
        self._waiting: asyncio.Queue[tuple[list[Row], asyncio.Future[set[Row]]]] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None
        self._database: sqlite3.Connection

    async def __aenter__(self) -> Self:
        await self._in_thread(self._open)
        self._writing = asyncio.create_task(self._write_on(), name="class store")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._writing is not None
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._in_thread(self._database.close)
        self._thread.shutdown()

    async def word(self, name: str, make: Callable[[], str]) -> str:
        """Return the word of the class that has this name (its code, its secret); make it where there is none."""

        def find() -> str:
            with self._database:
                self._database.execute("INSERT OR IGNORE INTO class VALUES (?, ?)", (name, make()))
            row = self._database.execute("SELECT value FROM class WHERE name = ?", (name,)).fetchone()
            return str(row[0])

        return await self._in_thread(find)

    async def join(self, nickname: str) -> tuple[Learner, str]:
        """Add a learner; return them and their key, which is kept nowhere else."""
        key = secrets.token_urlsafe(16)

        def insert() -> Learner:
            with self._database:
                cursor = self._database.execute(
                    "INSERT INTO learner (nickname, key_hash) VALUES (?, ?)", (nickname, hashed(key))
                )
            assert cursor.lastrowid is not None
            return Learner(cursor.lastrowid, nickname, hashed(key))

        return await self._in_thread(insert), key

    async def add(self, learner: int, events: Sequence[Event]) -> list[Event]:
        """Keep events of a learner, and return those that were not kept before, once all are on the disk.

        Raises:
            sqlite3.Error: when they could not be written; none of them is kept then.
        """
        kept: asyncio.Future[set[Row]] = asyncio.get_running_loop().create_future()
        rows = {(learner, event.id, json.dumps(event.to_wire(), ensure_ascii=False)): event for event in events}
        await self._waiting.put((list(rows), kept))
        fresh = await kept
        return [event for row, event in rows.items() if row in fresh]

    async def everything(self) -> tuple[list[Learner], list[tuple[int, Event]]]:
        """Return all learners, and all events with the number of their learner, in the order they came."""

        def read() -> tuple[list[Learner], list[tuple[int, Event]]]:
            learners = self._database.execute("SELECT number, nickname, key_hash FROM learner ORDER BY number")
            events = self._database.execute("SELECT learner, body FROM event ORDER BY rowid")
            return [Learner(*row) for row in learners], [(n, Event.from_wire(json.loads(body))) for n, body in events]

        return await self._in_thread(read)

    async def _write_on(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and sum(len(rows) for rows, _ in batch) < MOST_A_COMMIT:
                batch.append(self._waiting.get_nowait())
            rows = [row for sent, _ in batch for row in sent]
            try:
                fresh = await self._in_thread(partial(self._commit, rows))
            except sqlite3.Error as error:  # a full disk: the notebook keeps them, and sends them again
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for _, kept in batch:
                    if not kept.done():  # its notebook has gone
                        kept.set_result(fresh)

    def _commit(self, rows: list[Row]) -> set[Row]:
        insert = "INSERT OR IGNORE INTO event VALUES (?, ?, ?)"
        with self._database:
            return {row for row in rows if self._database.execute(insert, row).rowcount == 1}

    def _open(self) -> None:
        self._database = sqlite3.connect(self._path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
