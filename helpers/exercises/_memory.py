"""How much memory a process and all that it has started really take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
DOUBTED_BYTES = 256 * 2**20  # above this sum it is worth to ask what is shared: that takes a millisecond


def memory_bytes(pid: int) -> int:
    """Return the memory of a process and its children in bytes, what they share counted once; 0 when it is gone."""
    if sys.platform != "linux":
        return sum(map(_resident, _family(pid)))
    family = [pid, *_children(pid)]
    total = sum(map(_resident_pages, family)) * _PAGE_BYTES
    return total if total <= DOUBTED_BYTES else sum(map(_proportional, family))


def _resident_pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _proportional(pid: int) -> int:
    """Return a process's memory with its share of what it has in common with others."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    return _resident_pages(pid) * _PAGE_BYTES


def _children(pid: int) -> Iterator[int]:
    """Yield the descendants of a process; none where the system has no list of them (it costs too much to look)."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_bytes().split()
    except OSError:
        return
    for child in map(int, found):
        yield child
        yield from _children(child)


def _family(pid: int) -> list[psutil.Process]:
    try:
        one = psutil.Process(pid)
        return [one, *one.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(one: psutil.Process) -> int:
    try:
        return int(one.memory_info().rss)
    except psutil.Error:
        return 0
