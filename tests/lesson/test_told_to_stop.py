"""A script that is told to stop: what it printed and how it ended."""

from __future__ import annotations

import os

import pytest

from helpers.lesson import told_to_stop as module
from helpers.lesson.told_to_stop import Stopped, told_to_stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows can't send these signals")

TRIES = """
import time
try:
    print("ready")
    time.sleep(60)
finally:
    print("cleaned up")
"""
COUNTS = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("asked"))
signal.signal(signal.SIGINT, lambda *_: exit(3))
print("ready")
while True:
    time.sleep(60)
"""


async def test_an_interrupt_runs_what_is_to_be_done_at_the_end() -> None:
    assert str(await told_to_stop(TRIES, "SIGINT")) == "SIGINT: cleaned up; ended by SIGINT"


async def test_sigterm_ends_a_script_at_once() -> None:
    assert str(await told_to_stop(TRIES, "SIGTERM")) == "SIGTERM: printed nothing; ended by SIGTERM"


async def test_several_signals_come_in_order() -> None:
    assert await told_to_stop(COUNTS, "SIGTERM", "SIGINT") == Stopped("SIGTERM SIGINT", ("asked",), 3)


async def test_a_script_that_is_never_ready_is_told_with_its_error() -> None:
    with pytest.raises(ChildProcessError, match="ZeroDivisionError"):
        await told_to_stop("1 / 0", "SIGTERM")


async def test_a_script_that_goes_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 1.0)
    with pytest.raises(TimeoutError, match="went on"):
        await told_to_stop(COUNTS, "SIGTERM")
