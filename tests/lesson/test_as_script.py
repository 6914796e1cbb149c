"""Functions of a notebook as a script: what Python says of them, without what is this machine's."""

from __future__ import annotations

import asyncio
import time

import pytest

from helpers.lesson import as_script as module
from helpers.lesson.as_script import as_script


async def blocks() -> None:
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251


async def main() -> None:
    print("begun")  # noqa: T201
    await asyncio.create_task(blocks(), name="blocker")


async def fails() -> None:
    raise LookupError("nothing here")


async def goes_on() -> None:
    await asyncio.sleep(60)


async def test_what_it_prints_is_told() -> None:
    ran = await as_script(main, blocks)
    assert (ran.printed, ran.complained, ran.status) == (("begun",), (), 0)


async def test_debug_mode_is_an_option_and_names_the_script_without_its_folder() -> None:
    ran = await as_script(main, blocks, options=["-X", "dev"])
    (line,) = [one for one in ran.complained if "blocker" in one]
    assert "coro=<blocks() done, defined at app.py:5> result=None> took 0." in line


async def test_a_script_that_fails_is_told_with_its_status() -> None:
    ran = await as_script(fails)
    assert (ran.status, ran.complained[-1]) == (1, "LookupError: nothing here")


async def test_a_module_of_the_course_can_run_it() -> None:
    ran = await as_script(main, blocks, options=["-m", "helpers.timeline"])
    assert str(ran) == "begun\nwrote app.html"


async def test_a_script_that_goes_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    with pytest.raises(TimeoutError, match="went on"):
        await as_script(goes_on)
