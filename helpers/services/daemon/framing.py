"""Where one message ends and the next begins in a stream of bytes."""

from __future__ import annotations

import struct
from typing import ClassVar, Literal, Protocol, TypeAlias

LONGEST_LINE = 64 * 1024
LONGEST_MESSAGE = 1024**2
_LENGTH = struct.Struct(">I")

Name: TypeAlias = Literal["line", "length"]


class BadFrame(ValueError):
    """Bytes that can't be cut into messages; the text says why."""


class Framing(Protocol):
    """A way to cut a stream into messages."""

    what: ClassVar[str]
    """What a message is made of, to tell someone who sent half of one."""

    def take(self, buffer: bytearray) -> bytes | None:
        """Take the first whole message out of the buffer; None when there is none yet.

        Raises:
            BadFrame: when there will never be one.
        """

    def wrap(self, message: bytes) -> bytes:
        """Return the message as it is sent."""


class Lines:
    """A message is a line: all up to the next line feed, which is not part of it."""

    what: ClassVar[str] = "a line ends with a line feed"

    def take(self, buffer: bytearray) -> bytes | None:
        """Take the first line out of the buffer; None when there is none yet."""
        end = buffer.find(b"\n", 0, LONGEST_LINE + 1)
        if end < 0:
            if len(buffer) > LONGEST_LINE:
                raise BadFrame(f"a line is longer than {LONGEST_LINE} bytes")
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        return line

    def wrap(self, message: bytes) -> bytes:
        """Return the message with a line feed behind it."""
        return message + b"\n"


class Lengths:
    """A message is announced by its length: four bytes, the highest first."""

    what: ClassVar[str] = "a message is as long as its first four bytes announce"

    def take(self, buffer: bytearray) -> bytes | None:
        """Take the first message out of the buffer; None when it is not whole yet."""
        if len(buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(buffer)
        if length > LONGEST_MESSAGE:
            raise BadFrame(f"the announced length is {length}; {LONGEST_MESSAGE} bytes is the limit")
        end = _LENGTH.size + length
        if len(buffer) < end:
            return None
        message = bytes(buffer[_LENGTH.size : end])
        del buffer[:end]
        return message

    def wrap(self, message: bytes) -> bytes:
        """Return the message with its length before it."""
        return _LENGTH.pack(len(message)) + message


FRAMINGS: dict[Name, Framing] = {"line": Lines(), "length": Lengths()}
