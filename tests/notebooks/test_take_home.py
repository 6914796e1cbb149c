"""The lessons' ideas as scripts: each runs, by itself and without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.lesson.course import Course

SCRIPTS = sorted((Course.here().source / "take_home").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_take_home_script_runs_from_anywhere_without_a_warning(script: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        # Warnings are of sockets left open and coroutines never awaited. Not in development mode: in that asyncio also
        # tells of each step of more than 100 ms, of which a crowded machine has some.
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout, "a script that prints nothing shows nothing"
