"""The text streams of a process that runs an answer: nothing is lost if it dies, and what is written is counted."""

from __future__ import annotations

import io
from typing import Any


class Counted(io.FileIO):
    """A file that counts what is written to any of its kind.

    Attributes:
        bytes: how many so far, of all files together.
    """

    bytes = 0

    def write(self, data: Any, /) -> int:
        """Write, and count."""
        written = super().write(data)
        Counted.bytes += written or 0
        return written


def writes_to(number: int) -> io.TextIOWrapper:
    """Return a text stream to the file of this number, made anew: a fork's files are others."""
    raw = io.BufferedWriter(Counted(number, "wb", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="replace", line_buffering=True)
