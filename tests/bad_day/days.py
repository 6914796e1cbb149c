"""Bad days: the conditions that a crippled machine puts a learner in, each as a context manager.

A `Day` runs programs in its conditions, and what they start inherits them. What this machine can't have raises
`NotHereError`, with the reason.

    with days.together("a proxy in the environment", "24 ports") as (day, missing):
        day.run("-m", "helpers", "ready")
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from helpers.lesson.course import Course

ROOT = Course.here().root
PARTS = ("helpers", "data", "notebooks", "tests", "requirements.txt", "constraints.txt", "pyproject.toml")
FILES = 256
PORTS = 24
MEMORY_MIB = 512
ELSEWHERE = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
NOBODY_LISTENS = "http://127.0.0.1:9"
PIN = "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); os.execvp(sys.argv[1], sys.argv[1:])"
FEW_PORTS = f"""
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as few:
    few.write("40000 {40000 + PORTS - 1}")
os.execvp(sys.argv[1], sys.argv[1:])
"""


class NotHereError(Exception):
    """These conditions can't be had on this machine. The message says why."""


@dataclass(frozen=True)
class Day:
    """What a program runs under: the commands that lead to it, its environment, and which checkout it is of."""

    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT

    def start(self, *arguments: str, output: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start Python with these arguments, in the checkout. What it says on stdout and stderr goes the same way."""
        return self._popen(arguments, stdout=output, stderr=subprocess.STDOUT)

    def run(self, *arguments: str, timeout_s: float = 90.0) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments, in the checkout, and return what came of it."""
        with self._popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                stdout, stderr = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def _popen(self, arguments: Sequence[str], *, stdout: IO[str] | int, stderr: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.prefix, sys.executable, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONUTF8": "1", **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )


@contextmanager
def one_core() -> Iterator[Day]:
    """One core for everything."""
    if not hasattr(os, "sched_setaffinity"):
        raise NotHereError("no process can be pinned to one core here")
    yield Day((sys.executable, "-c", PIN))


@contextmanager
def few_files() -> Iterator[Day]:
    """256 open files for each process."""
    if os.name != "posix":
        raise NotHereError("Windows has no such limit")
    yield Day(("sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh"))


@contextmanager
def proxy() -> Iterator[Day]:
    """A proxy in the environment, as companies and schools have them. This one does not answer."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    yield Day(environment=dict.fromkeys(names, NOBODY_LISTENS) | {"no_proxy": "example.org", "NO_PROXY": "example.org"})


@contextmanager
def homeless() -> Iterator[Day]:
    """A HOME that can't be written, as in a container that runs as just any user."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o555)
        forget = [part for name in ELSEWHERE for part in ("-u", name)]
        yield Day(("env", *forget, *without_roots_rights()), {"HOME": str(home)})


@contextmanager
def another_path() -> Iterator[Day]:
    """A checkout in a folder with spaces and letters beyond ASCII in its name."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "Kurse für Übungen ✓"
        for part in PARTS:
            copy(ROOT / part, root / part)
        yield Day(root=root)


@contextmanager
def read_only() -> Iterator[Day]:
    """A checkout that can't be written."""
    rights = without_roots_rights()
    with another_path() as day:
        folders = [day.root, *(path for path in day.root.rglob("*") if path.is_dir())]
        for path in folders:
            path.chmod(0o555)
        try:
            yield Day(rights, root=day.root)
        finally:
            for path in folders:
                path.chmod(0o755)


@contextmanager
def few_ports() -> Iterator[Day]:
    """A network of its own with 24 ports to give out, for listening and for connecting."""
    prefix = ("unshare", "--net", sys.executable, "-c", FEW_PORTS)
    if not _works(*prefix, "true"):
        raise NotHereError("a network of its own takes Linux, root and the program unshare")
    yield Day(prefix)


@contextmanager
def short_of_memory() -> Iterator[Day]:
    """512 MiB of memory for everything: who takes more is killed."""
    group, limit = _memory_group()
    try:
        (group / limit).write_text(str(MEMORY_MIB * 2**20))
        yield Day(("sh", "-c", 'echo $$ > "$0"/cgroup.procs && exec "$@"', str(group)))
    finally:
        for _ in range(100):  # the last of its processes may still be on its way out
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)


def _memory_group() -> tuple[Path, str]:
    """Return a new control group, and the name of the file that limits its memory (cgroup v1 or v2)."""
    for base, limit in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        group = base / f"asyncio-measured-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / limit).exists():
            return group, limit
        group.rmdir()
    raise NotHereError("this process may not make a control group that limits memory")


DAYS: Mapping[str, Callable[[], AbstractContextManager[Day]]] = {
    "one core": one_core,
    "256 files": few_files,
    "512 MiB of memory": short_of_memory,
    "a path with spaces and ✓": another_path,
    "a read-only checkout": read_only,
    "a HOME that can't be written": homeless,
    "a proxy in the environment": proxy,
    "24 ports": few_ports,
}


@contextmanager
def together(*names: str) -> Iterator[tuple[Day, list[str]]]:
    """Have several conditions on one day. Yields it, and what can't be had here, with the reasons."""
    day, missing = Day(), []
    with ExitStack() as stack:
        for name in names:
            try:
                also = stack.enter_context(DAYS[name]())
            except NotHereError as reason:
                missing.append(f"{name}: {reason}")
                continue
            root = day.root if also.root == ROOT else also.root
            day = Day((*day.prefix, *also.prefix), {**day.environment, **also.environment}, root)
        yield day, missing


def without_roots_rights() -> tuple[str, ...]:
    """Return the command under which root, too, is refused what the modes of files refuse."""
    if not hasattr(os, "geteuid"):
        raise NotHereError("folders have no modes on Windows")
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if not _works(*prefix, "true"):
        raise NotHereError("root may write everywhere, and there is no setpriv to take that away")
    return prefix


def copy(source: Path, target: Path) -> None:
    """Copy a part of the checkout, without what tools have left in it."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _works(*command: str) -> bool:
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
