"""Commands in, replies out: numbered JSON lines over stdin and stdout.

Two threads do the blocking reads and writes, so that a slow reader of replies never delays a service, and so that it
works the same on every platform (Windows' event loop can't read an anonymous pipe).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any

Command = dict[str, Any]
Reply = dict[str, Any]
Answer = Callable[[Command], Coroutine[Any, Any, None]]


class Channel:
    """The kernel's end of the line. When it hangs up, the process is over at once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._outbox: SimpleQueue[bytes] = SimpleQueue()
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to read and write."""
        for work in (self._read, self._write):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()

    def send(self, reply: Reply) -> None:
        """Queue a reply; returns at once."""
        self._outbox.put(json.dumps(reply, separators=(",", ":")).encode() + b"\n")

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._loop.call_soon_threadsafe(self._received, line)
        os._exit(0)  # end of stdin: the kernel is gone

    def _write(self) -> None:
        out = sys.stdout.fileno()
        while True:
            data = memoryview(self._outbox.get())
            try:
                while data:
                    data = data[os.write(out, data) :]
            except OSError:
                os._exit(0)  # nobody reads replies: the kernel is gone

    def _received(self, line: bytes) -> None:
        try:
            command = as_command(line)
        except ValueError as error:  # it must not end the thread that reads: the kernel would never be answered again
            self.send({"id": None, "error": f"this is not a command: {error}"})
            return
        task = self._loop.create_task(self._answer(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def as_command(line: bytes) -> Command:
    """Return the command that a line carries.

    Raises:
        ValueError: when it carries none; the text says why.
    """
    try:
        command = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    expected = {"id": int, "do": str, "args": dict}
    if not isinstance(command, dict) or any(not isinstance(command.get(key), kind) for key, kind in expected.items()):
        raise ValueError("it takes an id, what to do, and the arguments")
    return command
