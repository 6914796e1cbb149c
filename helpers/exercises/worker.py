"""The grader's process as the kernel sees it: started ahead of time, given one job, and ended for sure."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from helpers import _scratch
from helpers._undebugged import undebugged
from helpers.exercises._memory import memory_bytes
from helpers.exercises._printed import Printed
from helpers.exercises.forked import START_LIMIT_S, CanNot, Template
from helpers.exercises.job import Begun, Done, Ended, Garbled, Job, Message, Over, StuckIn, Unreadable, received

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("_child.py")
LOOKING_LIMIT_S = 20.0  # for what the check does with a run that has ended: that is not on the answer's deadline
DUMP_LIMIT_S = 1.0  # beyond the deadline, where the stack that is dumped before it has not come yet
DUMPED = "Timeout (0:"
"""How a stack begins that faulthandler writes near the deadline."""
MEMORY_BYTES = 512 * 2**20
MOST_REPORT_BYTES = 512 * 2**20
SHOWN_BYTES = 2_000
FOLDER = "grader-"
_POLL_S = 0.004
_MEMORY_POLL_S = 0.02
_MARK = "ASYNCIO_MEASURED_GRADER"
NOT_INHERITED = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONPROFILEIMPORTTIME", "PYTHONWARNINGS", "PYTHONSTARTUP")


def environment(mark: str) -> dict[str, str]:
    """Return the environment of a grader's process: the kernel's, without what changes Python, with this mark."""
    own = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return own | {"PYTHONUTF8": "1", _MARK: mark, "MALLOC_ARENA_MAX": "4"}


def template() -> Template:
    """Start the process that forks one for each answer; return at once."""
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    with undebugged():
        return Template(str(PROGRAM), environment(mark), str(ROOT), mark=mark)


@dataclass
class Ran:
    """What came of a job."""

    begun: list[Begun] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    stuck: StuckIn | None = None
    unreadable: str | None = None
    garbled: bool = False
    done: bool = False
    overdue: bool = False
    too_big: bool = False
    exit_status: int | None = None
    stdout: str = ""
    printed_bytes: int = 0
    stderr: str = ""


class Worker:
    """A process that waits for a job. It ends with `run`, with `close`, or with the kernel.

    Args:
        template: what forks it; without one it is started, and has its imports before it.
    """

    def __init__(self, template: Template | None = None) -> None:
        self._owner = os.getpid()
        self._mark = f"{os.getpid()}-{time.monotonic_ns()}"
        self._template = template
        self._folder = Path(tempfile.mkdtemp(prefix=FOLDER, dir=_scratch.folder()))
        temporary = self._folder / "tmp"  # for what the answer leaves: the reports are none of its business
        temporary.mkdir()
        self._path = self._folder / "reports"
        self._reports: IO[bytes] = self._path.open("a+b", buffering=0)
        own = environment(self._mark) | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        try:
            self._process = self._spawn(own) if template is None else template.fork(own, str(self._path))
        except (OSError, CanNot):
            self._reports.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._out = Printed(self._process.stdout, SHOWN_BYTES)
        self._err = Printed(self._process.stderr, 20_000)
        self._rest = b""
        self._closed = False

    def _spawn(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        windows: dict[str, Any] = {}
        if sys.platform == "win32":
            windows["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        with undebugged():
            return subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", str(PROGRAM), "one", str(self._path), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=ROOT,
                start_new_session=True,  # an interrupt of the kernel is no business of its, and it is killed as a group
                **windows,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it waits for a job."""
        return not self._closed and self._owner == os.getpid() and self._process.poll() is None

    def run(self, job: Job) -> Ran:
        """Run the job and return what came of it; afterwards the process and all that it started are gone.

        Takes the job's deadline at the most, and a second to start; on a crowded machine a second more, until it is
        known where it is stuck. May be interrupted.
        """
        ran = Ran()
        try:
            self._send(pickle.dumps(job))
            self._wait(ran, job)
        finally:
            self.close(ran)
        ran.exit_status = self._process.returncode
        ran.stdout, ran.printed_bytes, ran.stderr = self._out.text, self._out.total, self._err.text
        return ran

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(data)
            self._process.stdin.close()

    def _wait(self, ran: Ran, job: Job) -> None:
        give_up = time.monotonic() + START_LIMIT_S
        look_at = 0.0
        while not (ran.done or ran.garbled):
            gone = self._process.poll() is not None  # first: what it wrote before it went is read below
            for message in self._messages():
                _take(ran, message)
                if isinstance(message, Begun):
                    give_up = time.monotonic() + job.deadline_s - message.used_s
                elif isinstance(message, Over):
                    give_up = time.monotonic() + LOOKING_LIMIT_S
            if gone:
                return
            now = time.monotonic()
            if now > give_up and (now > give_up + DUMP_LIMIT_S or self._has_said_where(ran, job)):
                ran.overdue = True
                return
            if now > look_at:
                look_at = now + _MEMORY_POLL_S
                if memory_bytes(self.pid) > MEMORY_BYTES:
                    ran.too_big = True
                    return
            time.sleep(_POLL_S)

    def _has_said_where(self, ran: Ran, job: Job) -> bool:
        """Tell whether it is known where it is stuck; what says that may itself wait for a core."""
        if ran.stuck is not None or not ran.begun or ran.begun[-1].name in ran.over:
            return True
        return any(name in self._err.text.partition(DUMPED)[2] for name in job.sources)

    def _messages(self) -> Iterable[Message]:
        self._rest += self._reports.read()
        while len(self._rest) >= 8:
            end = 8 + int.from_bytes(self._rest[:8], "big")
            if end > MOST_REPORT_BYTES:
                self._rest = b""
                yield Garbled()
            if len(self._rest) < end:
                return
            message, self._rest = received(self._rest[8:end]), self._rest[end:]
            yield message

    def close(self, ran: Ran | None = None) -> None:
        """End the process, its children and what they left."""
        if self._closed or self._owner != os.getpid():
            return
        self._closed = True
        family = [] if ran is None else self._family(ran)
        if self._process.poll() is None:
            self._kill()
        self._kill_group()
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._out.close()
        self._err.close()
        self._reports.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def _kill_group(self) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # the group outlives its leader as long as anyone is in it
                os.killpg(self.pid, signal.SIGKILL)

    def _family(self, ran: Ran) -> list[psutil.Process]:
        """Return the processes that the answer has started, also those that left the group."""
        found = []
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.pid).children(recursive=True)
        for pid, created in (child for ended in ran.ended for child in ended.children):
            with contextlib.suppress(psutil.Error):
                if (one := psutil.Process(pid)).create_time() == created:
                    found.append(one)
        if not ran.done and self._process.poll() is not None:  # it died by itself: its children have no parent any more
            found += [one for one in psutil.process_iter() if self._is_marked(one)]
        return found

    def _is_marked(self, process: psutil.Process) -> bool:
        try:
            mark = process.environ().get(_MARK)
        except (psutil.Error, OSError):
            return False
        if self._template is None or process.pid in (self._template.pid, *self._template.living()):
            return mark == self._mark
        # What a fork has forked itself has the environment of the template in the system's eyes.
        return mark in (self._mark, self._template.mark)

    def disown(self) -> None:
        """Let go of the pipes in a forked child, which would keep the process from seeing the kernel's end."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.returncode = 0  # it is no child of ours: no wait, no warning
        self._closed = True


def _take(ran: Ran, message: Message) -> None:
    match message:
        case Begun():
            ran.begun.append(message)
        case Ended():
            ran.ended.append(message)
        case StuckIn():
            ran.stuck = message
        case Over(name):
            ran.over.append(name)
        case Garbled():
            ran.garbled = True
        case Unreadable(why):
            ran.unreadable = why
        case Done():
            ran.done = True
