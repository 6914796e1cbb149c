from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers import _scratch

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
MAKE = "from helpers import _scratch; print(_scratch.folder(), flush=True)"


@pytest.fixture(autouse=True)
def _temporary_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@contextmanager
def living() -> Iterator[Path]:
    """Start a process that has a folder, and yield the folder; in the end it is killed."""
    command = [sys.executable, "-c", MAKE + "; input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Path(process.stdout.readline().decode().strip())
        process.kill()


def killed() -> Path:
    """Return the folder of a process that was killed."""
    with living() as path:
        pass
    assert path.is_dir()
    return path


def test_the_folder_is_gone_when_python_ends() -> None:
    done = subprocess.run([sys.executable, "-c", MAKE], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).exists()


def test_a_process_has_one_folder() -> None:
    assert _scratch.folder() is _scratch.folder()


@needs_locks
def test_the_folder_of_a_process_that_was_killed_is_removed() -> None:
    path = killed()
    _scratch.sweep()
    assert not path.exists()


@needs_locks
def test_whoever_makes_a_folder_removes_those_of_the_killed() -> None:
    path = killed()
    subprocess.run([sys.executable, "-c", MAKE], capture_output=True, check=True)
    assert not path.exists()


@needs_locks
def test_the_folder_of_a_process_that_lives_stays() -> None:
    with living() as path:
        _scratch.sweep()
        assert path.is_dir()


def test_somebody_elses_folder_of_a_like_name_stays(tmp_path: Path) -> None:
    (tmp_path / f"{_scratch.PREFIX}notes").mkdir()
    _scratch.sweep()
    assert (tmp_path / f"{_scratch.PREFIX}notes").is_dir()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_that_was_forked_leaves_the_folder_alone() -> None:
    forks = MAKE + "\nimport os\nif os.fork() == 0: raise SystemExit\nos.wait(); assert _scratch.folder().is_dir()"
    subprocess.run([sys.executable, "-W", "ignore", "-c", forks], capture_output=True, check=True)
