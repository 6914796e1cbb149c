"""However a lesson ends, nothing of it is left, and the next start works at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.left_behind import __main__ as command
from tests.left_behind import cases
from tests.left_behind.marked import Marked

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals, and the environments of processes")


@pytest.mark.timeout(300)  # on a machine that does ten other things
@pytest.mark.parametrize("name", cases.CASES)
def test_nothing_is_left_behind(name: str) -> None:
    assert command.main(["--only", name]) == 0


def test_what_is_left_is_told(tmp_path: Path) -> None:
    marked = Marked(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=marked.environment) as left:
        while left.pid not in [process.pid for process in marked.processes()]:
            time.sleep(0.01)
        with pytest.raises(AssertionError, match=f"left behind: .*pid={left.pid}"):
            marked.until_gone(marked.leftovers, patience_s=0.1)
        (tmp_path / "TMPDIR" / "forgotten").touch()
        marked.end()
    with pytest.raises(AssertionError, match=r"left behind: \['TMPDIR/forgotten'\]"):
        marked.until_gone(marked.leftovers, patience_s=0.1)
