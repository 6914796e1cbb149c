"""Whoever has the code may add to the class; only who has the secret may read it; nobody may hurt it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from helpers.classroom import board as module
from helpers.classroom.board import Board
from tests.classroom.conftest import SCHEDULE, Client, guess, joined, right, wrong


async def seen(session: aiohttp.ClientSession, board: Board, query: str = "page=01") -> dict[str, Any]:
    """What the instructor's screen is told first."""
    async with session.get(f"{board.instructors_url}/stream?{query}") as stream:
        line = await stream.content.readline()
        shown: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
        return shown


async def status(session: aiohttp.ClientSession, method: str, url: str, **more: Any) -> int:
    async with session.request(method, url, **more) as answer:
        await answer.read()
        return answer.status


async def test_what_a_learner_adds_is_seen_on_the_screen(ada: Client) -> None:
    assert await ada.add(guess(250), right()) == 200
    shown = await seen(ada.session, ada.board)
    assert (shown["joined"], shown["guesses"][0]["guessed"], shown["exercises"][0]["right"]) == (1, [250], 1)


async def test_an_event_that_is_sent_twice_counts_once(ada: Client) -> None:
    once = wrong()
    assert [await ada.add(once), await ada.add(once, once)] == [200, 200]
    assert (await seen(ada.session, ada.board, "page=01&private"))["stuck"] == []


async def test_the_screen_hears_of_what_comes_later(ada: Client) -> None:
    async with ada.session.get(f"{ada.board.instructors_url}/stream?page=01") as stream:
        await stream.content.readuntil(b"\n\n")
        await ada.add(guess(7))
        assert b'"guessed": [7]' in await stream.content.readuntil(b"\n\n")


