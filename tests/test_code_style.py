"""Lint and types are tests: one command says whether all is well."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from helpers.lesson.course import Course

TOOLS = [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)]


@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_the_code_has_nothing_to_correct(tool: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *tool],
        cwd=Course.here().root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.extended
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_the_types_hold_on_other_platforms(platform: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--platform", platform, "--cache-dir", os.devnull, "helpers"],
        cwd=Course.here().root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
