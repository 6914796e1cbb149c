"""The program that page 12 builds, finished, in a process of its own and with a file of its own.

    async with FinishedService() as service, aiohttp.ClientSession(service.url) as session:
        ...
        service.send("SIGTERM")
        print(await service.ended(), len(service.kept()))

It ends when the block does, or the kernel. You can have a broken one to compare with: it acknowledges a measurement
before it is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from helpers._undebugged import undebugged

PROGRAM = Path(__file__).parents[2] / "notebooks" / "take_home" / "12_service"
PATIENCE_S = 10.0
# What breaks it, if it is to be broken, and what ends it with the kernel, whose end of the pipe closes.
STARTER = """
import asyncio, os, runpy, sys, threading, time
folder, disk_s, broken = sys.argv.pop(1), float(sys.argv.pop(1)), sys.argv.pop(1)
sys.path.insert(0, folder)
import store
commit = store.Store._commit
def slowly(self, batch):
    time.sleep(disk_s)
    return commit(self, batch)
async def add(self, measurement):
    self.waiting.put_nowait((measurement, asyncio.get_running_loop().create_future()))
    return 1
store.Store._commit = slowly
if broken:
    store.Store.add = add
def watch():
    sys.stdin.read()
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
runpy.run_path(folder, run_name="__main__")
"""


def _started(command: list[str], **options: Any) -> subprocess.Popen[str]:
    with undebugged():
        return subprocess.Popen(command, **options)


class FinishedService:
    """The program, running. Use it with `async with`.

    Args:
        options: of its command line, such as `burst=3`.
        acknowledges_first: break it: it acknowledges a measurement on arrival, and writes it a little later.
        disk_s: how much longer each commit takes, as on a slower disk.

    Raises:
        NotImplementedError: on Windows, where no other process can be sent a SIGTERM that it could handle.
    """

    def __init__(self, *, acknowledges_first: bool = False, disk_s: float = 0.0, **options: float | str) -> None:
        if os.name == "nt":
            raise NotImplementedError("Windows can't send a process SIGTERM: read the stored output instead.")
        self._broken = "acknowledges first" if acknowledges_first else ""
        self._disk_s = disk_s
        self._options = options
        self.url = ""

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="asyncio-measured-")
        self._file = Path(self._folder.name, "measurements.sqlite")
        options = {"port": 0, "database": str(self._file), **self._options}
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        pipe = subprocess.PIPE
        self._process = await asyncio.to_thread(
            _started,
            [sys.executable, "-c", STARTER, str(PROGRAM), str(self._disk_s), self._broken, *arguments],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,  # Stop interrupts the kernel, not this
        )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                said = await asyncio.to_thread(self._process.stdout.readline)
        except BaseException:
            self._close()
            raise
        if not said.startswith("ready "):
            self._process.kill()
            _, error = self._process.communicate()
            self._close()
            raise ChildProcessError(f"the service did not start: {(error.splitlines() or ['?'])[-1]}")
        self.url = said.split()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def send(self, name: str) -> None:
        """Send it a signal, by its name: "SIGTERM", "SIGKILL"."""
        self._process.send_signal(signal.Signals[name])

    async def ended(self) -> str:
        """Wait until it has ended, and return how: "exit status 0", "ended by SIGKILL"."""
        status = await asyncio.to_thread(self._process.wait, PATIENCE_S)
        return f"exit status {status}" if status >= 0 else f"ended by {signal.Signals(-status).name}"

    def kept(self) -> set[str]:
        """Return the keys of the measurements in its file."""
        with contextlib.closing(sqlite3.connect(self._file)) as database:
            return {str(key) for (key,) in database.execute("SELECT key FROM measurement")}

    def _close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()
