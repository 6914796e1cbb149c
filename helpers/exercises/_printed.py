"""What comes out of a pipe: its beginning kept, the rest counted."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import IO


class Printed:
    """Keeps the beginning of what comes out of a pipe, counts the rest, and never lets the pipe fill up."""

    def __init__(self, pipe: IO[bytes] | None, most: int) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._most = most
        self._kept = bytearray()
        self.total = 0
        self._thread = threading.Thread(target=self._read, name="grader-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(self._pipe.fileno(), 65536):
                self._kept += data[: max(0, self._most - len(self._kept))]
                self.total += len(data)

    @property
    def text(self) -> str:
        """What was kept."""
        return bytes(self._kept).decode(errors="replace")

    def close(self) -> None:
        """Wait for the rest; whoever could still write has been killed."""
        self._thread.join(timeout=1.0)
        if not self._thread.is_alive():
            self._pipe.close()
