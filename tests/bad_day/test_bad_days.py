"""A learner gets along on a machine that is small, somebody else's or walled in, or is told what to do."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.bad_day import days
from tests.bad_day.learner import CELLS
from tests.jupyter_server import reached

FEW_FILES = r"A process may open only 256 files here"
READ_ONLY = r"can't be written to.*Clone the\s+course into a folder of your\s+own"
MACHINES = {
    "small": (("one core", "256 files", "512 MiB of memory"), FEW_FILES),
    "somebody else's": (("a read-only checkout", "a HOME that can't be written"), READ_ONLY),  # and ✓ in its path
    "walled in": (("a proxy in the environment", "24 ports"), "This machine is ready"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_lesson_runs_as_on_any_other_machine(machine: str) -> None:
    names, said = MACHINES[machine]
    with days.together(*names) as (day, missing):
        done = day.run("-m", "tests.bad_day.learner", "notebooks")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert {name: shown[name] for name in ("set-up", "journal", "requests")} == {
        "set-up": "",
        "journal": "3 requests\n",
        "requests": "Oslo\n",
    }
    assert shown["timeline"].startswith("Three at once: ")
    assert shown["check"].startswith("✓ 0.1")
    assert re.search(said, shown["ready"], re.DOTALL), shown["ready"]
    assert list(shown) == list(CELLS)
    if missing:
        pytest.skip(f"it ran, but without {'; '.join(missing)}")


def test_a_workbook_that_cannot_be_written_is_explained_and_not_shown_as_a_traceback() -> None:
    with days.together("a read-only checkout") as (day, missing):
        if missing:
            pytest.skip(missing[0])
        done = day.run("-m", "helpers", "prepare")
    assert done.returncode == 2
    assert "clone it into a folder of your own" in done.stderr
    assert "Traceback" not in done.stderr


def test_jupyterlab_runs_where_home_cannot_be_written_and_leaves_nothing_behind() -> None:
    with days.together("a HOME that can't be written") as (day, missing):
        if missing:
            pytest.skip(missing[0])
        with day.start("-m", "helpers", "--no-browser", "--port", "0", "--", "--allow-root") as lab:
            try:
                folder = said_by(lab, r"keeps its settings in (\S+), until")
                assert reached(said_by(lab, r"(http://127\.0\.0\.1:\d+/\S+)")) == 200
                assert list(Path(folder).iterdir())
            finally:
                lab.terminate()
                lab.communicate(timeout=30)
        assert not Path(folder).exists()


def said_by(process: subprocess.Popen[str], pattern: str) -> str:
    """Return the group of a pattern in what a process says, once it has said it."""
    assert process.stdout is not None
    said = ""
    while not (found := re.search(pattern, said)):
        line = process.stdout.readline()
        assert line, said
        said += line
    return found.group(1)
