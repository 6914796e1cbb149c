"""A file of tests, run by pytest elsewhere: how each test ended, told in few words that stay the same."""

from __future__ import annotations

import pytest

from helpers.lesson.tested import run_tests

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
