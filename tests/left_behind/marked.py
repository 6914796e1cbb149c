"""Whatever has our mark: processes that inherited it, their sockets, and files in folders that are ours alone."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MARK = "ASYNCIO_MEASURED_LEFT_BEHIND"
PATIENCE_S = 20.0  # for what has to end; on an idle machine a second is enough
_FOLDERS = ("TMPDIR", "HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")


@dataclass
class Left:
    """How a case went: nothing was left, or it would have raised.

    Attributes:
        gone_s: until the last process, port and temporary file had gone.
        next_s: how long the next cells took: a service, an experiment, a check; after a restart the set-up cell, too;
            after a kill a new kernel as well.
    """

    case: str
    gone_s: float = 0.0
    next_s: float = 0.0


@dataclass
class Marked:
    """The places that a kernel is given, and a mark in its environment that all it starts inherits."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    ports: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name in _FOLDERS:
            (self.folder / name).mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of whatever is to be watched."""
        places = {name: str(self.folder / name) for name in _FOLDERS}
        more = {MARK: self.mark, "BEGUN": str(self.begun), "ASYNCIO_MEASURED_PROGRESS": str(self.folder / "progress")}
        return {**os.environ, **places, **more, "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", _matplotlib())}

    @property
    def begun(self) -> Path:
        """A file that a cell makes when it is under way."""
        return self.folder / "begun"

    def new_folder(self, name: str) -> Path:
        """Make a folder for more that is to be watched."""
        (made := self.folder / name).mkdir()
        return made

    def connection_file(self) -> Path:
        """Return where the next kernel may write how it is reached."""
        return self.folder / "JUPYTER_RUNTIME_DIR" / f"kernel-{uuid.uuid4().hex}.json"

    def processes(self) -> list[psutil.Process]:
        """Return every process that has the mark, and note on which ports they listen."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark:
                    found.append(process)
                    listening = process.net_connections("tcp")
                    self.ports |= {each.laddr.port for each in listening if each.status == psutil.CONN_LISTEN}
        return found

    def called(self, program: str) -> list[int]:
        """Return the ids of the processes with the mark that run this program of the course."""
        return [process.pid for process in self.processes() if any(part.endswith(program) for part in _line(process))]

    def files(self) -> list[str]:
        """Return what lies in the folder for temporary files and in that for Jupyter's connections."""
        found = [*_below(self.folder / "TMPDIR"), *_below(self.folder / "JUPYTER_RUNTIME_DIR")]
        return sorted(str(path.relative_to(self.folder)) for path in found if path.name != "jupyter_cookie_secret")

    def temporary(self) -> list[Path]:
        """Return the temporary files."""
        return [path for path in _below(self.folder / "TMPDIR") if path.is_file()]

    def listening(self) -> list[int]:
        """Return the ports on which one of those processes listened, and somebody does."""
        return [port for port in sorted(self.ports) if _answers(port)]

    def leftovers(self) -> list[object]:
        """Return all that is left: processes, ports, files."""
        return [*self.processes(), *self.listening(), *self.files()]

    def until_gone(self, left: Callable[[], object], *, patience_s: float = PATIENCE_S) -> float:
        """Wait until nothing is left; return how many seconds that took.

        Raises:
            AssertionError: when something is.
        """
        began = time.monotonic()
        while found := left():
            assert time.monotonic() - began < patience_s, f"left behind: {found}"
            time.sleep(0.02)
        return time.monotonic() - began

    def end(self) -> None:
        """Kill whatever is left, so that a test that fails leaves nothing behind."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _matplotlib() -> str:
    """Return where matplotlib has its cache of fonts: to make it anew would take seconds."""
    import matplotlib as mpl

    return mpl.get_cachedir()


def _below(folder: Path) -> list[Path]:
    """Return what is in a folder, and in its folders. One that goes meanwhile is gone: `rglob` would raise."""
    return [Path(place) / name for place, folders, files in os.walk(folder) for name in (*folders, *files)]
