"""A real kernel, driven as a notebook drives it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.kernel_manager import kernel_manager


@dataclass(frozen=True)
class Ran:
    """What came of one cell: what it printed and displayed, what it failed with, how long it took."""

    status: str
    text: str
    error: str
    seconds: float
    pictures: int
    traceback: str = ""  # as it is shown, without colours


class Kernel:
    """A kernel that runs one cell after another."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str, *, interrupt_after_s: float | None = None, timeout_s: float = 30.0) -> Ran:
        """Run a cell to its end; press Stop meanwhile, if asked to.

        Raises:
            TimeoutError: if the cell has not ended after `timeout_s`.
        """
        started = time.perf_counter()
        message_id = self._client.execute(code, allow_stdin=False)
        if interrupt_after_s is not None:
            time.sleep(interrupt_after_s)
            started = time.perf_counter()
            self._manager.interrupt_kernel()
        printed, error, status, pictures, traceback = [], "", "ok", 0, ""
        while True:
            left = timeout_s - (time.perf_counter() - started)
            if left <= 0:
                raise TimeoutError(f"the cell has not ended after {timeout_s} s:\n{code}")
            message = self._next(left)
            if message is None or message["parent_header"].get("msg_id") != message_id:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] in ("display_data", "execute_result"):
                printed.append(content["data"].get("text/plain", ""))
                pictures += "image/png" in content["data"]
            elif message["msg_type"] == "error":
                status, error = "error", f"{content['ename']}: {content['evalue']}"
                traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"]))
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                await_reply(self._client, message_id, timeout_s)
                return Ran(status, "".join(printed), error, time.perf_counter() - started, pictures, traceback)

    def debug(self) -> None:
        """Turn the debugger on, as JupyterLab's button does."""
        about = {"clientID": "jupyterlab", "adapterID": "", "linesStartAt1": True, "columnsStartAt1": True}
        for number, (command, arguments) in enumerate((("initialize", about), ("attach", {})), start=1):
            content = {"seq": number, "type": "request", "command": command, "arguments": arguments}
            self._client.control_channel.send(self._client.session.msg("debug_request", content))
            answer = self._client.get_control_msg(timeout=60)
            if not answer["content"].get("success", command == "attach"):
                raise RuntimeError(f"the debugger said no to {command}: {answer['content']}")

    def run_while_a_page_talks(self, code: str) -> None:
        """Run a cell, and send a message of a widget at the worst moment: when the reply is about to leave.

        Raises:
            TimeoutError: if the kernel has gone deaf.
        """
        message_id = self._client.execute(code, allow_stdin=False)
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            message = self._next(1)
            if message is None or message["parent_header"].get("msg_id") != message_id:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                self._client.shell_channel.send(self._client.session.msg("comm_info_request", {}))
                return await_reply(self._client, message_id, 10)
        raise TimeoutError(code)

    def _next(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            message: dict[str, Any] = self._client.get_iopub_msg(timeout=timeout_s)
        except Empty:
            return None
        return message


def await_reply(client: BlockingKernelClient, message_id: str, timeout_s: float) -> None:
    """Wait until the kernel has replied to a request, and not only until it is idle.

    It says that it is idle before its reply has left. ipykernel 7 before 7.4 sends the reply past the stream that reads
    requests from the same socket; where the next request comes in at that moment, the stream is never woken for it,
    and the kernel takes no cell any more (https://github.com/ipython/ipykernel/pull/1529).

    Raises:
        TimeoutError: if there is no reply after `timeout_s`.
    """
    deadline_s = time.monotonic() + timeout_s
    while (left_s := deadline_s - time.monotonic()) > 0:
        try:
            reply = client.get_shell_msg(timeout=left_s)
        except Empty:
            break
        if reply["parent_header"].get("msg_id") == message_id:
            return
    raise TimeoutError(f"no reply after {timeout_s} s")


@contextmanager
def kernel(cwd: Path) -> Iterator[Kernel]:
    """Start a kernel in a folder, as JupyterLab does for a notebook there."""
    manager = kernel_manager(kernel_name="python3")
    manager.start_kernel(cwd=str(cwd), extra_arguments=["--log-level=ERROR"])
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
