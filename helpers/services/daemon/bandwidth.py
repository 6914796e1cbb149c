"""How fast bytes leave: one line that all answers of a service share."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter_ns

from helpers.services.daemon.timer import at

PIECES_A_SECOND = 50  # so that answers on their way at once take turns, and none comes in lumps
LARGEST_PIECE = 64 * 1024


class Bandwidth:
    """A line that carries so many bytes a second, one piece after another; None: as many as like."""

    def __init__(self, bytes_per_s: int | None) -> None:
        self.bytes_per_s = bytes_per_s
        self._free_ns = 0

    @property
    def limited(self) -> bool:
        """Whether anything has to wait for its turn."""
        return self.bytes_per_s is not None

    async def carry(self, n: int) -> None:
        """Return when the last of n bytes is through."""
        if self.bytes_per_s is None or not n:
            return
        self._free_ns = max(self._free_ns, perf_counter_ns()) + round(n / self.bytes_per_s * 1e9)
        await at(self._free_ns, lambda: None)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Cut data into what is carried at a time."""
        size = LARGEST_PIECE
        if self.bytes_per_s is not None:
            size = max(1, min(size, self.bytes_per_s // PIECES_A_SECOND))
        for begin in range(0, len(data), size):
            yield data[begin : begin + size]
