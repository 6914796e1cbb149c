"""A folder for a process's temporary files that is gone with the process, even if it was killed.

A process has one such folder, and holds a lock in it for as long as it lives. Whoever next needs a folder removes those
that nobody holds. Where there are no such locks (Windows), a process that is killed leaves its folder behind.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

PREFIX = "asyncio-measured-"
_LOCK = "in-use"


@functools.cache
def folder() -> Path:
    """Return this process's folder, made at first use; it is removed when Python ends."""
    sweep()
    while True:
        made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)  # open as long as the process lives
        if _locked(lock, wait=True) and (made / _LOCK).exists():
            break
        os.close(lock)  # somebody swept it between the two lines
    atexit.register(_remove_own, made, os.getpid())
    return made


def sweep() -> None:
    """Remove the folders of processes that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        remove_if_unused(path)


def remove_if_unused(path: Path) -> bool:
    """Remove the folder of a process that is no more; return whether its owner still lives, and it stays."""
    if sys.platform == "win32":
        return False
    try:
        lock = os.open(path / _LOCK, os.O_RDWR)
    except OSError:  # not such a folder, somebody else's, or gone
        return False
    try:
        if not _locked(lock, wait=False):
            return True
        shutil.rmtree(path, ignore_errors=True)
        return False
    finally:
        os.close(lock)


def _locked(descriptor: int, *, wait: bool) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _remove_own(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that it has forked
        shutil.rmtree(path, ignore_errors=True)
