"""The one daemon of this process: started when first needed, ended at exit."""

from __future__ import annotations

import atexit
import os
import threading

from helpers.services._process import DaemonProcess

_lock = threading.Lock()
_daemon: DaemonProcess | None = None


def current() -> DaemonProcess:
    """Return the daemon, started if there is none or it has died."""
    global _daemon  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _daemon is None or not _daemon.alive:
            if _daemon is not None:
                _daemon.close()
            _daemon = DaemonProcess()
        return _daemon


def warm_up() -> None:
    """Start the process that hosts services in the background; return at once. Nothing happens if it runs."""
    current()


def is_running() -> bool:
    """Return whether the process that hosts services runs."""
    daemon = _daemon
    return daemon is not None and daemon.alive


def shut_down() -> None:
    """End the process that hosts services, and all services with it. The next service starts a new one."""
    global _daemon
    with _lock:
        daemon, _daemon = _daemon, None
    if daemon is not None:
        daemon.close()


def _after_fork_in_child() -> None:
    global _daemon, _lock  # noqa: PLW0603 - the lock too
    _lock = threading.Lock()  # another thread of the parent may have held it
    daemon, _daemon = _daemon, None
    if daemon is not None:
        daemon.disown()


atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
