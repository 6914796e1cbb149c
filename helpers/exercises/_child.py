"""The grader's process: imports what answers need, waits for one job, runs it, and ends.

Started by path, in one of two ways:

    python -P _child.py one REPORTS KERNEL          for one job: the file that reports go to, the kernel's process id
    python -P _child.py template CHANNEL KERNEL     forks such a process for each job (`_template`)

The job comes on stdin, as a pickle; stdout and stderr are the learner's.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import asyncio
import contextlib
import faulthandler
import gc
import io
import linecache
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from time import monotonic, perf_counter_ns, sleep  # ours, whatever an answer makes of the module's
from typing import Any

import aiohttp
import aiohttp.connector
import cloudpickle
import psutil

from helpers import _scratch
from helpers.exercises import _template
from helpers.exercises._arrival import put_together
from helpers.exercises._failure import as_told, line_of
from helpers.exercises._run import Trial
from helpers.exercises._witness import install
from helpers.exercises._writing import Counted, writes_to
from helpers.exercises.exercise import FIRST, lesson_numbers, of_lesson
from helpers.exercises.job import Begun, Done, Job, Message, Over, StuckIn, Unreadable

KERNEL_CHECK_S = 0.25
FOLDER_LIMIT_S = 1.0  # a process that the kernel has forked may hold it for longer; then the next start removes it
MEMORY_BYTES = 8 * 2**30  # of addresses: an absurd request fails at once. The kernel watches what is really used.
CANCEL, GIVE_UP, LOOK, DUMP = 0.75, 0.83, 0.88, 0.94  # shares of the deadline

# aiohttp takes aiodns where it can be imported, whose shutdown thread never ends: it would count as the answer's.
aiohttp.connector.DefaultResolver = aiohttp.ThreadedResolver  # type: ignore[attr-defined]


class Reports:
    """The file to which messages go, each with its length before it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._owner = os.getpid()
        self._dumps = pickle.dumps

    def send(self, message: Message) -> None:
        """Write one message. A process that the answer has forked ends here: it is not the one that reports."""
        if os.getpid() != self._owner:
            os._exit(0)
        data = self._dumps(message)
        data = len(data).to_bytes(8, "big") + data
        while data:
            data = data[os.write(self._file, data) :]


def main() -> None:
    """Wait for a job and run it, or fork a process for each that does."""
    how, where, kernel = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.argv[:] = [""]  # as in a notebook: where the reports go is none of the answer's business
    if how == "template":
        for lesson in lesson_numbers():
            of_lesson(lesson)  # so that no answer waits for the import of its exercise
    gc.collect()
    gc.freeze()  # what the warm-up has made is not looked at again
    if how == "template":
        _template.serve(int(where), kernel, run_one)
    else:
        run_one(where, kernel)


def run_one(reports_path: str, parent: int) -> None:
    """Wait for one job, run it and end this process; also when the parent has ended."""
    kernels_folder = Path(reports_path).parents[1]
    reports = Reports(reports_path)
    data = io.FileIO(0, closefd=False).readall()
    if not data:
        _end_with(parent, kernels_folder)
    job: Job = pickle.loads(data)
    threading.Thread(target=_end_with, args=(parent, kernels_folder), daemon=True).start()
    _prepare(job)
    install()
    runs = cloudpickle.loads(job.runs)
    try:
        answer = put_together(job.answer)
    except BaseException as error:
        reports.send(Unreadable(as_told(error)))
    else:
        _run_all(reports, job, runs, answer)
    reports.send(Done())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # threads that the answer left, and its exit handlers, keep nobody waiting


def _run_all(reports: Reports, job: Job, runs: dict[str, Any], answer: Any) -> None:
    used_s = 0.0
    for name, run in runs.items():
        began = monotonic() - used_s  # as if the runs before it had only just ended: what was done since is ours
        watch = Watch(reports, job, began)
        reports.send(Begun(name, perf_counter_ns(), used_s))
        trial = Trial(name, answer, run, takes=job.takes, files=frozenset(job.sources), names=job.names)
        title = job.title if name == FIRST else f"{job.title}: {name}"
        ended = trial.go(
            title,
            job.places,
            cancel_at=began + CANCEL * job.deadline_s,
            give_up_at=began + GIVE_UP * job.deadline_s,
            over=watch.over,
        )
        used_s = watch.ended_at - began
        reports.send(ended)
        if ended.outcome != "returned":
            break


