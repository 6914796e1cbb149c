"""A board for each test, and learners who have joined it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from helpers.classroom.board import Board
from helpers.classroom.events import Event
from helpers.classroom.tally import Section

SCHEDULE = (
    Section("00", "first", "First", 5, ("00-lima",)),
    Section("01", "tasks", "Tasks", 10, ("01-tasks", "1.1")),
    Section("01", "limit", "The limit", 5, ("1.2",)),
)


def guess(value: float = 250.0, *, key: str = "01-tasks", **more: Any) -> Event:
    return Event(kind="guess", page=key[:2], key=key, value=value, text="How many ms?", unit="ms", **more)


def wrong(advice: str = "Start them together.", *, key: str = "1.1") -> Event:
    return Event(kind="check", page="01", key=key, right=False, text=advice, section="tasks")


def right(*, key: str = "1.1") -> Event:
    return Event(kind="check", page="01", key=key, right=True)


@dataclass
class Client:
    """What a notebook does, by hand."""

    session: aiohttp.ClientSession
    board: Board
    seat: dict[str, Any]

    async def add(self, *events: Event, key: str = "", **headers: str) -> int:
        headers = {"Authorization": f"Bearer {key or self.key}"} | headers
        body = {"events": [event.to_wire() for event in events]}
        async with self.session.post(f"{self.board.learners_url}/events", json=body, headers=headers) as answer:
            return answer.status

    @property
    def key(self) -> str:
        return f"{self.seat['learner']}.{self.seat['key']}"


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    async with Board(tmp_path / "class.sqlite", SCHEDULE) as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def joined(session: aiohttp.ClientSession, board: Board, nickname: str = "") -> Client:
    async with session.post(f"{board.learners_url}/join", json={"nickname": nickname}) as answer:
        assert answer.status == 201
        return Client(session, board, await answer.json())


@pytest.fixture
async def ada(session: aiohttp.ClientSession, board: Board) -> Client:
    return await joined(session, board, "Ada")
