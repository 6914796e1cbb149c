"""Have kernels listen on Unix sockets, where there are such sockets: no other connection can take one from them.

As a rule jupyter_client looks for five free ports and gives them back, and a second later the kernel takes them. The
course opens connections by the thousand, from the same range of ports. A kernel that finds one taken does not end and
never answers: JupyterLab shows "Connecting" until somebody restarts the kernel (jupyter_server 2.21, ipykernel 7.3).
"""

from __future__ import annotations

import socket
import sys
import uuid
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir


def listens_in(folder: Path) -> bool:
    """Return whether a kernel could listen in a folder: its path may be too long, or its disk may know no sockets."""
    if sys.platform == "win32":
        return False
    path = folder / f"kernel-{uuid.uuid4()}-ipc-1"  # as jupyter_client calls it
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            trial.bind(str(path))
        except OSError:
            return False
        path.unlink()
    return True


c = get_config()  # type: ignore[name-defined]  # noqa: F821 - Jupyter brings it
if listens_in(Path(jupyter_runtime_dir())):
    c.KernelManager.transport = "ipc"
