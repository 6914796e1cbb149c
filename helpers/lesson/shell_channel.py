"""How the kernel answers its clients, mended. Loads nothing of the course: IPython runs it as a kernel starts."""

from __future__ import annotations

from typing import Any


def send_replies_through_the_stream(shell: Any) -> bool:
    """Keep the kernel of an IPython shell from going deaf, and return whether that was needed.

    ipykernel 7 before 7.4 sends replies past the stream that reads requests from the same socket. Where a message comes
    in at that moment (a widget in the page acknowledges a frame, a slider moves, "Run All" a moment after the start),
    the stream is never woken for it, and the kernel takes no cell any more: 4 of 60 kernels that were sent five cells
    as soon as they had said who they are. 7.4 does what is done here (https://github.com/ipython/ipykernel/pull/1529).
    """
    kernel = getattr(shell, "kernel", None)
    manager = getattr(getattr(kernel, "shell_channel_thread", None), "manager", None)
    stream = getattr(kernel, "shell_stream", None)
    if manager is None or stream is None or getattr(manager, "_shell_socket", None) is not stream.socket:
        return False
    manager._shell_socket = stream
    return True
