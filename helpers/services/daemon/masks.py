"""Whether each frame of a WebSocket's client is masked: RFC 6455 asks for it, aiohttp does not look."""

from __future__ import annotations

import asyncio

MASKED = 0x80
LENGTHS = {126: 2, 127: 8}  # bytes that a longer length takes


class Masks:
    """Follows the frames in a stream of bytes, however they are cut.

    >>> masks = Masks()
    >>> masks.feed(bytes([0x81, 0x82, 1, 2, 3, 4]) + b"hi"), masks.feed(bytes([0x81])), masks.feed(bytes([2]) + b"hi")
    (True, True, False)
    """

    def __init__(self) -> None:
        self.broken = asyncio.Event()
        """Set when a frame is not masked."""
        self._head = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; return whether every frame whose head has come so far is masked."""
        place = 0
        while place < len(data):
            step = min(self._skip, len(data) - place)
            self._skip -= step
            place += step
            while not self._skip and place < len(data):
                self._head.append(data[place])
                place += 1
                if len(self._head) >= 2 and not self._head[1] & MASKED:
                    self.broken.set()
                    return False
                self._end_of_head()
        return True

    def _end_of_head(self) -> None:
        if len(self._head) < 2:
            return
        short = self._head[1] & ~MASKED
        more = LENGTHS.get(short, 0)
        if len(self._head) == 2 + more:
            self._skip = 4 + (int.from_bytes(self._head[2:]) if more else short)
            self._head.clear()
