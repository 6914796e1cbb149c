"""Nothing of a check may be left behind: neither processes, nor threads, nor files, nor services."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from helpers import _scratch, services
from helpers.exercises import progress, spare


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    spare.shut_down()
    services.shut_down()


@pytest.fixture(autouse=True)
def _own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "progress.json"))


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """Compare what there is after a test with what there was before, the process that waits for the next left out."""
    spare.shut_down()
    services.warm_up()
    before = _things()
    yield
    spare.shut_down()
    give_up = time.monotonic() + 5.0
    while (left := _things() - before) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert not left


def _things() -> set[str]:
    processes = {
        f"process {one.pid}: {one.info['cmdline']}"
        for one in psutil.process_iter(["cmdline"])
        if one.info["cmdline"] and _ours(one)
    }
    threads = {f"thread {thread.name}" for thread in threading.enumerate()}
    files = {f"folder {path}" for path in _scratch.folder().glob("grader-*")}
    return processes | threads | files


def _ours(process: psutil.Process) -> bool:
    """Tell whether a process descends from a grader's process of this test run, by what it has inherited."""
    try:
        mark: str = process.environ().get("ASYNCIO_MEASURED_GRADER", "")
        return mark.startswith(f"{psutil.Process().pid}-") and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
