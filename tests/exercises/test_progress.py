"""What is done stays done, and a file that can't be used is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.exercises import progress


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def test_nothing_is_done_at_first(file: Path) -> None:
    assert progress.done() == frozenset()
    assert not file.exists()


def test_a_right_answer_is_done_and_a_wrong_one_attempted(file: Path) -> None:
    progress.note("1.1", right=True)
    progress.note("1.2", right=False)
    assert progress.done() == {"1.1"}
    assert progress.attempted() == {"1.1", "1.2"}


def test_what_was_done_once_stays_done(file: Path) -> None:
    progress.note("1.1", right=True)
    progress.note("1.1", right=False)
    assert progress.done() == {"1.1"}


def test_forgetting_begins_anew(file: Path) -> None:
    progress.note("1.1", right=True)
    progress.forget()
    assert progress.attempted() == frozenset()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"exercises": []}', '{"exercises": {"1.1": 3}}', "\x00", "[" * 99999]
)
def test_a_damaged_file_counts_as_none_and_is_replaced(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert progress.done() == frozenset()
    progress.note("1.1", right=True)
    assert progress.done() == {"1.1"}


def test_a_place_that_can_not_be_written_to_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv(progress.VARIABLE, str(blocker / "progress.json"))
    progress.note("1.1", right=True)
    progress.forget()
    assert progress.done() == frozenset()


def test_no_draft_is_left_beside_it(file: Path) -> None:
    progress.note("1.1", right=True)
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_it_is_kept_in_the_workbook_which_git_ignores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(progress.VARIABLE)
    assert progress.place().relative_to(Path(__file__).parents[2]).as_posix() == "workbook/.progress.json"
