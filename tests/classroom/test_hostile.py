"""A board that strangers and an insider besiege: nobody is disturbed, nothing is lost, nothing is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from helpers.classroom import board as module
from helpers.classroom import guard
from helpers.classroom.board import Board
from tests.classroom.conftest import SCHEDULE, Client, guess, joined
from tests.classroom.siege import besiege
from tests.classroom.test_board import status

CASES = 500
SEED = 7  # the same requests on every run; the command in tests/benchmarks/hostile.py makes others
GROWTH = 30 * 2**20  # bytes; on an idle machine 1 to 5 MiB


def test_five_hundred_hostile_requests_disturb_nobody_and_an_honest_learner_loses_nothing(tmp_path: Path) -> None:
    """The siege itself looks: no answer of 500, nothing on stderr, no secret told, each acknowledged event kept."""
    figures = besiege(tmp_path, CASES, number=SEED)
    assert figures.cases == CASES
    assert figures.acknowledged
    assert figures.after - figures.before < GROWTH
    assert figures.kept > len(figures.acknowledged), "hostile events come through, too: it besieges no wall"
    assert figures.learners > 2, "so do learners that there are not"


async def test_a_client_that_never_sends_its_body_is_let_go(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", ada.board.port)
    head = f"POST /{ada.board.code}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ada.key}\r\n"
    writer.write(f"{head}Content-Length: 9\r\n\r\n".encode())
    assert b" 408 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize("said", [b"", b"POST /", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_a_client_that_says_nothing_or_half_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.05)
    async with Board(tmp_path / "class.sqlite") as board:
        reader, writer = await asyncio.open_connection("127.0.0.1", board.port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()


@pytest.mark.parametrize("body", [b'{"events": [{"\\ud800": 1}]}', b'{"events": 5}', b'{"events": null}', b"{}"])
async def test_what_is_no_list_of_events_is_refused(ada: Client, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {ada.key}"}
    assert await status(ada.session, "POST", f"{ada.board.learners_url}/events", data=body, headers=headers) == 400


@pytest.mark.parametrize("host", ["127.0.0.1:99999", "127.0.0.1:4294967376"])
async def test_a_port_that_is_none_is_refused(ada: Client, host: str) -> None:
    assert await status(ada.session, "GET", ada.board.learners_url, headers={"Host": host}) == 403


async def test_one_learner_can_not_fill_the_disk_also_not_with_a_restart_in_between(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 3)
    path = tmp_path / "class.sqlite"
    async with Board(path, SCHEDULE) as board:
        ada = await joined(session, board)
        assert await ada.add(guess(), guess()) == 200
        again = guess()
        assert [await ada.add(again), await ada.add(guess())] == [200, 413]
    async with Board(path, SCHEDULE, port=board.port):
        assert await ada.add(guess()) == 413
