"""The watch to take home finds the faults of its small program, and answers a signal."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

from helpers.lesson.course import Course

SCRIPT = Course.here().source / "take_home" / "10_watch.py"
DEADLOCKED = re.compile(r"^  (?:ann|bob): clerk:(\d+) -> __aenter__:\d+ -> acquire:\d+$", re.MULTILINE)


@pytest.fixture(scope="module")
def told() -> str:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_it_reports_the_error_of_a_task_in_the_background(told: str) -> None:
    assert "save failed: OSError('disk full')" in told


def test_it_warns_of_the_step_that_blocks_the_loop(told: str) -> None:
    late = [int(lag) for lag in re.findall(r"^LATE: lag (\d+) ms", told, re.MULTILINE)]
    assert max(late) >= 200  # it blocks for 300


def test_it_tells_how_long_a_queue_is_that_grows(told: str) -> None:
    lengths = [int(length) for length in re.findall(r"queues: jobs (\d+)", told)]
    assert len(lengths) >= 2
    assert lengths == sorted(set(lengths))


def test_it_tells_where_the_two_tasks_wait_that_wait_for_each_other(told: str) -> None:
    assert len(set(DEADLOCKED.findall(told))) == 1
    assert len(DEADLOCKED.findall(told)) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no SIGUSR1")
def test_it_answers_a_signal_with_the_lines_where_its_tasks_wait() -> None:
    with subprocess.Popen([sys.executable, str(SCRIPT), "--wait"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout)
            while not next(lines).startswith("process"):
                pass
            process.send_signal(signal.SIGUSR1)
            assert any(re.match(r"  ann: clerk:\d+", line) for line in lines)
        finally:
            process.kill()
