"""How many files, and so how many connections, one process may have open."""

from __future__ import annotations

import sys
from pathlib import Path

from helpers.services.errors import ServiceError

SPARE = 96  # for the interpreter's own files, and for connections that are told that there are too many


def raise_file_limit() -> int:
    """Raise this process's limit to the most it may have without asking anyone; return it."""
    if sys.platform == "win32":
        return 2**31 - 1  # no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 1_048_576) if hard != resource.RLIM_INFINITY else 1_048_576
    if wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS says "unlimited" and refuses more than kern.maxfilesperproc
            return soft
        return wanted
    return soft


def connection_limit() -> int:
    """Return how many connections one process may hold, with some files to spare for everything else."""
    return max(1, raise_file_limit() - SPARE)


def check_connections(n: int) -> None:
    """Refuse an experiment that needs more connections than this machine allows, before it starts.

    Raises:
        ServiceError: naming the limit, and how to raise it.
    """
    free = connection_limit() - _open_files()
    if n > free:
        raise ServiceError(
            f"{n} connections are more than this machine allows: a process may have {raise_file_limit()} files open, "
            f"which leaves {max(0, free)} connections. Use fewer, or raise the limit (`ulimit -Hn`) and start again."
        )


def _open_files() -> int:
    listed = Path("/dev/fd")
    return sum(1 for _ in listed.iterdir()) if listed.is_dir() else 0