async def test_a_class_survives_a_restart_with_its_code_and_its_learners(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    path = tmp_path / "class.sqlite"
    async with Board(path, SCHEDULE) as first:
        ada = await joined(session, first, "Ada")
        await ada.add(guess(250))
    async with Board(path, SCHEDULE, port=first.port) as second:
        assert (second.learners_url, second.instructors_url) == (first.learners_url, first.instructors_url)
        assert await ada.add(guess(300)) == 200
        assert (await seen(session, second))["guesses"][0]["guessed"] == [300]


@pytest.mark.parametrize("path", ["", "/stream"])
async def test_the_code_does_not_open_the_screen(ada: Client, path: str) -> None:
    board = ada.board
    url = board.instructors_url.replace(board.secret, board.code)
    assert await status(ada.session, "GET", url + path) == 404


async def test_a_wrong_code_is_refused_and_guessing_is_slowed_down(
    session: aiohttp.ClientSession, board: Board
) -> None:
    url = board.learners_url.replace(board.code, "zzzz")
    came = [await status(session, "POST", f"{url}/join", json={}) for _ in range(module.WRONG_AT_ONCE + 1)]
    assert came == [404] * module.WRONG_AT_ONCE + [429]


async def test_guessing_does_not_slow_down_who_knows_the_code(ada: Client) -> None:
    url = ada.board.learners_url.replace(ada.board.code, "zzzz")
    for _ in range(module.WRONG_AT_ONCE + 1):
        await status(ada.session, "POST", f"{url}/join", json={})
    assert await ada.add(guess()) == 200


async def test_nobody_adds_in_the_name_of_another(ada: Client) -> None:
    grace = await joined(ada.session, ada.board, "Grace")
    assert await ada.add(guess(), key=f"{grace.seat['learner']}.{ada.seat['key']}") == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y", "Bearer 1", "Bearer ١.x", "Bearer 99999999999999.x"])
async def test_a_key_that_is_none_is_refused(ada: Client, header: str) -> None:
    assert await ada.add(guess(), Authorization=header) == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
async def test_a_stranger_of_a_host_is_refused(ada: Client, host: str) -> None:
    assert await status(ada.session, "GET", ada.board.instructors_url, headers={"Host": host}) in (400, 403)


async def test_a_page_from_elsewhere_is_refused(ada: Client) -> None:
    assert await ada.add(guess(), Origin="http://evil.example") == 403


async def test_a_body_of_more_than_4_kib_is_refused(ada: Client) -> None:
    assert await ada.add(*[wrong("x" * 200) for _ in range(20)]) == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[" * 3000, b'{"events": [1]}', b'{"events": [{"kind": "guess"}]}', b"\xff"]
)
async def test_a_body_that_is_no_events_is_refused(ada: Client, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {ada.key}"}
    assert await status(ada.session, "POST", f"{ada.board.learners_url}/events", data=body, headers=headers) == 400


async def test_a_flood_of_one_learner_is_slowed_down_and_nobody_elses(ada: Client) -> None:
    grace = await joined(ada.session, ada.board, "Grace")
    came = {await ada.add(*[guess() for _ in range(15)]) for _ in range(module.EVENTS_AT_ONCE // 15 + 3)}
    assert came == {200, 429}
    assert await grace.add(guess()) == 200


async def test_who_comes_too_often_is_told_when_to_come_again(ada: Client) -> None:
    headers = {"Authorization": f"Bearer {ada.key}"}
    body = {"events": [guess().to_wire() for _ in range(15)]}
    for _ in range(module.EVENTS_AT_ONCE // 15 + 1):
        async with ada.session.post(f"{ada.board.learners_url}/events", json=body, headers=headers) as answer:
            pass
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1


async def test_every_answer_forbids_scripts_from_elsewhere(ada: Client) -> None:
    for url in (ada.board.instructors_url, f"{ada.board.learners_url}", f"{ada.board.instructors_url}/stream"):
        async with ada.session.get(url) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
            assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_nothing_on_the_screen_comes_from_another_host(ada: Client) -> None:
    async with ada.session.get(ada.board.instructors_url) as answer:
        page = await answer.text()
    assert 'href="/pages/board.css"' in page
    assert "http" not in page


@pytest.mark.parametrize("path", ["/board", "/board/{secret}"])
async def test_the_page_itself_holds_nothing_of_the_class(ada: Client, path: str) -> None:
    """Whoever opens it without the secret sees that: the class comes with the stream."""
    url = f"http://127.0.0.1:{ada.board.port}" + path.format(secret=ada.board.secret)
    async with ada.session.get(url) as answer:
        page = await answer.text()
    assert not [word for word in (ada.board.secret, ada.board.code, "Ada") if word in page]


async def test_the_screen_is_told_where_learners_join(ada: Client) -> None:
    assert (await seen(ada.session, ada.board))["join"] == ada.board.learners_url


@pytest.mark.parametrize("name", ["board.js", "board.css"])
async def test_the_screens_files_are_served(ada: Client, name: str) -> None:
    assert await status(ada.session, "GET", f"http://127.0.0.1:{ada.board.port}/pages/{name}") == 200


@pytest.mark.parametrize("name", ["board.html", "..%2fboard.py", "%2e%2e/board.py"])
async def test_no_other_file_is_served(ada: Client, name: str) -> None:
    assert await status(ada.session, "GET", f"http://127.0.0.1:{ada.board.port}/pages/{name}") == 404


async def test_below_a_path_everything_is_below_it(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with Board(tmp_path / "class.sqlite", SCHEDULE, prefix="/services/class/") as board:
        assert f":{board.port}/services/class/{board.code}" in board.learners_url
        ada = await joined(session, board, "Ada")
        assert await ada.add(guess()) == 200
        async with session.get(board.instructors_url) as answer:
            assert 'src="/services/class/pages/board.js"' in await answer.text()


async def test_a_taken_port_is_told_and_leaves_nothing_open(tmp_path: Path, board: Board) -> None:
    with pytest.raises(OSError, match="address already in use"):
        async with Board(tmp_path / "another.sqlite", port=board.port):
            pass


async def test_a_screen_that_is_open_does_not_keep_the_board_from_ending(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with Board(tmp_path / "class.sqlite", SCHEDULE) as board:
        stream = await session.get(f"{board.instructors_url}/stream")
        await stream.content.readline()
    await asyncio.wait_for(stream.content.read(), 10)
