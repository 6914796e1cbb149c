"""A learner joins with an address, is told what is sent, and leaves when they like."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers import _told
from helpers.classroom.board import Board
from helpers.classroom.learner import REMEMBERED, Membership
from tests.classroom.test_board import seen


@pytest.fixture
def member() -> Iterator[Membership]:
    made = Membership()
    yield made
    made.leave()


async def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.01)


async def until_guessed(board: Board, value: float) -> None:
    await until(lambda: [value] in [one["guessed"] for one in board._tally.seen("01")["guesses"]])


async def test_what_happens_in_a_page_is_told_to_the_board(member: Membership, board: Board, session: object) -> None:
    await asyncio.to_thread(member.join, board.learners_url, nickname="Ada")
    _told.tell("guess", page="01", key="01-tasks", value=250.0, text="How many?", unit="ms")
    await until(lambda: board._tally.seen("01")["guesses"] != [])
    assert (await seen(session, board))["guesses"][0]["guessed"] == [250.0]  # type: ignore[arg-type]


async def test_a_guess_that_no_board_takes_is_left_out_and_the_next_one_is_told(
    member: Membership, board: Board
) -> None:
    await asyncio.to_thread(member.join, board.learners_url)
    for value in (1e16, 2.0):
        _told.tell("guess", page="01", key="01-tasks", value=value, text="How many?", unit="ms")
    assert [event.value for event in member.sent] == [2.0]


async def test_telling_takes_a_cell_less_than_a_fifth_of_a_millisecond_also_of_a_board_that_is_gone(
    member: Membership, tmp_path: Path
) -> None:
    async with Board(tmp_path / "class.sqlite") as board:
        await asyncio.to_thread(member.join, board.learners_url)
    began = time.thread_time()
    for n in range(500):
        _told.tell("guess", page="01", key="01-tasks", value=n, text="How many ms will they take?", unit="ms")
    assert (time.thread_time() - began) / 500 < 0.0002  # of this thread's processor
    assert len(member.sent) == REMEMBERED


async def test_after_leaving_nothing_is_told(member: Membership, board: Board) -> None:
    await asyncio.to_thread(member.join, board.learners_url)
    await asyncio.to_thread(member.leave)
    _told.tell("guess", page="01", key="01-tasks", value=250.0)
    assert member.sent == ()
    assert _told._listeners == []


async def test_the_next_page_goes_on_as_the_same_learner(member: Membership, board: Board, tmp_path: Path) -> None:
    first = await asyncio.to_thread(member.join, board.learners_url, kept=tmp_path / "kept.json")
    again = await asyncio.to_thread(Membership().join, board.learners_url, kept=tmp_path / "kept.json")
    assert again == first
    assert (tmp_path / "kept.json").stat().st_mode & 0o077 == 0


async def test_where_the_class_was_begun_anew_the_learner_is_in_it_again_once_and_loses_nothing(
    tmp_path: Path,
) -> None:
    first, second = Membership(), Membership()  # two pages of one learner
    kept, values = tmp_path / "kept.json", (1.0, 2.0, 3.0)
    try:
        async with Board(tmp_path / "yesterday.sqlite", code="k7fq") as board:
            for page in (first, second):
                await asyncio.to_thread(page.join, board.learners_url, nickname="Ada", kept=kept)
        async with Board(tmp_path / "today.sqlite", code="k7fq", port=board.port) as board:
            for page, value in zip((first, second, first), values, strict=True):
                page._heard("guess", page="01", key=f"01-{value:.0f}", value=value)
                await until_guessed(board, value)
            assert board._tally.nicknames == {1: "Ada"}
    finally:
        for page in (first, second):
            await asyncio.to_thread(page.leave)


@pytest.mark.parametrize("kept", ["", "{", "[]", json.dumps({"address": "x"})])
async def test_a_kept_place_that_is_damaged_is_taken_anew(
    member: Membership, board: Board, tmp_path: Path, kept: str
) -> None:
    (tmp_path / "kept.json").write_text(kept)
    seat = await asyncio.to_thread(member.join, board.learners_url, kept=tmp_path / "kept.json")
    assert json.loads((tmp_path / "kept.json").read_text())["key"] == seat.key


@pytest.mark.parametrize(
    "address", ["", "k7fq", "127.0.0.1:8765/k7fq", "ftp://127.0.0.1/k7fq", "http://127.0.0.1:8765"]
)
def test_what_is_no_address_is_refused_with_an_example(member: Membership, address: str) -> None:
    with pytest.raises(ValueError, match="looks like"):
        member.join(address)


async def test_a_wrong_code_is_told_as_such(member: Membership, board: Board) -> None:
    with pytest.raises(ConnectionError, match="does not know this code"):
        await asyncio.to_thread(member.join, board.learners_url.replace(board.code, "zzzz"))


def test_a_board_that_is_not_there_is_told_and_the_learner_goes_on(member: Membership) -> None:
    with pytest.raises(ConnectionError, match=r"no board answers at http://127.0.0.1:9/k7fq.*Go on without it"):
        member.join("http://127.0.0.1:9/k7fq")
    assert member.seat is None


async def test_a_second_name_is_told_apart(board: Board) -> None:
    first, second = Membership(), Membership()
    try:
        seats = [await asyncio.to_thread(one.join, board.learners_url, nickname="Ada") for one in (first, second)]
    finally:
        await asyncio.to_thread(first.leave)
        await asyncio.to_thread(second.leave)
    assert [seat.nickname for seat in seats] == ["Ada", "Ada 2"]


async def test_a_name_made_up_is_given_where_none_is(member: Membership, board: Board) -> None:
    seat = await asyncio.to_thread(member.join, board.learners_url)
    assert len(seat.nickname.split()) == 2
