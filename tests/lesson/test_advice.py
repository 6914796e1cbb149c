"""What an error says after a break or without the set-up cell, and a check when its answer's cell is broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.lesson import before_set_up
from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL
from tests.lesson.kernels import Kernel, kernel

pytestmark = pytest.mark.timeout(120)
STUB = "async def three_cities(session){colon}\n    await fetch(session, 'oslo')"


@pytest.fixture(scope="module")
def ready() -> Iterator[Kernel]:
    """A kernel in which the set-up cell was run."""
    with kernel(Course.here().source) as running:
        assert running.run(SET_UP_CELL).status == "ok"
        yield running


def test_a_missing_name_says_what_to_run(ready: Kernel) -> None:
    assert ready.run("fetch('oslo')").traceback.endswith(
        "If a cell further up makes `fetch`, run it first. After a break or a restart: "
        "Run ▸ Run All Above Selected Cell."
    )


def test_a_check_of_a_cell_with_a_syntax_error_says_so(ready: Kernel) -> None:
    ready.run("from helpers import check")
    ready.run(STUB.format(colon=":"))
    ready.run(STUB.format(colon=""))
    said = ready.run("check('1.1', three_cities)").text
    assert said.startswith(
        "1.1: The cell that makes `three_cities` could not be run (SyntaxError: expected ':', line 1)"
    )
    ready.run("async def three_cities(session): ...")
    assert ready.run("check('1.1', three_cities)").text == "1.1: not attempted yet\n"


def test_a_value_whose_cell_is_broken_is_not_checked_either(ready: Kernel) -> None:
    ready.run("expected = ['A']")
    ready.run("expected = ['A'")
    assert "The cell that makes `expected`" in ready.run("check('0.2', expected)").text


def test_before_the_set_up_cell_an_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", str(before_set_up.__file__))
    with kernel(Course.here().root / "notebooks" / "images") as fresh:
        for cell in ("from helpers.lesson import page", "api"):
            assert fresh.run(cell).traceback.endswith(
                "Run the page's first two code cells first: they bring what every other cell needs."
            )
        assert fresh.run("[name for name in dir() if 'course' in name]").text == "[]"
