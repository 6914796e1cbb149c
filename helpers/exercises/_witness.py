"""What is seen of a run beside its timeline: what it leaves behind, and what keeps the loop's thread waiting."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import re
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic, sleep  # ours, whatever an answer makes of them
from types import FrameType
from typing import Any

import aiohttp
import psutil

from helpers.exercises._cores import starved_s
from helpers.exercises._failure import as_data, line_of
from helpers.exercises._plain import cut
from helpers.exercises.evidence import BlockingCall, Open, Raised

_NEVER = re.compile(r"coroutine '(.+?)' was never awaited")
_INSTALLED = tuple({f"{Path(sysconfig.get_path(name)).resolve()}{os.sep}" for name in ("purelib", "platlib")})
_THREADS_MAY_END_S = 0.3
_OURS = ("resource_tracker", "forkserver")  # multiprocessing starts them, and they end with the process
_Line = tuple[int, str] | None


class Witness:
    """Watches this process from `start` to `settle`; one at a time.

    Args:
        files: the names of the learner's source files.
    """

    def __init__(self, files: frozenset[str]) -> None:
        self._files = files
        self._threads_before = set(threading.enumerate())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets_before: set[int] = set()
        self._waits: Counter[tuple[str, _Line]] = Counter()
        self._warned: list[Open] = []
        self._of_libraries: set[threading.Thread] = set()
        self.threads_used = 0
        self.thread_starved_s = 0.0  # the most of those threads that have ended
        self.semaphores: list[int] = []
        self.never_awaited: list[str] = []
        self.lost_errors: list[Raised] = []
        self.callback_errors: list[Raised] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch. There is no end to it: the process does nothing else in its life."""
        global _watching  # noqa: PLW0603 - one answer a process
        _watching = self
        self._loop = loop
        self._sockets_before = {id(one) for one in gc.get_objects() if isinstance(one, socket.socket)}
        warnings.simplefilter("always")
        warnings.showwarning = self._warning
        self._hear_of_errors(loop)
        self._watch_generators(loop)

    def _hear_of_errors(self, loop: Any) -> None:
        """Hear what the loop is told of errors, whoever handles them; what fails in a callback is told on stderr."""
        told, plainly = loop.call_exception_handler, loop.default_exception_handler

        def tell(context: dict[str, Any]) -> None:
            if isinstance(context.get("exception"), Exception) and "handle" in context:
                self.callback_errors.append(as_data(context["exception"], self._files))
            if self._lost(context) and loop.get_exception_handler() is None:
                return
            if loop.get_exception_handler() is not None:
                told(context)
            elif isinstance(context.get("exception"), Exception):
                plainly(context)

        with contextlib.suppress(AttributeError):  # a loop in C
            loop.call_exception_handler = tell

    def _watch_generators(self, loop: Any) -> None:
        """Note each asynchronous generator that is dropped before its end: the loop is asked to close it then."""
        close = getattr(loop, "_asyncgen_finalizer_hook", None)
        if close is None:
            return

        def dropped(generator: Any) -> None:
            if generator.ag_code.co_filename in self._files:
                self._warned.append(Open("async generator", generator.__name__))
            close(generator)

        loop._asyncgen_finalizer_hook = dropped

    @property
    def blocking_calls(self) -> tuple[BlockingCall, ...]:
        """The calls that kept the loop's thread waiting so far."""
        return tuple(BlockingCall(name, times, line) for (name, line), times in self._waits.items())

    def left_open(self, ours: Iterable[aiohttp.ClientSession]) -> tuple[Open, ...]:
        """Return what is open now, or was collected while it was open. The sessions in `ours` do not count."""
        gc.collect()
        gc.collect()
        found, known = list(self._warned), {id(session) for session in ours}
        sockets = []
        for one in gc.get_objects():
            kind = type(one)
            if issubclass(kind, aiohttp.ClientSession) and not one.closed and id(one) not in known:
                found.append(Open("session", "ClientSession"))
            elif issubclass(kind, socket.socket) and one.fileno() != -1 and id(one) not in self._sockets_before:
                sockets.append(one)
        iterated = list(getattr(self._loop, "_asyncgens", ()))
        found += [Open("async generator", one.__name__) for one in iterated if self._is_open(one)]
        if not any(one.kind == "session" for one in found):  # the sockets of a session are told by it
            found += [Open("socket", "socket") for one in sockets if not _may_be_pooled(ours)]
        return tuple(found)

    def threads_left(self) -> tuple[str, ...]:
        """Return the names of the threads that go on, after a moment in which they may end."""
        give_up = monotonic() + _THREADS_MAY_END_S
        while (left := self._threads()) and monotonic() < give_up:
            sleep(0.005)
        return tuple(thread.name for thread in left)

    def threads_idle(self) -> tuple[str, ...]:
        """Return the names of the threads that wait for work in a pool that is kept; the loop's own is left out."""
        frames, own = sys._current_frames(), getattr(getattr(self._loop, "_default_executor", None), "_threads", ())
        new = [thread for thread in threading.enumerate() if thread not in self._threads_before and thread not in own]
        return tuple(thread.name for thread in new if _idles(thread, frames))

    def _threads(self) -> list[threading.Thread]:
        frames = sys._current_frames()
        threads = [thread for thread in threading.enumerate() if thread not in self._threads_before]
        return [thread for thread in threads if not _idles(thread, frames) and thread not in self._of_libraries]

    def _is_open(self, generator: Any) -> bool:
        frame = generator.ag_frame
        return frame is not None and frame.f_code.co_filename in self._files

    def _warning(self, message: Warning | str, *_: Any, **__: Any) -> None:
        text = str(message)
        if never := _NEVER.search(text):
            self.never_awaited.append(never[1])
        elif text.startswith("Unclosed client session"):
            self._warned.append(Open("session", "ClientSession"))
        elif text.startswith(("unclosed <socket", "unclosed transport", "unclosed <StreamWriter")):
            self._warned.append(Open("socket", "socket"))

    def sleeps(self, *args: Any, **_: Any) -> None:
        if args and args[0]:
            self._waited("time.sleep")

    def connects(self, one: socket.socket, *_: Any, **__: Any) -> None:
        if one.gettimeout() != 0:
            self._waited("a blocking connection")

    def waits_for_program(self, program: subprocess.Popen[Any], *_: Any, **__: Any) -> None:
        asked_by = sys._getframe(2).f_code
        within = (
            asked_by.co_filename == subprocess.__file__ and asked_by.co_name == "communicate"
        )  # it waits in the end
        if not within and program.poll() is None:
            self._waited("a program that it waited for")

    def _waited(self, name: str) -> None:
        if asyncio._get_running_loop() is not None:  # of this thread
            self._waits[name, line_of(sys._getframe(), self._files)] += 1

    def starts_thread(self, thread: threading.Thread) -> None:
        self.threads_used += 1
        if thread.daemon and _started_by_a_library():  # tqdm's monitor, say: it is nobody's work, and ends by itself
            self._of_libraries.add(thread)

    def ends_thread(self) -> None:
        self.thread_starved_s = max(self.thread_starved_s, starved_s())

    def makes_semaphore(self, _: Any, value: Any = 1, **__: Any) -> None:
        if isinstance(value, int) and line_of(sys._getframe(), self._files) is not None:
            self.semaphores.append(value)

    def _lost(self, context: dict[str, Any]) -> bool:
        """Note an exception that nobody asked for; return whether it was one."""
        error = context.get("exception")
        lost = isinstance(error, BaseException) and isinstance(context.get("future"), asyncio.Future)
        if lost and "never retrieved" in context.get("message", ""):  # asyncio's own words, in its own call
            self.lost_errors.append(as_data(context["exception"], self._files))
        return lost


