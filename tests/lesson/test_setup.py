"""The set-up cell, run in real kernels."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL, make_stop_work
from tests.lesson.kernels import Kernel, kernel

ROOT = Course.here().root
GROUP = "ExceptionGroup('two', [ValueError(1), KeyError(2)])"


@pytest.fixture(scope="module")
def ready() -> Iterator[Kernel]:
    """A kernel in which the set-up cell has run."""
    with kernel(ROOT / "helpers") as running:  # a folder below the root, as notebooks/ and workbook/ are
        ran = running.run(SET_UP_CELL)
        assert (ran.status, ran.text) == ("ok", ""), ran
        yield running


def test_the_cell_is_short_and_holds_no_await() -> None:
    lines = [line for line in SET_UP_CELL.splitlines() if line]
    assert len(lines) <= 8
    assert "await" not in SET_UP_CELL


def test_the_cell_may_run_again_and_prints_nothing(ready: Kernel) -> None:
    ran = ready.run(SET_UP_CELL)
    assert (ran.status, ran.text) == ("ok", "")


def test_a_full_collection_goes_through_nothing_that_the_kernel_made_before(ready: Kernel) -> None:
    frozen, looked_at = ready.run("import gc\nprint(gc.get_freeze_count(), len(gc.get_objects()))").text.split()
    assert int(frozen) > 10 * int(looked_at)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' event loops handle no signals")
def test_stop_ends_an_await_long_before_it_would_have_ended(ready: Kernel) -> None:
    ran = ready.run("import asyncio\nawait asyncio.sleep(20)", interrupt_after_s=0.5)
    assert ran.status == "error"
    assert ran.seconds < 10  # 0.2 to 0.3 s on an idle machine; 19.5 without the handler


def test_the_kernel_goes_on_listening_whatever_a_page_says_meanwhile(ready: Kernel) -> None:
    for _ in range(150):  # without `send_replies_through_the_stream` it goes deaf at about one in thirty
        ready.run_while_a_page_talks("pass")


def test_an_uncaught_exception_group_ends_its_cell(ready: Kernel) -> None:
    ran = ready.run(f"await asyncio.sleep(0)\nraise {GROUP}", timeout_s=30)
    assert "ExceptionGroup: two" in ran.text + ran.error
    assert ready.run("1 + 1").text == "2"


def test_an_exception_group_in_the_first_await_after_the_cell_does_not_hang() -> None:
    with kernel(ROOT / "tests") as fresh:
        fresh.run(SET_UP_CELL)
        assert "ExceptionGroup: two" in fresh.run(f"import asyncio\nawait asyncio.sleep(0)\nraise {GROUP}").text


def test_a_timeline_shows_its_picture_and_says_it_in_words_when_its_block_ends(ready: Kernel) -> None:
    ran = ready.run(
        "import asyncio\n"
        "from helpers.timeline import Timeline\n"
        "async with Timeline('One wait'):\n"
        "    await asyncio.sleep(0.05)"
    )
    assert ran.status == "ok", ran.error
    assert ran.pictures == 1
    assert ran.text.count("One wait") == 2, "once as the picture's own text, once printed under it"


@pytest.mark.parametrize("end", ["raise ValueError('no')", "await asyncio.sleep(20)"], ids=["error", "Stop"])
def test_a_timeline_shows_how_far_it_got_when_its_block_fails_or_is_stopped(ready: Kernel, end: str) -> None:
    if sys.platform == "win32" and "sleep" in end:
        pytest.skip("Windows' event loops handle no signals")
    code = f"async with Timeline('Cut short'):\n    await asyncio.sleep(0.01)\n    {end}"
    ready.run("import asyncio\nfrom helpers.timeline import Timeline")
    ran = ready.run(code, interrupt_after_s=0.5 if "sleep" in end else None)
    assert (ran.status, ran.pictures) == ("error", 1)
    assert "Cut short" in ran.text


def test_the_services_answer_after_the_cell(ready: Kernel) -> None:
    ran = ready.run(
        "import aiohttp\n"
        "from helpers import services\n"
        "api = services.http('set-up', latency_s=0.0)\n"
        "async with aiohttp.ClientSession() as session, session.get(api.url) as response:\n"
        "    print(response.status)"
    )
    assert (ran.text, ran.error) == ("200\n", "")


def test_outside_the_course_the_cell_says_where_the_notebook_belongs(tmp_path: Path) -> None:
    with kernel(tmp_path) as lost:
        assert "notebooks/ or workbook/" in lost.run(SET_UP_CELL).error


def test_a_missing_package_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    root = tmp_path / "Öffentliche Kurse"
    shutil.copytree(ROOT / "helpers", root / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "notebooks").mkdir()
    (root / "requirements.txt").write_text("no-such-package>=2  # why\n", encoding="utf-8")
    with kernel(root / "notebooks") as poor:
        error = poor.run(SET_UP_CELL).error
    assert error.startswith("ModuleNotFoundError: Packages that the course needs: no-such-package>=2 (missing)")
    assert f'-m pip install -r "{root / "requirements.txt"}"' in error
    assert "restart the kernel" in error


def test_a_script_without_a_running_loop_may_ask_for_stop_too() -> None:
    assert make_stop_work() is False


async def test_a_running_loop_gets_its_handler() -> None:
    assert make_stop_work() is (sys.platform != "win32")
