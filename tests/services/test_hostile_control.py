"""Neither end of the control channel is put out by what the other says."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

from tests.services.hostile.control import OPEN, bare_daemon, besiege_daemon, besiege_kernel

CASES = 1000
SEED = 7  # the same cases on every run; the command in tests/benchmarks/hostile.py draws others


def test_a_thousand_lines_that_are_no_commands_leave_the_daemon_as_it_was(tmp_path: Path) -> None:
    figures = besiege_daemon(CASES, tmp_path, number=SEED)
    assert figures.cases >= CASES
    assert figures.after - figures.before < 20 * 2**20


def test_a_thousand_lines_that_are_no_replies_leave_the_kernel_as_it_was(tmp_path: Path) -> None:
    assert besiege_kernel(CASES, tmp_path, number=SEED).exchanges > 0.9 * CASES


def test_a_line_that_is_no_command_is_told_so(tmp_path: Path) -> None:
    with bare_daemon(tmp_path / "stderr") as daemon:
        daemon.tell(b"hello")
        reply = daemon.hear()
        assert reply["id"] is None
        assert reply["error"].startswith("this is not a command: Expecting value")


def test_a_service_that_gets_one_of_its_ports_only_keeps_none(tmp_path: Path) -> None:
    with bare_daemon(tmp_path / "stderr") as daemon:
        command = {"id": 1, "do": "open", "args": OPEN | {"ports": [0, 0, 99_999_999]}}
        daemon.tell(json.dumps(command).encode())
        assert "OverflowError" in daemon.hear()["error"]
        listening = [each for each in psutil.Process(daemon.process.pid).net_connections() if each.status == "LISTEN"]
        assert listening == []
