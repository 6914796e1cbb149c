"""What page 00 says of Jupyter's own commands: which fail in a cell with an `await`, and what to use instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lesson.kernels import Kernel, kernel

HELLO = "import asyncio\n\n\nasync def hello():\n    await asyncio.sleep(0)\n    return 'hello'"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("magics")) as one:
        assert one.run(HELLO).status == "ok"
        yield one


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("%%time\nawait hello()", "SyntaxError"),
        ("%%timeit\nawait hello()", "SyntaxError"),
        ("%%capture\nawait hello()", "RuntimeError"),
    ],
    ids=["time", "timeit", "capture"],
)
def test_a_command_fails_in_a_cell_with_an_await(running: Kernel, cell: str, error: str) -> None:
    assert running.run(cell).error.startswith(error)


def test_redirect_stdout_catches_what_a_cell_with_an_await_prints(running: Kernel) -> None:
    cell = """\
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as caught:
    print(await hello())
"""
    assert running.run(cell).text == ""
    assert running.run("print('caught', caught.getvalue())").text == "caught hello\n\n"


def test_a_coroutine_that_a_second_loop_refused_can_still_be_awaited(running: Kernel) -> None:
    cell = """\
coroutine = hello()
try:
    asyncio.run(coroutine)
except RuntimeError as error:
    print("RuntimeError:", error)
print(await coroutine)
"""
    assert running.run(cell).text.splitlines()[0].startswith("RuntimeError: ")
    assert running.run("del coroutine").text == ""
