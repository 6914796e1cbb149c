"""How much memory a process's children need, and theirs: sampled while they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20
EVERY_S = 0.1


@dataclass
class Peak:
    """The most that was seen so far."""

    memory_mib: float = 0.0


def memory_mib(process: psutil.Process) -> float:
    """Return the memory of one process: its PSS, in which pages that several share are split among them.

    Where that can't be had (only Linux tells it), its resident set, which counts them for each.
    """
    try:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return float(process.memory_info().rss) / MIB


def memory_of_descendants_mib(pid: int) -> float:
    """Return the memory of all that a process has started, and of what that has started; not its own."""
    total = 0.0
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):  # gone meanwhile
                total += memory_mib(child)
    return total


@contextmanager
def peak_of_descendants(pid: int, *, every_s: float = EVERY_S) -> Iterator[Peak]:
    """Note the most memory that a process's descendants need while the block lasts."""
    peak, over = Peak(), threading.Event()

    def sample() -> None:
        while True:
            peak.memory_mib = max(peak.memory_mib, memory_of_descendants_mib(pid))
            if over.wait(every_s):
                return

    thread = threading.Thread(target=sample, name="memory-samples", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
