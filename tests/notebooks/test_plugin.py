"""The plugin, run by a pytest of its own over throw-away notebooks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson.course import Course
from tests.notebooks.plugin import FreshRunError, hold

ROOT = Course.here().root
BAND = {"pattern": r"([0-9.]+)× faster", "low": 8, "high": 30, "why": "20 waits cost one"}
FAST = "print('9.7× faster')"
ONE_RUN = {**BAND, "pattern": r"(\d+) runs", "low": 1, "high": 1}
SECOND_RUN = "runs += 1\nprint(f'9.7× faster, {runs} runs')"
# notebook → its cells: source, stored stdout, bands, tags
NOTEBOOKS: dict[str, list[tuple[str, str, list[dict[str, Any]], list[str]]]] = {
    "in_its_band": [(FAST, "9.1× faster\n", [BAND], [])],
    "out_of_its_band": [("print('1.0× faster')", "9.7× faster\n", [BAND], [])],
    "two_bands": [("runs = 0", "", [], []), (SECOND_RUN, "9.7× faster, 1 runs\n", [BAND, ONE_RUN], [])],
    "not_run": [(FAST, "9.7× faster\n", [BAND], ["nbval-skip"])],
    "another_count": [("print(19, 'requests')", "20 requests\n", [], [])],
    "slow": [("import time; time.sleep(1.1)", "", [], []), ("time.sleep(1.1)", "", [], [])],
}


def write(path: Path, cells: list[tuple[str, str, list[dict[str, Any]], list[str]]]) -> None:
    notebook = nbformat.v4.new_notebook()
    for count, (source, stored, bands, tags) in enumerate(cells, start=1):
        outputs = [nbformat.v4.new_output("stream", text=stored)] if stored else []
        metadata = {"course": {"bands": bands}, "tags": tags}
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=count, metadata=metadata)
        notebook.cells.append(cell)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, str]], str]:
    """What came of each notebook's tests in one run with this repository's settings, and all that pytest printed."""
    folder = tmp_path_factory.mktemp("notebooks")
    for name, cells in NOTEBOOKS.items():
        write(folder / f"{name}.ipynb", cells)
    plugins = ("-p", "tests.notebooks.impatient", "-p", "no:cacheprovider")
    settings = ("-c", "pyproject.toml", *plugins, "--numprocesses=0", "--color=no", "-v")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    results: dict[str, dict[str, str]] = {name: {} for name in NOTEBOOKS}
    for notebook, test, outcome in re.findall(r"(\w+)(?:\.|::)ipynb::(.+) (PASSED|FAILED|SKIPPED)", done.stdout):
        results[notebook][test] = outcome
    return results, done.stdout + done.stderr


def test_a_number_within_its_band_passes_though_the_stored_one_differs(ran: Any) -> None:
    assert ran[0]["in_its_band"] == {"Cell 0": "PASSED", "Cell 0 band 1": "PASSED", "Seconds": "PASSED"}, ran[1]


def test_a_number_out_of_its_band_fails_though_nbval_takes_it(ran: Any) -> None:
    assert ran[0]["out_of_its_band"] == {"Cell 0": "PASSED", "Cell 0 band 1": "FAILED", "Seconds": "PASSED"}
    assert "1.0 is not between 8 and 30 (20 waits cost one)" in ran[1]


def test_every_band_of_a_cell_is_held_and_the_notebook_still_runs_once(ran: Any) -> None:
    assert list(ran[0]["two_bands"].items()) == [
        (test, "PASSED") for test in ("Cell 0", "Cell 1", "Cell 1 band 1", "Cell 1 band 2", "Seconds")
    ]


def test_a_cell_that_was_not_run_has_no_band_to_hold(ran: Any) -> None:
    assert ran[0]["not_run"]["Cell 0 band 1"] == "SKIPPED"


def test_a_changed_count_fails(ran: Any) -> None:
    assert ran[0]["another_count"]["Cell 0"] == "FAILED"


def test_a_notebook_whose_cells_together_keep_the_learner_waiting_fails(ran: Any) -> None:
    assert ran[0]["slow"] == {"Cell 0": "PASSED", "Cell 1": "PASSED", "Seconds": "FAILED"}
    assert "a learner is to wait 1 s at most" in ran[1]


@pytest.mark.parametrize("text", ["9.7× faster", "8.0× faster, then 30× faster", "8× faster"])
def test_every_match_within_the_band_holds(text: str) -> None:
    hold(BAND, text)


@pytest.mark.parametrize(
    ("band", "text", "message"),
    [
        (BAND, "7.9× faster", "7.9 is not between 8 and 30"),
        (BAND, "9× faster, then 31× faster", "31 is not between"),
        (BAND, "9.7x faster", "Nothing in the output matches"),
        ({**BAND, "pattern": "[0-9.]+×"}, "9×", "one group"),
        ({**BAND, "low": 31}, "9× faster", "low is at most its high"),
        ({"pattern": "(9)"}, "9", "pattern, low, high and why"),
    ],
)
def test_a_number_outside_no_number_or_no_proper_band_fails(band: dict[str, Any], text: str, message: str) -> None:
    with pytest.raises(FreshRunError, match=re.escape(message)):
        hold(band, text)


def test_a_number_may_have_thousands_separators() -> None:
    hold({**BAND, "pattern": r"([\d,]+)/s", "low": 1000, "high": 2000}, "1,470/s")


def test_where_no_test_is_selected_there_is_nothing_to_put_anywhere() -> None:
    settings = ("-c", "pyproject.toml", "-p", "no:cacheprovider", "--numprocesses=0", "-k", "nothing_of_this_name")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, "notebooks/00_start_here.ipynb"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
