"""A board that is killed and started again in mid-class: no learner notices, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from helpers.classroom.events import Event
from helpers.classroom.learner import Membership
from helpers.classroom.store import Store
from tests.classroom.conftest import guess
from tests.classroom.running import RunningBoard, running_board

LEARNERS = 5
SOON_S = 60.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")


def told(members: list[Membership], values: range) -> list[Event]:
    """Let something happen in every learner's page, as `predict` does."""
    events = [guess(value) for _ in members for value in values]
    for n, event in enumerate(events):
        members[n % len(members)]._heard(**event.to_wire())
    return events


def until_sent(members: list[Membership]) -> None:
    give_up = time.monotonic() + SOON_S
    while any(member._sender is not None and member._sender.waiting for member in members):
        assert time.monotonic() < give_up
        time.sleep(0.01)


def kill(board: RunningBoard) -> None:
    board.process.send_signal(signal.SIGKILL)
    board.process.wait()


async def kept(folder: Path) -> list[str]:
    async with Store(folder / "class.sqlite") as store:
        return sorted(event.id for _, event in (await store.everything())[1])


async def shown(board: RunningBoard) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{board.instructors_url}/stream?page=01") as stream:
        seen = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        return {"joined": seen["joined"], "guessed": len(seen["guesses"][0]["guessed"])}


def test_a_board_that_is_killed_in_mid_class_and_started_again_has_every_event_once(tmp_path: Path) -> None:
    members = [Membership() for _ in range(LEARNERS)]
    try:
        with running_board(tmp_path) as board:
            for member in members:
                member.join(board.learners_url, kept=tmp_path / f"seat-{id(member)}.json")
            events = told(members, range(5))
            kill(board)  # some were acknowledged, some are on their way
        events += told(members, range(5))  # meanwhile in the pages
        with running_board(tmp_path, port=board.port) as again:
            until_sent(members)
            events += told(members, range(5))
            until_sent(members)
            assert (again.learners_url, again.instructors_url) == (board.learners_url, board.instructors_url)
            assert asyncio.run(shown(again)) == {"joined": LEARNERS, "guessed": LEARNERS}
            kill(again)
        assert asyncio.run(kept(tmp_path)) == sorted(event.id for event in events)
        assert [member._sender.dropped for member in members if member._sender] == [0] * LEARNERS
    finally:
        for member in members:
            member.leave()


def test_a_page_that_is_opened_while_the_board_is_away_notices_nothing(tmp_path: Path) -> None:
    first, second = Membership(), Membership()
    try:
        with running_board(tmp_path) as board:
            first.join(board.learners_url, kept=tmp_path / "seat.json")
            kill(board)
        second.join(board.learners_url, kept=tmp_path / "seat.json")  # the next page: it has the place already
        (event,) = told([second], range(1))
        with running_board(tmp_path, port=board.port):
            until_sent([second])
        assert asyncio.run(kept(tmp_path)) == [event.id]
    finally:
        first.leave()
        second.leave()
