"""A JupyterLab as `python -m helpers` starts it, on a copy of the course in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.lesson.course import Course
from tests.jupyter_server import started

COPIED = ("helpers", "notebooks", "data", "requirements.txt", "constraints.txt")
PLACES = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, the token that it asks for, the course, its process and its runtime folder."""

    url: str
    token: str
    course: Course
    pid: int
    runtime: Path

    def end_kernels(self) -> None:
        """End every kernel, as when the machine was switched off over night."""
        for session in self._ask("GET", "/api/sessions"):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Store settings of one of JupyterLab's plugins; a page that is opened from now on has them."""
        self._ask("PUT", f"/lab/api/settings/{plugin}", {"raw": json.dumps(values)})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # always on loopback
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or "null")


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Server]:
    """Start JupyterLab on a copy of the course below `folder`, with every place where it keeps things there, too."""
    course = copy_of_course(folder / "course")
    environment = os.environ | {place: str(folder / place) for place in PLACES}
    (folder / "HOME").mkdir()
    command = [sys.executable, "-m", "helpers", "--no-browser", "--port", "0", "--"]
    command += ["--ServerApp.ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command += ["--allow-root"]
    log = folder / "jupyterlab.log"
    # The path of a kernel's socket has room for 107 bytes, and a folder of pytest's takes up most of them.
    with tempfile.TemporaryDirectory(prefix="lab-") as runtime, log.open("wb") as stream:
        environment["JUPYTER_RUNTIME_DIR"] = runtime
        process = subprocess.Popen(command, cwd=course.root, env=environment, stdout=stream, stderr=stream)
        try:
            address = started(process, runtime=Path(runtime), log=log)
            yield Server(address.url, address.token, course, process.pid, Path(runtime))
        finally:
            process.terminate()  # shuts the kernels down, too
            process.wait(timeout=30)


def copy_of_course(root: Path) -> Course:
    """Copy what a learner's checkout has of the course."""
    here = Course.here().root
    root.mkdir()
    for name in COPIED:
        if (here / name).is_dir():
            shutil.copytree(
                here / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            )
        else:
            shutil.copy(here / name, root / name)
    return Course(root)
