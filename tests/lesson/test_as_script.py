"""Functions of a notebook as a script: what Python says of them, without what is this machine's."""

from __future__ import annotations

import asyncio
import time

import pytest

from helpers.lesson import as_script as module
from helpers.lesson.as_script import Ran, as_script


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


SLOW = "Executing <Task finished name='Task-2' coro=<report() done> result=None> took 0.300 seconds"
HELD_UP = "Executing <Task finished name='Task-7' coro=<visit() done> result=None> took 0.116 seconds"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Ran]:
    """What the next runs of a script are to write; a run takes the first."""
    coming: list[Ran] = []
    monkeypatch.setattr(module, "_run", lambda text, options: coming.pop(0))
    return coming


async def test_a_script_is_run_once_if_only_what_is_plainly_slow_is_reported(runs: list[Ran]) -> None:
    runs += [Ran((), (SLOW,), 0), Ran((), (), 0)]
    assert (await as_script(main, blocks)).complained == (SLOW,)
    assert len(runs) == 1


async def test_a_step_that_the_machine_may_have_held_up_is_looked_at_again(runs: list[Ran]) -> None:
    runs += [Ran((), (SLOW, HELD_UP), 0), Ran((), (SLOW,), 0)]
    assert (await as_script(main, blocks)).complained == (SLOW,)


async def test_a_step_that_is_slow_each_time_is_told(runs: list[Ran]) -> None:
    runs += [Ran((), (SLOW, HELD_UP), 0)] * module.TRIES
    assert (await as_script(main, blocks)).complained == (SLOW, HELD_UP)
