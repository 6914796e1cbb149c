"""JupyterLab closes in mid-lesson, or is killed. Each checks that nothing is left, and that the next start works."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.browser.server import Server, jupyterlab
from tests.left_behind import cells
from tests.left_behind.lesson import Lesson
from tests.left_behind.marked import Left, Marked


def after_jupyterlab(marked: Marked) -> Left:
    """Close JupyterLab (SIGTERM) while a check is under way in one of its kernels, and start it again."""
    left = Left("SIGTERM to JupyterLab in mid-lesson")
    with jupyterlab_in_mid_lesson(marked):
        began = time.monotonic()
    left.gone_s = marked.until_gone(marked.leftovers) + time.monotonic() - began
    left.next_s = jupyterlab_again_s(marked)
    return left


def after_a_kill_of_jupyterlab(marked: Marked) -> Left:
    """Kill JupyterLab, and leave its kernel to notice that; then start JupyterLab again.

    What Jupyter has noted of its server and kernels (`jpserver-…json`, `kernel-…json`) stays, and is its own affair.
    """
    left = Left("SIGKILL of JupyterLab in mid-lesson")
    with jupyterlab_in_mid_lesson(marked) as server:
        os.kill(server.pid, signal.SIGKILL)
        left.gone_s = marked.until_gone(lambda: [*marked.processes(), *marked.listening(), *marked.temporary()])
    left.next_s = jupyterlab_again_s(marked)
    return left


@contextmanager
def jupyterlab_in_mid_lesson(marked: Marked) -> Iterator[Server]:
    """Start JupyterLab, and a check in one of its kernels; at the end JupyterLab is told to end."""
    folder = marked.new_folder("jupyterlab")
    with mock.patch.dict(os.environ, marked.environment), jupyterlab(folder) as server:
        now = Lesson(marked, KernelManager(), _connected(server))
        now.run(cells.SET_UP, cells.OPEN)
        now.begin(cells.LONG_CHECK)
        now.client.stop_channels()
        assert len(marked.processes()) >= 4  # with the server
        yield server


def jupyterlab_again_s(marked: Marked) -> float:
    """Start JupyterLab once more in the same places; return how long it and the next cells took."""
    began = time.monotonic()
    folder = marked.new_folder("jupyterlab again")
    with mock.patch.dict(os.environ, marked.environment), jupyterlab(folder) as server:
        now = Lesson(marked, KernelManager(), _connected(server))
        now.run(cells.SET_UP, *cells.LESSON)
        now.client.stop_channels()
        took_s = time.monotonic() - began
    marked.until_gone(marked.leftovers)
    return took_s


def _connected(server: Server) -> BlockingKernelClient:
    client = BlockingKernelClient()
    client.load_connection_file(str(server.runtime / f"kernel-{_new_kernel(server)}.json"))
    return client


def _new_kernel(server: Server) -> str:
    return str(server._ask("POST", "/api/kernels")["id"])
