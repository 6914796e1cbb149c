"""The daemon as the kernel sees it: a process, a pipe to it, and one thread that reads its replies."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from helpers._undebugged import undebugged
from helpers.services.errors import ServiceDied, ServiceError
from helpers.services.files import raise_file_limit

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "helpers" / "services" / "daemon" / "__main__.py"
ANSWER_LIMIT_S = 2.0
START_LIMIT_S = 30.0  # the first import from a cold disk on a small cloud machine takes seconds
LONGEST_LINE = 4096  # bytes that a pipe takes whole or not at all, whoever else writes
STDERR_SHOWN = 3000
NOT_INHERITED = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONPROFILEIMPORTTIME", "PYTHONSTARTUP", "PYTHONWARNINGS")
_HUNG_UP: dict[str, Any] = {"hung up": True}


class DaemonProcess:
    """Starts the process that hosts services, and exchanges commands with it.

    Safe from any thread. After a fork only the parent may use it.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._pending: dict[int, SimpleQueue[dict[str, Any]]] = {}
        self._ready = threading.Event()
        self._hung_up = False
        self._owner = os.getpid()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        try:
            self._process = self._spawn()
        except OSError as error:
            self._stderr.close()
            raise ServiceError(
                f"The process that hosts the services could not be started: {error}. "
                f"This process may have {raise_file_limit()} files open; close what is not needed."
            ) from error
        self._reader = threading.Thread(target=self._read, name="services-replies", daemon=True)
        self._reader.start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        raise_file_limit()
        environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        environment |= {"PYTHONUTF8": "1", "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
        # No certificates: the daemon calls nobody, and aiohttp reads them at import, which takes 60 ms.
        # -P: a random.py or json.py that lies beside a notebook is no business of the daemon's
        command = [sys.executable, "-P", str(PROGRAM), str(os.getpid())]
        windows: dict[str, Any] = {}
        if sys.platform == "win32":
            windows["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        with undebugged():
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=environment,
                cwd=ROOT,  # the kernel's own may be gone
                bufsize=0,
                start_new_session=True,
                **windows,
            )
        assert process.stdin is not None
        if sys.platform != "win32":
            os.set_blocking(process.stdin.fileno(), False)  # a stopped daemon must not stop us when the pipe is full
        return process

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs, and belongs to this process."""
        return self._owner == os.getpid() and not self._hung_up and self._process.poll() is None

    def ask(self, do: str, **args: Any) -> tuple[Any, list[Any]]:
        """Send a command and return its result, and the parts that came before it.

        Raises:
            ServiceDied: when the daemon has ended, with the end of what it wrote to stderr.
            ServiceError: when neither an answer nor a part of one comes for 2 s (30 s while it starts), or the daemon
                could not do it.
        """
        if self._owner != os.getpid():
            raise ServiceError(
                f"This service belongs to process {self._owner}; this is {os.getpid()}, forked from it. "
                "Its address works here, but ask for its journal, and change it, there."
            )
        number = next(self._numbers)
        replies = self._pending[number] = SimpleQueue()
        try:
            self._wait_until_ready()
            self._write({"id": number, "do": do, "args": args})
            return self._collect(do, replies)
        finally:
            self._pending.pop(number, None)  # a reply that comes later is dropped

    def _collect(self, do: str, replies: SimpleQueue[dict[str, Any]]) -> tuple[Any, list[Any]]:
        deadline = time.monotonic() + ANSWER_LIMIT_S
        parts: list[Any] = []
        while True:
            try:
                reply = replies.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise ServiceError(
                    f"The services did not answer {do!r} within {ANSWER_LIMIT_S:g} s. "
                    "services.shut_down() ends them; running the service's cell again starts new ones."
                ) from None
            if reply is _HUNG_UP:
                raise self._died()
            if "part" in reply:
                parts += reply["part"]
                deadline = time.monotonic() + ANSWER_LIMIT_S
            elif "result" in reply:
                return reply["result"], parts
            elif "stale" in reply:
                raise ServiceError(f"{reply['stale']} Run the cell that opens it again.")
            elif "error" in reply:
                raise ServiceError(f"The services could not carry out {do!r}: {reply['error']}")

    def _wait_until_ready(self) -> None:
        if not self._ready.wait(START_LIMIT_S):
            raise ServiceError(f"The process that hosts the services was not ready after {START_LIMIT_S:g} s.")
        if self._hung_up:
            raise self._died()

    def _write(self, command: dict[str, Any]) -> None:
        line = json.dumps(command).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            raise ServiceError(f"A command of {len(line)} bytes is too long; {LONGEST_LINE} is the limit.")
        assert self._process.stdin is not None
        try:
            os.write(self._process.stdin.fileno(), line)
        except BlockingIOError:
            raise ServiceError(
                "The process that hosts the services takes no more commands. Call services.shut_down()."
            ) from None
        except (OSError, ValueError):
            raise self._died() from None

    def _read(self) -> None:
        """Hand each reply to the call that waits for it, until the daemon hangs up."""
        try:
            for line in self._lines():
                reply = _as_reply(line)
                if "ready" in reply:
                    self._ready.set()
                elif waiting := self._pending.get(reply.get("id", 0)):
                    waiting.put(reply)
        except (OSError, ValueError):
            pass  # closed by shut_down
        self._hung_up = True
        self._ready.set()
        for waiting in list(self._pending.values()):
            waiting.put(_HUNG_UP)

    def _lines(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()  # read directly: an unbuffered file takes a line byte by byte
        rest = b""
        while data := os.read(descriptor, 2**20):
            *lines, rest = (rest + data).split(b"\n")
            yield from lines

    def _died(self) -> ServiceDied:
        try:
            status: int | str = self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            status = "unknown"
        return ServiceDied(
            f"The process that hosts the services has ended (exit status {status}).\n{self._last_words()}\n"
            "Run the cell that opens the service again: it starts a new one."
        )

    def _last_words(self) -> str:
        try:
            size = os.fstat(self._stderr.fileno()).st_size
            self._stderr.seek(max(0, size - STDERR_SHOWN))
            text = self._stderr.read().decode(errors="replace").strip()
        except (OSError, ValueError):  # shut down meanwhile
            text = ""
        return f"The end of its stderr:\n{text}" if text else "It wrote nothing to stderr."

    def close(self) -> None:
        """End the daemon: hang up, then kill it if that is not enough. Only the owner does."""
        if self._owner != os.getpid():
            return
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=1.0)
        stdout.close()
        self._stderr.close()

    def disown(self) -> None:
        """Let go of the pipe in a forked child: while the child held it, the daemon would outlive the parent."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.returncode = 0  # it is no child of ours: no wait, no warning


def _as_reply(line: bytes) -> dict[str, Any]:
    """Return the reply that a line carries; an empty one when it carries none, as what a library prints does."""
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) and isinstance(reply.get("id", 0), int) else {}
