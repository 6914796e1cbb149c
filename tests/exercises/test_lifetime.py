"""The process that waits for an answer ends with its kernel, however that ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals and fork")

ROOT = Path(__file__).resolve().parents[2]
START = """
import os, sys, time
from helpers.exercises import spare
spare.warm_up()
(pid,) = spare.waiting()
"""
FORK = """
if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
"""
WAIT = "print(pid, flush=True); time.sleep(60)"
RUN = """
from dataclasses import replace
from helpers.exercises.grader import grade
from tests.exercises.practice import EXERCISE
async def answer(session, cities):
    with open(os.environ["BEGUN"], "w") as file:
        file.write(str(os.getpid()))
    sum(range(10**12))
print(pid, flush=True)
grade(replace(EXERCISE, deadline_s=3.0), answer)
"""


RUN_LONG = """
import asyncio
from dataclasses import replace
from helpers.exercises.grader import grade
from tests.exercises.practice import EXERCISE
async def answer(session, cities):
    with open(os.environ["BEGUN"], "w") as file:
        file.write(str(os.getpid()))
    await asyncio.sleep(60)
print(pid, flush=True)
grade(replace(EXERCISE, deadline_s=10.0), answer)
"""


def start(*parts: str) -> tuple[subprocess.Popen[str], int]:
    """Run these parts in a process of their own; return it, and the id of the process that waits."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", "".join(parts)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def runner(begun: Path) -> int:
    """Wait until an answer runs; return the id of its process."""
    while not begun.exists() or not begun.read_text():
        time.sleep(0.01)
    return int(begun.read_text())


def gone_after_s(pid: int) -> float:
    """Wait until there is no such process; return how long that took."""
    began = time.monotonic()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() - began < 20, "the process outlived its kernel"
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.mark.parametrize("parts", [(START, WAIT), (START, FORK, WAIT)], ids=["alone", "with a forked child"])
def test_it_is_gone_when_its_kernel_was_killed(parts: tuple[str, ...]) -> None:
    process, pid = start(*parts)
    try:
        process.kill()
        assert gone_after_s(pid) < 5.0
    finally:
        end(process)


def test_it_is_gone_when_its_kernel_has_ended_by_itself() -> None:
    process, pid = start(START, "print(pid, flush=True)")
    try:
        assert process.wait(10) == 0
        assert gone_after_s(pid) < 5.0
    finally:
        end(process)


def test_c_code_that_holds_the_gil_outlives_its_kernel_by_no_more_than_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    monkeypatch.setenv("BEGUN", str(begun))
    process, pid = start(START, RUN)
    try:
        runs = runner(begun)
        process.kill()
        assert gone_after_s(runs) < 15.0
        assert gone_after_s(pid) < 5.0
    finally:
        end(process)


def test_an_answer_that_waits_ends_with_its_kernel_and_not_at_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    monkeypatch.setenv("BEGUN", str(begun))
    process, pid = start(START, RUN_LONG)
    try:
        runs = runner(begun)
        process.kill()
        assert gone_after_s(runs) < 5.0  # its deadline is 10 s
        assert gone_after_s(pid) < 5.0
    finally:
        end(process)


def test_it_survives_an_interrupt_of_the_kernel() -> None:
    # It says its pid when it is ready for the interrupt, not before.
    told = "try:\n    print(pid, flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    time.sleep(60)"
    process, pid = start(START, told)
    try:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
        assert psutil.pid_exists(pid)
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
