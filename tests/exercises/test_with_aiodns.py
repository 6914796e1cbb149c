"""Where aiodns is installed, as JupyterHub 6 does, right answers are right: aiohttp then looks names up in a thread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = """\
import asyncio, aiodns, aiohttp
from aiohttp.resolver import DefaultResolver
from helpers.exercises.exercise import find
from helpers.exercises.grader import grade
from tests.exercises.answers_01 import gathers_three

if __name__ == "__main__":
    assert DefaultResolver.__name__ == "AsyncResolver", DefaultResolver
    for _ in range(2):
        verdict = grade(find("1.1"), gathers_three)
        print(verdict.right, [finding for finding in getattr(verdict, "findings", ())])
"""

pytestmark = [pytest.mark.extended, pytest.mark.timeout(300)]


@pytest.fixture
def with_aiodns(tmp_path: Path) -> dict[str, str]:
    """An environment in which aiodns can be imported beside what is installed here."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "site")]
    done = subprocess.run([*command, "aiodns", "pycares"], capture_output=True, text=True, check=False, timeout=200)
    if done.returncode:
        pytest.skip(f"aiodns can't be installed here: {done.stderr[-300:]}")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])}


def test_a_right_answer_is_right(with_aiodns: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(CHECK, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(program)], env=with_aiodns, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["True", "True"], ran.stdout
