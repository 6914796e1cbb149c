"""A kernel in mid-lesson, as JupyterLab has one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from helpers.lesson.course import Course
from tests.kernel_manager import kernel_manager
from tests.left_behind import cells
from tests.left_behind.marked import PATIENCE_S, Marked
from tests.lesson.kernels import Kernel, Ran

DAEMON, GRADER = "services/daemon/__main__.py", "exercises/_child.py"


class Lesson:
    """A kernel, and what is under way in it."""

    def __init__(self, marked: Marked, manager: KernelManager, client: BlockingKernelClient | None = None) -> None:
        self.marked = marked
        self.manager = manager
        self._connect(client or manager.blocking_client())

    def _connect(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.client.start_channels()
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client.wait_for_ready(timeout=60)
                break
            except RuntimeError:  # it takes a kernel that another process starts for dead until its heart beats
                assert time.monotonic() < deadline
        self.kernel = Kernel(self.manager, self.client)

    def run(self, *sources: str) -> list[Ran]:
        """Run cells, and check that none fails.

        Raises:
            AssertionError: when one does, with what it said.
        """
        ran = [self.kernel.run(source, timeout_s=60) for source in sources]
        for one in ran:
            assert one.status == "ok", one.error
        return ran

    def begin(self, source: str) -> None:
        """Run a cell until it is under way, and no longer."""
        self.marked.begun.unlink(missing_ok=True)
        self.client.execute(source, allow_stdin=False)
        deadline = time.monotonic() + PATIENCE_S
        while not self.marked.begun.exists():
            assert time.monotonic() < deadline, "the cell did not come so far"
            time.sleep(0.01)

    def until_over(self) -> str:
        """Wait until the cell that was begun has ended; return all that it said."""
        said = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            content = message["content"]
            said.append(str(content.get("text", "")) + str(content.get("evalue", "")))
            if content.get("execution_state") == "idle" and "execute" in message["parent_header"].get("msg_type", ""):
                self.client.get_shell_msg(timeout=PATIENCE_S)
                return "".join(said)

    def census(self) -> dict[str, Any]:
        """Return the kernel's tasks, threads, children, sockets and open files."""
        counted: dict[str, Any] = json.loads(self.kernel.run(cells.CENSUS).text)
        return counted

    def restart(self) -> None:
        """Restart the kernel, as the button does."""
        self.client.stop_channels()
        self.manager.restart_kernel(now=False)
        self._connect(self.manager.blocking_client())

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        assert self.manager.provisioner is not None
        pid = self.manager.provisioner.pid  # type: ignore[attr-defined] # of a local one
        assert isinstance(pid, int)
        return pid


@contextmanager
def lesson(marked: Marked, *, opened: bool = True) -> Iterator[Lesson]:
    """Start a kernel, and run the set-up cell and the one that opens a service."""
    manager = kernel_manager(kernel_name="python3", connection_file=str(marked.connection_file()))
    manager.start_kernel(
        cwd=str(Course.here().source), env=marked.environment, extra_arguments=["--log-level=CRITICAL"]
    )
    client = manager.blocking_client()
    try:
        started = Lesson(marked, manager)
        client = started.client
        if opened:
            started.run(cells.SET_UP, cells.OPEN)
        yield started
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
