"""A process that has imported everything and forks one for each answer: a fork is ready at once, an import is not.

It has one thread, as a process that forks must, and does nothing but wait for its kernel's requests. `forked` has the
kernel's side. A request is a message with three files (the fork's stdin, stdout and stderr); the answer to it is the
fork's process id. When a fork has ended, that is said, too, with its status as `os.waitpid` gives it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

KERNEL_CHECK_S = 0.25
MOST_BYTES = 1 << 20  # of a request: it carries the environment


def may_fork() -> bool:
    """Tell whether this process has one thread, in Python and outside of it."""
    tasks = Path("/proc/self/task")
    return threading.active_count() == 1 and tasks.exists() and len(list(tasks.iterdir())) == 1


def serve(channel: int, kernel: int, run: Callable[[str, int], None]) -> None:
    """Fork for each request until the kernel has ended; in a fork, call `run(path of reports, parent)`, which exits."""
    if sys.platform == "win32":
        raise OSError("there is no fork on Windows")
    with socket.socket(fileno=channel) as ends:
        heard, bell = os.pipe()
        os.set_blocking(heard, False)
        os.set_blocking(bell, False)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it rings the bell
        ends.send(json.dumps({"ready": may_fork()}).encode())
        while os.getppid() == kernel:
            ready, _, _ = select.select([ends.fileno(), heard], [], [], KERNEL_CHECK_S)
            if heard in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(heard, 4096)
            _tell_who_has_ended(ends)
            if ends.fileno() in ready and not _fork(ends, (heard, bell), run):
                return


def _tell_who_has_ended(ends: socket.socket) -> None:
    if sys.platform == "win32":
        raise OSError("there is no fork on Windows")
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            with contextlib.suppress(OSError):
                ends.send(json.dumps({"pid": ended[0], "status": ended[1]}).encode())


def _fork(ends: socket.socket, bells: tuple[int, int], run: Callable[[str, int], None]) -> bool:
    """Take a request and fork for it; return whether there was one, and not the end."""
    if sys.platform == "win32":
        raise OSError("there is no fork on Windows")
    data, files, _, _ = socket.recv_fds(ends, MOST_BYTES, 3)
    if not data:
        return False
    request, template = json.loads(data), os.getpid()
    pid = os.fork()
    if pid == 0:
        os.setsid()  # it is ended as a group
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ends.close()
        for bell in bells:
            os.close(bell)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(request["environment"])
        run(request["reports"], template)
        os._exit(1)
    for file in files:
        os.close(file)
    ends.send(json.dumps({"forked": pid}).encode())
    return True
