"""The grader's process: imports what answers need, waits for one job, runs it, and ends.

Started by path: `python -P _child.py REPORTS KERNEL`, with the file that reports go to and the kernel's process id. The
job comes on stdin, as a pickle; stdout and stderr are the learner's.
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
from typing import Any

import aiohttp  # noqa: F401 - imported here, it takes no time from an answer
import cloudpickle
import psutil

from helpers import _scratch
from helpers.exercises import exercise  # noqa: F401 - with it, what a job is made of
from helpers.exercises._plain import line_of
from helpers.exercises._run import Trial
from helpers.exercises._witness import install
from helpers.exercises.job import FIRST, Begun, Done, Job, Message, StuckIn, Unreadable

KERNEL_CHECK_S = 0.25
FOLDER_LIMIT_S = 1.0  # a process that the kernel has forked may hold it for longer; then the next start removes it
MEMORY_BYTES = 8 * 2**30  # of addresses: an absurd request fails at once. The kernel watches what is really used.
CANCEL, GIVE_UP, LOOK, DUMP = 0.75, 0.83, 0.88, 0.94  # shares of the deadline


class Reports:
    """The file to which messages go, each with its length before it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._owner = os.getpid()

    def send(self, message: Message) -> None:
        """Write one message. A process that the answer has forked ends here: it is not the one that reports."""
        if os.getpid() != self._owner:
            os._exit(0)
        data = pickle.dumps(message)
        os.write(self._file, len(data).to_bytes(8, "big") + data)


def main() -> None:
    """Wait for a job and run it."""
    kernel, kernels_folder = int(sys.argv[2]), Path(sys.argv[1]).parents[1]
    reports = Reports(sys.argv[1])
    gc.collect()
    gc.freeze()  # what the warm-up has made is not looked at again
    data = sys.stdin.buffer.read()
    if not data:
        _end_with_kernel(kernel, kernels_folder)
    job: Job = pickle.loads(data)
    threading.Thread(target=_end_with_kernel, args=(kernel, kernels_folder), daemon=True).start()
    _prepare(job)
    install()
    runs = cloudpickle.loads(job.runs)
    try:
        answer = cloudpickle.loads(job.answer)
    except BaseException as error:
        reports.send(Unreadable(f"{type(error).__name__}: {error}"))
    else:
        _run_all(reports, job, runs, answer)
    reports.send(Done())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # threads that the answer left, and its exit handlers, keep nobody waiting


def _run_all(reports: Reports, job: Job, runs: dict[str, Any], answer: Any) -> None:
    began = time.monotonic()
    over = threading.Event()
    threading.Thread(target=_look, args=(reports, job, began, over), daemon=True).start()
    faulthandler.dump_traceback_later(DUMP * job.deadline_s, file=sys.__stderr__ or 2)
    if hasattr(signal, "setitimer"):  # should the kernel die meanwhile: ends even C code that holds the GIL
        signal.setitimer(signal.ITIMER_REAL, job.deadline_s + 2.0)
    for name, run in runs.items():
        reports.send(Begun(name, time.perf_counter_ns()))
        trial = Trial(name, answer, run, takes=job.takes, files=frozenset(job.sources))
        title = job.title if name == FIRST else f"{job.title}: {name}"
        ended = trial.go(
            title,
            job.places,
            cancel_at=began + CANCEL * job.deadline_s,
            give_up_at=began + GIVE_UP * job.deadline_s,
        )
        reports.send(ended)
        if ended.outcome != "returned":
            break
    over.set()
    faulthandler.cancel_dump_traceback_later()


def _end_with_kernel(kernel: int, folder: Path) -> None:
    """End this process, and what it has started, soon after the kernel has ended: nobody wants to know any more."""
    while _lives(kernel):
        time.sleep(KERNEL_CHECK_S)
    if os.name != "posix":
        os._exit(0)
    # A kernel that was killed could not. With many threads it loses its children first, and its files a bit later.
    give_up = time.monotonic() + FOLDER_LIMIT_S
    while _scratch.remove_if_unused(folder) and time.monotonic() < give_up:
        time.sleep(0.01)
    os.killpg(0, signal.SIGKILL)


def _lives(kernel: int) -> bool:
    return (
        os.getppid() == kernel if os.name == "posix" else psutil.pid_exists(kernel)
    )  # Windows keeps a lost parent's id


def _look(reports: Reports, job: Job, began: float, over: threading.Event) -> None:
    """Say where the loop's thread is stuck, shortly before the deadline. C code that holds the GIL keeps this quiet."""
    clock = _clock_of_main_thread()
    if over.wait(max(0.0, began + GIVE_UP * job.deadline_s - time.monotonic())):
        return
    busy, at = clock(), time.monotonic()
    if over.wait(max(0.0, began + LOOK * job.deadline_s - time.monotonic())):
        return
    spent, passed = clock() - busy, time.monotonic() - at
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    how: Any = "spun" if spent > 0.05 * passed else "blocked"
    reports.send(StuckIn(how, line_of(frame, frozenset(job.sources))))


def _clock_of_main_thread() -> Callable[[], float]:
    """Return a function that tells for how long the main thread has worked, or waited for a core to work on.

    Without the waiting, which only Linux tells, a loop that spins on a crowded machine looks like one that waits: with
    four others on two cores it got less than 5 % of 150 ms, once in 760 answers.
    """
    ident = threading.main_thread().ident or 0
    waited = Path(f"/proc/self/task/{threading.main_thread().native_id}/schedstat")
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(ident)
    if not waited.exists():
        return lambda: time.clock_gettime(clock)
    return lambda: time.clock_gettime(clock) + int(waited.read_text().split()[1]) / 1e9


def _prepare(job: Job) -> None:
    """Make this process a place like the learner's: folder, paths and sources; then put the limits on."""
    faulthandler.enable(sys.__stderr__ or 2)
    with contextlib.suppress(OSError):
        os.chdir(job.cwd)
    sys.path[:] = [*sys.path, *(entry for entry in job.path if entry not in sys.path)]
    for name, text in job.sources.items():
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)  # input() finds the end of the file
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # nothing is lost if it dies
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