def children() -> Iterator[tuple[str, int, float]]:
    """Yield the name, the process id and the start of each process that this one has started and that still runs."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            command = " ".join(child.cmdline())
            if child.status() != psutil.STATUS_ZOMBIE and not any(ours in command for ours in _OURS):
                yield cut(child.name(), 60), child.pid, child.create_time()


_watching: Witness | None = None


def install() -> None:
    """Put the hooks in; before an answer arrives, which may bring `sleep` along under a name of its own."""
    time.sleep = _seen(time.sleep, Witness.sleeps)
    socket.socket.connect = _seen(socket.socket.connect, Witness.connects)  # type: ignore[method-assign]
    for name in ("wait", "communicate"):
        setattr(subprocess.Popen, name, _seen(getattr(subprocess.Popen, name), Witness.waits_for_program))
    threading.Thread.start = _seen(threading.Thread.start, Witness.starts_thread)  # type: ignore[method-assign]
    threading.Thread.run = _to_its_end(threading.Thread.run)  # type: ignore[method-assign]
    asyncio.Semaphore.__init__ = _seen(asyncio.Semaphore.__init__, Witness.makes_semaphore)  # type: ignore[method-assign]


def _seen(function: Any, look: Callable[..., None]) -> Any:
    """Return the function, looked at each time by whoever watches."""

    @functools.wraps(function)
    def seen(*args: Any, **options: Any) -> Any:
        if _watching is not None:
            look(_watching, *args, **options)
        return function(*args, **options)

    return seen


def _to_its_end(run: Any) -> Any:
    """Return what a thread runs, so that it is looked at when it ends."""

    @functools.wraps(run)
    def seen(thread: threading.Thread) -> None:
        try:
            run(thread)
        finally:
            if _watching is not None:
                _watching.ends_thread()

    return seen


def _idles(thread: threading.Thread, frames: dict[int, Any]) -> bool:
    """Tell whether a thread is a pool's and waits for work: it ends with its pool, or with the loop or the program."""
    frame = frames.get(thread.ident or 0)
    return getattr(getattr(thread, "_target", None), "__name__", "") == "_worker" and (
        frame is None or frame.f_code.co_name == "_worker"
    )


def _started_by_a_library() -> bool:
    """Tell whether an installed library starts the thread that is being started now, and not the answer itself."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename in (__file__, threading.__file__):
        frame = frame.f_back
    return frame is not None and str(Path(frame.f_code.co_filename).resolve()).startswith(_INSTALLED)


def _may_be_pooled(ours: Iterable[aiohttp.ClientSession]) -> bool:
    """Tell whether a socket may belong to a session of the exercise's that is still open."""
    return any(not session.closed for session in ours)