class Watch:
    """What happens at the deadline of a run, until it is over.

    Args:
        began: the time of `monotonic` from which the deadline counts.
    """

    def __init__(self, reports: Reports, job: Job, began: float) -> None:
        self._reports = reports
        self._job = job
        self._began = began
        self._over = threading.Event()
        self.ended_at = began
        self._left_s = began + job.deadline_s - monotonic()
        threading.Thread(target=self._look, daemon=True).start()
        faulthandler.dump_traceback_later(max(0.01, self._at(DUMP) - monotonic()), file=2)
        if sys.platform != "win32":  # should the kernel die meanwhile: ends even C code that holds the GIL
            signal.setitimer(signal.ITIMER_REAL, self._left_s + 2.0)

    def over(self, name: str) -> None:
        """Stop the clock."""
        if self._over.is_set():
            return
        self.ended_at = monotonic()
        self._over.set()
        faulthandler.cancel_dump_traceback_later()
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        self._reports.send(Over(name))

    def _at(self, share: float) -> float:
        return self._began + share * self._job.deadline_s

    def _look(self) -> None:
        """Say where the loop's thread is stuck, shortly before the deadline. C code that holds the GIL stops it."""
        clock = _clock_of_main_thread()
        if self._over.wait(max(0.0, self._at(GIVE_UP) - monotonic())):
            return
        busy, written, at = clock(), Counted.bytes, monotonic()
        if self._over.wait(max(0.0, self._at(LOOK) - monotonic())):
            return
        spent, passed = clock() - busy, monotonic() - at
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        # What prints without end may wait most of the time for the kernel to read it.
        how: Any = "spun" if spent > 0.05 * passed or Counted.bytes > written else "blocked"
        self._reports.send(StuckIn(how, line_of(frame, frozenset(self._job.sources))))


def _end_with(parent: int, folder: Path) -> None:
    """End this process, and what it has started, soon after its parent: the kernel has ended, nobody wants to know."""
    while _lives(parent):
        sleep(KERNEL_CHECK_S)
    if sys.platform == "win32":
        os._exit(0)
    # A kernel that was killed could not. With many threads it loses its children first, and its files a bit later.
    give_up = monotonic() + FOLDER_LIMIT_S
    while _scratch.remove_if_unused(folder) and monotonic() < give_up:
        sleep(0.01)
    os.killpg(0, signal.SIGKILL)


def _lives(parent: int) -> bool:
    return (
        os.getppid() == parent if sys.platform != "win32" else psutil.pid_exists(parent)
    )  # Windows keeps a lost parent's id


def _clock_of_main_thread() -> Callable[[], float]:
    """Return a function that tells for how long the main thread has worked, or waited for a core to work on.

    Without the waiting, which only Linux tells, a loop that spins on a crowded machine looks like one that waits: with
    four others on two cores it got less than 5 % of 150 ms, once in 760 answers.
    """
    ident = threading.main_thread().ident or 0
    waited = Path(f"/proc/self/task/{threading.main_thread().native_id}/schedstat")
    if sys.platform == "win32" or not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(ident)
    if not waited.exists():
        return lambda: time.clock_gettime(clock)
    return lambda: time.clock_gettime(clock) + int(waited.read_text().split()[1]) / 1e9


def _prepare(job: Job) -> None:
    """Make this process a place like the learner's: folder, paths and sources; then put the limits on."""
    faulthandler.enable(2)
    with contextlib.suppress(OSError):
        os.chdir(job.cwd)
    sys.path[:] = [*sys.path, *(entry for entry in job.path if entry not in sys.path)]
    for name, text in job.sources.items():
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)  # input() finds the end of the file
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = sys.__stdout__ = writes_to(1)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = writes_to(2)  # type: ignore[misc]
    if sys.platform != "win32":
        import resource

        for limit, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: orphans of ours come back to us
    asyncio.set_event_loop(None)


if __name__ == "__main__":
    main()
