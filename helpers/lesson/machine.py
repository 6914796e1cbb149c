"""Is this machine ready for the course? A table of checks, each with what to do when it fails."""

from __future__ import annotations

import html
import importlib.metadata
import os
import socket
import sys
import tempfile
import textwrap
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers import _told
from helpers.lesson import packages
from helpers.lesson.course import Course

MEMORY_WANTED_MIB = 500  # a kernel with the services takes about 150, JupyterLab about as much
FILES_WANTED = 4096  # sockets are files: the lesson on scalability opens thousands


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `advice` says what to do, and is empty where nothing is to be done."""

    name: str
    seen: str
    advice: str = ""
    essential: bool = True

    @property
    def result(self) -> str:
        if not self.advice:
            return "ready"
        return "PROBLEM" if self.essential else "to know"


@dataclass(frozen=True)
class Report:
    """All checks. Its text is the same on every machine that is ready: what was seen comes with `details()`."""

    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing essential is wrong."""
        return not any(check.essential and check.advice for check in self.checks)

    @property
    def verdict(self) -> str:
        """The last line: one sentence."""
        if self.ready:
            return "This machine is ready."
        return "This machine is not ready yet: see what to do at each PROBLEM."

    def details(self) -> str:
        """Return the table as text, with what was seen on this machine."""
        return self._text(lambda check: f"{check.result:<7}  {check.seen}")

    def __repr__(self) -> str:
        return self._text(lambda check: check.result)

    def _text(self, result: Callable[[Check], str]) -> str:
        width = max(len(check.name) for check in self.checks)
        lines = []
        for check in self.checks:
            lines.append(f"{check.name:<{width}}  {result(check)}".rstrip())
            if check.advice:
                indent = " " * (width + 2)
                lines += textwrap.wrap(check.advice, 110, initial_indent=indent, subsequent_indent=indent)
        return "\n".join([*lines, self.verdict])

    def _repr_html_(self) -> str:
        rows = "\n".join(
            f'<tr><th scope="row">{html.escape(check.name)}</th><td>{check.result}</td>'
            f"<td>{html.escape(check.advice)}</td></tr>"
            for check in self.checks
        )
        return (
            "<table>\n<thead><tr><th>Check</th><th>Result</th><th>What to do</th></tr></thead>\n"
            f"<tbody>\n{rows}\n</tbody>\n</table>\n<p>{html.escape(self.verdict)}</p>"
        )


def ready() -> Report:
    """Check this machine, in about a second.

    In a notebook, put it on the last line of a cell: it shows as a table. In a terminal: `python -m helpers ready`.
    """
    incomplete = any(problem.installed is None for problem in packages.problems())
    report = Report(tuple(_run(name, check, incomplete=incomplete) for name, check in _CHECKS))
    lacking = ", ".join(check.name for check in report.checks if check.essential and check.advice)
    _told.tell("ready", page="00", key="machine", right=report.ready, text=lacking)
    return report


def _run(name: str, check: Callable[[], tuple[str, str, bool]], *, incomplete: bool = False) -> Check:
    try:
        seen, advice, essential = check()
    except Exception as error:  # a check that breaks is a finding, not the end of the table
        if incomplete:
            return Check(name, "not known yet", "Install the missing packages first.")
        return Check(name, type(error).__name__, f"This check failed with {type(error).__name__}: {error}")
    return Check(name, seen, advice, essential)


def _python() -> tuple[str, str, bool]:
    advice = "" if sys.version_info >= (3, 11) else packages.python_too_old()
    return f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.executable}", advice, True


def _packages() -> tuple[str, str, bool]:
    problems = packages.problems()
    seen = "as requirements.txt asks" if not problems else f"{len(problems)} missing or out of range"
    return seen, packages.advice(problems) if problems else "", True


def _ipykernel() -> tuple[str, str, bool]:
    version = importlib.metadata.version("ipykernel")
    advice = ""
    if version.startswith("7.4"):
        advice = (
            "In ipykernel 7.4 a slider that is moved while a cell runs stays stuck. "
            f'Run: {sys.executable} -m pip install "ipykernel<7.4" - and restart the kernel.'
        )
    return version, advice, True


def _services() -> tuple[str, str, bool]:
    from helpers import services

    with services.http("ready-check", latency_s=0.0) as service:
        # No proxy, whatever the environment says: loopback is never behind one.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(service.url, timeout=5) as response:
            return f"{service.url} says {response.status}", "", True


def _loopback() -> tuple[str, str, bool]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address, timeout=2) as client, server.accept()[0] as peer:
            client.sendall(b"?")
            if peer.recv(1) != b"?":
                raise OSError("what was sent to 127.0.0.1 did not arrive")
    return "127.0.0.1 reaches itself", "", True


def _proxies() -> tuple[str, str, bool]:
    proxies = sorted(name for name in urllib.request.getproxies() if name in ("http", "https", "all"))
    if not proxies or urllib.request.proxy_bypass("127.0.0.1"):
        return "none for 127.0.0.1", "", False
    if urllib.request.getproxies_environment().keys() & set(proxies):
        return f"a proxy for {', '.join(proxies)}, from which the lessons exempt 127.0.0.1", "", False
    return (
        f"a proxy for {', '.join(proxies)}",
        "The system's settings name a proxy that 127.0.0.1 is not exempt from. For `requests` to reach the services, "
        "add 127.0.0.1 and localhost to the exceptions in those settings.",
        False,
    )


def _open_files() -> tuple[str, str, bool]:
    if sys.platform == "win32":
        return "no limit on Windows", "", False
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= FILES_WANTED:
        return "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}", "", False
    return (
        f"only {hard}",
        f"A process may open only {hard} files here, and each connection is one. Lessons with thousands of connections "
        f"will use fewer. To raise it: ulimit -Hn {FILES_WANTED} as an administrator, or the limits of your container.",
        False,
    )


def _memory() -> tuple[str, str, bool]:
    import psutil

    free = psutil.virtual_memory().available // 2**20
    limited = _container_memory_mib()
    if limited is not None:
        free = min(free, limited)
    if free >= MEMORY_WANTED_MIB:
        return f"{free} MiB free", "", False
    return f"{free} MiB free", f"Close other programs or kernels: {MEMORY_WANTED_MIB} MiB are wanted.", False


def _container_memory_mib(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return what a container (Binder, a Hub) has left, or None where nothing limits it. psutil sees the whole host."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else (int(limit) - used) // 2**20


def _workbook() -> tuple[str, str, bool]:
    course = Course.here()
    folder = course.workbook if course.workbook.is_dir() else course.root
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        who = f" by {os.environ['USER']}" if os.environ.get("USER") else ""
        advice = f"{folder} can't be written to{who} ({error.strerror}). Clone the course into a folder of your own."
        return f"{folder} is read-only", advice, True
    return f"{folder} can be written to", "", True


_CHECKS: Sequence[tuple[str, Callable[[], tuple[str, str, bool]]]] = (
    ("Python 3.11 or newer", _python),
    ("Packages", _packages),
    ("ipykernel, not 7.4", _ipykernel),
    ("Loopback network", _loopback),
    ("No proxy in the way", _proxies),
    ("Services answer", _services),
    ("Open files", _open_files),
    ("Free memory", _memory),
    ("Workbook can be saved", _workbook),
)
