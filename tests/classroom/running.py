"""The board as an instructor starts it: a process of its own, its two addresses read from what it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers.lesson.course import Course


@dataclass(frozen=True)
class RunningBoard:
    """Where a board answers, its process, and the file of what it complains about."""

    learners_url: str
    instructors_url: str
    port: int
    process: subprocess.Popen[str]
    stderr: Path

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", self.port

    def complaint(self) -> str:
        """Return what it has written to stderr, or that it has ended."""
        ended = "" if self.process.poll() is None else f"the board has ended with {self.process.returncode}: "
        return ended + self.stderr.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_board(folder: Path, *, port: int = 0, arguments: Sequence[str] = ()) -> Iterator[RunningBoard]:
    """Start `python -m helpers class` on the file of a class in this folder; end it, unless it has ended already."""
    command = [sys.executable, "-m", "helpers", "class", "--port", str(port)]
    command += ["--file", str(folder / "class.sqlite"), *arguments]
    stderr = folder / "board.stderr"
    with (
        stderr.open("wb") as stream,
        subprocess.Popen(command, cwd=Course.here().root, stdout=subprocess.PIPE, stderr=stream, text=True) as process,
    ):
        assert process.stdout is not None
        learners, instructors = process.stdout.readline(), process.stdout.readline()
        try:
            found = re.search(r"'(http://[^']*:(\d+)/[^']*)'", learners)
            if found is None:
                raise RuntimeError(f"the board did not start: {learners}{stderr.read_text(encoding='utf-8')}")
            yield RunningBoard(found[1], instructors.split()[-1], int(found[2]), process, stderr)
        finally:
            if process.poll() is None:
                process.terminate()
