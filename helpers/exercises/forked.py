"""Processes that are forked for answers by a template (`_template`), as the kernel sees them; on Linux alone.

Elsewhere a process that has imported what answers need can't be forked safely (macOS), or not at all (Windows): there
`worker` starts a process for each.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import IO, Any

from helpers.exercises._template import MOST_BYTES

START_LIMIT_S = 30.0  # the first import from a cold disk on a small cloud machine takes seconds
FORK_LIMIT_S = 5.0
_POLL_S = 0.002


class CanNot(Exception):
    """There is no fork to be had: the template is gone, or must not fork."""


class Template:
    """A process that forks one for each answer. It ends with `close`, or with the kernel.

    Args:
        program: what it runs, by path.
        environment: its own.
        folder: where it starts.
        mark: what its environment has, and that of its forks.

    Raises:
        OSError: when it can't be started.
    """

    def __init__(self, program: str, environment: Mapping[str, str], folder: str, *, mark: str) -> None:
        self.mark = mark
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._statuses: dict[int, int] = {}
        self._forks: set[int] = set()
        self._forked: int | None = None
        self._ready: bool | None = None
        self._ends, theirs = _ends()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", program, "template", str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                cwd=folder,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # an interrupt of the kernel is no business of its
            )

    @property
    def pid(self) -> int:
        """The process id of the template itself."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it waits for requests, or will."""
        return self._owner == os.getpid() and self._ready is not False and self._process.poll() is None

    def fork(self, environment: Mapping[str, str], reports: str) -> Fork:
        """Return a new process that waits for a job; at the first time, wait until everything is imported.

        Raises:
            CanNot: when the template has ended or has more than one thread.
        """
        if sys.platform == "win32":
            raise CanNot
        with self._lock:
            self._wait_until_ready()
            self._forked = None
            theirs, ours = _pipes()
            try:
                request = json.dumps({"environment": dict(environment), "reports": reports}).encode()
                socket.send_fds(self._ends, [request], theirs)
                self._hear_until(lambda: self._forked is not None, FORK_LIMIT_S)
            except OSError as error:
                for pipe in ours:
                    pipe.close()
                raise CanNot from error
            finally:
                for file in theirs:
                    os.close(file)
            assert self._forked is not None
            self._forks.add(self._forked)
            return Fork(self, self._forked, *ours)

    def status(self, pid: int) -> int | None:
        """Return the exit status of a fork, negative for a signal; None while it runs."""
        with self._lock:
            self._hear(0.0)
            gone = self._process.poll() is not None and not _lives(pid)
            if sys.platform != "win32" and gone and pid not in self._statuses:
                self._statuses[pid] = -signal.SIGKILL  # nobody is there to tell
            if (status := self._statuses.get(pid)) is not None:
                self._forks.discard(pid)
            return status

    def living(self) -> frozenset[int]:
        """Return the process ids of its forks that have not ended, as far as is known."""
        return frozenset(self._forks)

    def close(self) -> None:
        """End it. Forks that still run are their owners' to end."""
        if self._owner != os.getpid():
            return
        with self._lock:
            self._ready = False
            self._ends.close()
            with contextlib.suppress(OSError):
                self._process.kill()
            self._process.wait()

    def disown(self) -> None:
        """Let go of it in a forked child of the kernel, whose hold would keep it from seeing the kernel's end."""
        self._lock = threading.Lock()
        self._ends.close()
        self._process.returncode = 0  # it is no child of ours: no wait, no warning
        self._ready = False

    def _wait_until_ready(self) -> None:
        if self._ready is None:
            try:
                self._hear_until(lambda: self._ready is not None, START_LIMIT_S)
            except OSError as error:
                raise CanNot from error
        if not self._ready:
            raise CanNot

    def _hear_until(self, heard: Any, limit_s: float) -> None:
        give_up = time.monotonic() + limit_s
        while not heard():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise OSError("the process that forks does not answer")
            self._hear(0.05)

    def _hear(self, wait_s: float) -> None:
        """Take what the template says, if it says something within that time."""
        while not self._ends._closed and select.select([self._ends], [], [], wait_s)[0]:  # type: ignore[attr-defined]
            try:
                data = self._ends.recv(MOST_BYTES)
            except OSError:
                return
            if not data:
                return
            said = json.loads(data)
            if "ready" in said:
                self._ready = bool(said["ready"])
            elif "forked" in said:
                self._forked = int(said["forked"])
                self._statuses.pop(self._forked, None)  # of an earlier one: systems give process ids out again
            else:
                self._statuses[int(said["pid"])] = os.waitstatus_to_exitcode(int(said["status"]))
            wait_s = 0.0


class Fork:
    """One forked process, with what `subprocess.Popen` has of it."""

    def __init__(self, template: Template, pid: int, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self._template = template
        self.pid = pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit status; None while it runs."""
        if self.returncode is None:
            self.returncode = self._template.status(self.pid)
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        if sys.platform != "win32" and self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end and return its exit status."""
        while (status := self.poll()) is None:
            time.sleep(_POLL_S)
        return status


def _ends() -> tuple[socket.socket, socket.socket]:
    if sys.platform == "win32":
        raise OSError("there is no fork on Windows")
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _pipes() -> tuple[list[int], list[IO[bytes]]]:
    """Return the ends of three pipes, the fork's and ours: stdin, stdout, stderr."""
    (stdin, to_it), (from_it, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
    ours: list[IO[bytes]] = [os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb", 0), os.fdopen(errors, "rb", 0)]
    return [stdin, stdout, stderr], ours


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
