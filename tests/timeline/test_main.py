"""`python -m helpers.timeline app.py` records a program as it is, and ends as it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.lesson.course import Course

APP = """
import asyncio, sys

async def nap(seconds):
    await asyncio.sleep(seconds)

async def main():
    print(sys.argv[1:], __name__, flush=True)
    await asyncio.gather(nap(0.01), nap(0.02))
    {then}

asyncio.run(main())
"""
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def hears_control_c() -> Iterator[None]:
    """Let what is started hear SIGINT, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(folder: Path, then: str, *arguments: str, options: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Write a program and start it under the recorder, in a folder of its own."""
    (folder / "app.py").write_text(APP.format(then=then), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "helpers.timeline",
        *options,
        *(() if "-m" in options else ("app.py",)),
        *arguments,
    ]
    environment = {**os.environ, "PYTHONPATH": str(Course.here().root)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def ended(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = program.communicate(timeout=60)
    return program.returncode, out, error


def lanes(trace: Path) -> list[str]:
    events: Any = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    return [event["args"]["name"] for event in events if event["name"] == "thread_name"]


def test_a_program_runs_as_it_does_alone_and_leaves_a_page(tmp_path: Path) -> None:
    code, out, error = ended(start(tmp_path, "pass", "one", "--two"))
    assert (code, out) == (0, "['one', '--two'] __main__\n"), error
    assert "nap(0.01)" in (tmp_path / "app.html").read_text(encoding="utf-8")
    assert error.endswith("app.html\n")


def test_a_module_is_run_and_written_where_it_is_told(tmp_path: Path) -> None:
    code, out, error = ended(start(tmp_path, "pass", "app", "one", options=("-o", "there.json", "-m")))
    assert (code, out) == (0, "['one'] __main__\n"), error
    assert lanes(tmp_path / "there.json") == ["main", "nap(0.01)", "nap(0.02)"]


def test_a_program_that_fails_fails_with_its_own_traceback(tmp_path: Path) -> None:
    code, _, error = ended(start(tmp_path, "raise LookupError('gone')", options=("-o", "app.json")))
    assert (code, "LookupError: gone" in error, "runpy" in error) == (1, True, False)
    assert lanes(tmp_path / "app.json")[0] == "main"


def test_a_program_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    code, _, _ = ended(start(tmp_path, "sys.exit(7)", options=("-o", "app.json")))
    assert (code, (tmp_path / "app.json").exists()) == (7, True)


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_that_is_ended_by_a_signal_leaves_a_file_and_ends_by_it(number: int, tmp_path: Path) -> None:
    program = start(tmp_path, "await nap(60)", options=("-o", "app.json"))
    assert program.stdout is not None
    program.stdout.readline()
    time.sleep(0.1)
    program.send_signal(number)
    code, _, error = ended(program)
    assert code == -number, error
    assert "nap(0.01)" in lanes(tmp_path / "app.json")


@posix
def test_a_signal_asks_for_what_there_is_meanwhile(tmp_path: Path) -> None:
    program = start(tmp_path, "await nap(60)", options=("-o", "app.json"))
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.readline()
    program.send_signal(signal.SIGUSR1)
    assert program.stderr.readline().endswith("app.json\n")
    assert lanes(tmp_path / "app.json")[0] == "main"
    program.kill()
    ended(program)


def test_only_the_last_seconds_are_kept(tmp_path: Path) -> None:
    code, _, error = ended(start(tmp_path, "await nap(0.6)", options=("--last", "0.3", "-o", "app.json")))
    events = json.loads((tmp_path / "app.json").read_text(encoding="utf-8"))["traceEvents"]
    assert (code, lanes(tmp_path / "app.json")) == (0, ["main"]), error
    assert max(event["ts"] for event in events) == pytest.approx(300_000, rel=0.01)


def test_what_can_not_be_written_is_refused_at_once(tmp_path: Path) -> None:
    code, out, error = ended(start(tmp_path, "pass", options=("-o", "app.pdf")))
    assert (code, out, "-o ends with one of .html" in error) == (2, "", True)


def test_a_program_without_asyncio_says_that_nothing_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print('hello')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Course.here().root)}
    command = [sys.executable, "-m", "helpers.timeline", "plain.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert "nothing was recorded" in done.stderr
