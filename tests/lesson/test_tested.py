"""A file of tests, run by pytest elsewhere: how each test ended, told in few words that stay the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.lesson.tested import run_tests

ROOT = Path(__file__).parents[2]

ENDS = """
import asyncio, pytest, unittest

class Plain(unittest.TestCase):
    async def test_never_runs(self):
        assert False

@pytest.mark.asyncio
async def test_passes():
    print("hello", "you")

@pytest.mark.anyio
async def test_fails(anyio_backend):
    assert asyncio.get_running_loop() is None, "there is one"

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
def broken():
    raise KeyError("gone")

def test_has_a_broken_fixture(broken):
    pass
"""
PROPERTY = """
from hypothesis import given, settings, strategies as some

@settings(derandomize=True)
@given(number=some.integers())
def test_is_small(number):
    assert number < 10
"""
NOBODY_AWAITS = """
from unittest import TestCase
import pytest

class First(TestCase):
    async def test_sum(self):
        self.assertEqual(1 + 1, 3)

async def inner():
    pass

@pytest.mark.asyncio
async def test_forgets():
    inner()

@pytest.mark.asyncio
async def test_awaits():
    await inner()
"""


async def test_each_test_is_told_by_its_name_and_how_it_ended() -> None:
    ran = await run_tests(ENDS)
    assert [(one.name, one.outcome) for one in ran.tests] == [
        ("Plain.test_never_runs", "passed"),
        ("test_passes", "passed"),
        ("test_fails", "FAILED"),
        ("test_has_a_broken_fixture", "FAILED"),
    ]
    assert ran.failed == 2
    assert ran.tests[1].said == "hello you"
    assert ran.tests[2].said.startswith("AssertionError: there is one")
    assert "KeyError: 'gone'" in ran.tests[3].said
    assert ran.warned == ("coroutine 'Plain.test_never_runs' was never awaited",)
    assert str(ran).splitlines()[-2:] == [
        "a warning: coroutine 'Plain.test_never_runs' was never awaited",
        "4 tests, of which 2 failed",
    ]


async def test_an_input_that_hypothesis_has_found_is_told() -> None:
    (one,) = (await run_tests(PROPERTY)).tests
    assert one.said == "assert 10 < 10\n    with number=10"


async def test_a_file_that_is_no_python_says_so() -> None:
    with pytest.raises(ChildProcessError, match="pytest ran no test: 1 error"):
        await run_tests("def x(:")


def test_the_settings_that_page_11_shows_make_a_test_fail_that_nobody_awaited(tmp_path: Path) -> None:
    page = json.loads((ROOT / "notebooks" / "11_testing.ipynb").read_text(encoding="utf-8"))
    (settings,) = re.findall(r"```toml\n(.*?)```", "\n".join("".join(cell["source"]) for cell in page["cells"]), re.S)
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "test_two.py").write_text(NOBODY_AWAITS, encoding="utf-8")
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *plugins],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    ends = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))}
    assert ends == {
        "test_two.py::test_awaits": "PASSED",
        "test_two.py::test_forgets": "FAILED",
        "test_two.py::First::test_sum": "FAILED",
    }, done.stdout + done.stderr
