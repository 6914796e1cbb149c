"""`check`, `hint` and `solution` in a notebook, and in a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.exercises import checking, helping, progress
from helpers.lesson.setup import SET_UP_CELL
from tests.exercises.practice import EXERCISE, fetch_all
from tests.lesson.kernels import Kernel, kernel

ROOT = Path(__file__).resolve().parents[2]
PRACTICE = """
import asyncio, time
from helpers import check, hint, solution
from helpers.exercises import checking, helping
from tests.exercises.practice import EXERCISE
checking.find = helping.find = lambda number: EXERCISE
"""
ONE_BY_ONE = """
async def fetch_all(session, cities):
    names = []
    for city in cities:
        async with session.get(f"/cities/{city}") as response:
            names.append((await response.json())["name"])
    return names
"""
BLOCKING = """
async def fetch_all(session, cities):
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A notebook with the practice exercise in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(progress.VARIABLE, str(tmp_path_factory.mktemp("learner") / "progress.json"))
        with kernel(ROOT / "notebooks") as running:
            assert running.run(SET_UP_CELL).status == "ok"
            assert running.run(PRACTICE).status == "ok"
            yield running


def test_a_blank_is_not_attempted_yet(notebook: Kernel) -> None:
    assert notebook.run("async def blank(session, cities): ...\ncheck('9.1', blank)").text == "9.1: not attempted yet\n"


def test_a_wrong_answer_is_told_in_text_and_shown_its_timeline(notebook: Kernel) -> None:
    ran = notebook.run(f"{ONE_BY_ONE}\ncheck('9.1', fetch_all)")
    assert ran.text.startswith(
        "✗ 9.1 Three at once\n  ✓ Three names in order\n  ✗ Start all before you await one.\n"
        "    Seen: The service saw 1 at once.\n    `await` starts nothing.\n"
        "Back to: three"
    )
    assert ran.pictures == 1


def test_an_answer_of_a_cell_is_told_with_its_line(notebook: Kernel) -> None:
    ran = notebook.run("async def broken(session, cities):\n    x = {}\n    return x['oslo']\ncheck('9.1', broken)")
    assert "KeyError: 'oslo' in line 3, `return x['oslo']`." in ran.text


@pytest.mark.parametrize("before", ["", "await asyncio.sleep(0)\n"], ids=["plain cell", "cell with an await"])
def test_stop_ends_a_check_and_the_kernel_goes_on(notebook: Kernel, before: str) -> None:
    notebook.run(BLOCKING)
    stopped = notebook.run(f"{before}check('9.1', fetch_all)", interrupt_after_s=1.0)
    assert stopped.error.startswith("KeyboardInterrupt")
    assert stopped.seconds < 3.0
    assert notebook.run("await asyncio.sleep(0)\nprint('usable')").text == "usable\n"
    assert notebook.run(f"{ONE_BY_ONE}\ncheck('9.1', fetch_all)").text.startswith("✗ 9.1")


def test_what_is_done_is_kept(notebook: Kernel) -> None:
    notebook.run(f"{ONE_BY_ONE}\ncheck('9.1', fetch_all)")
    notebook.run("check('9.1', EXERCISE.reference)")
    done = "from helpers.exercises import progress\nprint(sorted(progress.done()))"
    assert notebook.run(done).text == "['9.1']\n"


def test_hints_come_one_at_a_time(notebook: Kernel) -> None:
    shown = [notebook.run("hint('9.1')").text for _ in range(3)]
    last = 'That was the last; solution("9.1") shows how it can be done.\n'
    assert shown == [
        "9.1, hint 1 of 2: Start them all.\n",
        f"9.1, hint 2 of 2: Use gather.\n{last}",
        f"9.1, hint 2 of 2: Use gather.\n{last}",
    ]


def test_the_solution_has_its_source_and_why_it_is_right(notebook: Kernel) -> None:
    shown = notebook.run("solution('9.1')").text
    assert shown.startswith("async def name_of(session")
    assert shown.endswith(EXERCISE.why)


def test_in_a_script_it_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(checking, "find", lambda number: EXERCISE)
    checking.check("9.1", fetch_all)
    assert capsys.readouterr().out == "✓ 9.1 Three at once\n  ✓ Three names in order\n  ✓ All at once\n"


def test_a_solution_in_a_script_can_be_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(helping, "find", lambda number: EXERCISE)
    helping.solution("9.1")
    compile(capsys.readouterr().out.removesuffix(f"{EXERCISE.why}\n"), "solution", "exec")
