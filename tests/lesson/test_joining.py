"""`join`, on one page or on all that are opened: what a learner is told, and what stops nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpers.classroom.board import Board
from helpers.classroom.learner import membership
from helpers.lesson import joining


@pytest.fixture(autouse=True)
def a_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_kept", lambda: tmp_path / "class.json")
    monkeypatch.delenv(joining.VARIABLE, raising=False)


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    async with Board(tmp_path / "class.sqlite") as opened:
        yield opened
        await asyncio.to_thread(membership.leave)


async def test_who_joins_is_told_what_is_sent(board: Board, capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(joining.join, board.learners_url, nickname="Ada")
    said = capsys.readouterr().out
    assert said.startswith("You are in the class, as 'Ada'. What is sent from now on: your guesses, ")
    assert "Never your code" in said


async def test_who_is_joined_by_a_hub_is_told_what_is_sent_too(
    board: Board, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(joining.VARIABLE, "")
    joining.join_every_page(board.learners_url + "/")
    assert os.environ[joining.VARIABLE] == board.learners_url
    await asyncio.to_thread(joining.join_where_a_hub_says)
    assert "Never your code" in capsys.readouterr().out
    assert membership.seat is not None


def test_without_a_class_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    joining.join_where_a_hub_says()
    assert capsys.readouterr().out == ""
    assert membership.seat is None


def test_a_hub_whose_board_is_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(joining.VARIABLE, "http://127.0.0.1:9/k7fq")
    with pytest.warns(UserWarning, match="no board answers .* Go on without it"):
        joining.join_where_a_hub_says()
    assert membership.seat is None


def test_what_is_no_address_is_told_before_jupyterlab_starts() -> None:
    with pytest.raises(ValueError, match="looks like"):
        joining.join_every_page("k7fq")
    assert joining.VARIABLE not in os.environ
