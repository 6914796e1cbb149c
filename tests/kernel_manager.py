"""Managers of kernels that take no ports."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager


def kernel_manager(**options: Any) -> KernelManager:
    """Return a manager whose kernel is reached over Unix sockets, where there are such sockets.

    As a rule jupyter_client looks for five free ports and gives them back; a second later the kernel takes them. On a
    machine on which others open connections all the time, somebody had taken one by then: "Address already in use".
    """
    if os.name != "posix":
        return KernelManager(**options)
    return KernelManager(transport="ipc", ip=str(Path(tempfile.gettempdir()) / f"kernel-{uuid.uuid4().hex}"), **options)
