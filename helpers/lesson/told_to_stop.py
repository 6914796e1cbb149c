"""A script that is told to stop by a signal, in a process of its own: what it still did (page 07)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

READY = "ready"
PATIENCE_S = 10.0
APART_S = 0.2  # between two signals
# What a shell starts in the background ignores SIGINT, and so does all that it starts.
HEARS_CONTROL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


@dataclass(frozen=True)
class Stopped:
    """How a script ended.

    Attributes:
        told: the signals that it got, in words.
        printed: what it printed after "ready", a line each.
        status: of its process: 0 or more for an exit status, less for the signal that ended it.
    """

    told: str
    printed: tuple[str, ...]
    status: int

    @property
    def how(self) -> str:
        """How its process ended, in words."""
        if self.status < 0:
            return f"ended by {signal.Signals(-self.status).name}"
        return f"exit status {self.status}"

    def __str__(self) -> str:
        return f"{self.told}: {'; '.join(self.printed) or 'printed nothing'}; {self.how}"


async def told_to_stop(script: str, *signals: str) -> Stopped:
    """Run a script, wait until it prints "ready", send it signals, and return how it ended.

    Args:
        script: the text of a Python program that prints "ready" once it is set up.
        signals: their names, such as "SIGTERM", in order; "SIGINT" is what Ctrl-C sends.

    Raises:
        NotImplementedError: on Windows, where no other process can be sent a SIGTERM that it could handle.
        ChildProcessError: when the script ends before it is ready, with the last line of its error.
        TimeoutError: when it doesn't end.
    """
    if os.name == "nt":
        raise NotImplementedError("Windows can't send a process SIGTERM or SIGINT: read the stored output instead.")
    return await asyncio.to_thread(_told, script, [signal.Signals[name] for name in signals])


def _told(script: str, signals: list[signal.Signals]) -> Stopped:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-u", "-c", HEARS_CONTROL_C + script], stdout=pipe, stderr=pipe, text=True
    ) as process:
        guard = threading.Timer(PATIENCE_S, process.kill)
        guard.start()
        try:
            lines = process.stdout
            if lines is None or lines.readline().strip() != READY:
                process.kill()
                _, error = process.communicate()
                raise ChildProcessError(f"the script ended before it was ready: {(error.splitlines() or ['?'])[-1]}")
            for number, one in enumerate(signals):
                if number:
                    threading.Event().wait(APART_S)
                process.send_signal(one)
            printed, _ = process.communicate()
        finally:
            guard.cancel()
        if sys.platform != "win32" and process.returncode == -signal.SIGKILL:
            raise TimeoutError(f"the script went on for {PATIENCE_S:g} s")
    return Stopped(" ".join(one.name for one in signals), tuple(printed.splitlines()), process.returncode)
