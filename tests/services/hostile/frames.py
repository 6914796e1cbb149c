"""WebSocket frames and messages over TCP as nobody should send them."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from tests.services.hostile.requests import HANDSHAKE

MASK = b"\x0b\x0e\x0e\x0f"
OPENINGS = [b"GET %b HTTP/1.1\r\n" % path + HANDSHAKE + b"\r\n" for path in (b"/", b"/channel", b"/channel?after=0")]


def frame(
    opcode: int, payload: bytes = b"", *, head: int = 0x80, masked: bool = True, announced: int | None = None
) -> bytes:
    """Return a frame; `head` has its highest four bits, `announced` the length that it claims to have."""
    length = len(payload) if announced is None else announced
    bit = 0x80 if masked else 0
    if length < 126:
        size = struct.pack(">B", bit | length)
    elif length < 65536:
        size = struct.pack(">BH", bit | 126, length)
    else:
        size = struct.pack(">BQ", bit | 127, length)
    body = bytes(byte ^ MASK[n % 4] for n, byte in enumerate(payload)) if masked else payload
    return bytes([head | opcode]) + size + (MASK if masked else b"") + body


_payloads = st.one_of(
    st.just(b"hello"),
    st.binary(max_size=40),
    st.sampled_from(
        [b"\xff\xfe", b"\xed\xa0\x80", b"\x03\xe8bye", b"\x00", b"\x00\x00", b"\xff\xff\xff", b"a" * 70_000]
    ),
)
_frames = st.builds(
    frame,
    st.sampled_from([0, 1, 1, 1, 2, 2, 8, 9, 10, 3, 7, 11, 15]),
    _payloads,
    head=st.sampled_from([0x80] * 6 + [0x00] * 3 + [0xC0, 0xA0, 0x90, 0xF0]),
    masked=st.sampled_from([True] * 5 + [False]),
    announced=st.sampled_from([None] * 6 + [0, 1, 125, 126, 65535, 2**20 + 1, 2**31, 2**63, 2**64 - 1]),
)
conversations = st.builds(
    lambda opening, frames: opening + b"".join(frames), st.sampled_from(OPENINGS), st.lists(_frames, max_size=5)
)
WEBSOCKET_CORPUS = [
    *OPENINGS,
    *(OPENINGS[0] + frame(1, b"hello") + frame(2, b"bytes") + frame(9, b"ping") + frame(8, b"\x03\xe8") for _ in "1"),
    OPENINGS[1] + frame(1, b"hel", head=0) + frame(0, b"lo") + frame(10),
]

_line = st.one_of(
    st.binary(max_size=60), st.sampled_from([b"", b"\r", b"\0" * 9, b"a" * 65_536, b"b" * 65_537, b"\xff"])
)
lines = st.builds(
    lambda parts, end: b"\n".join(parts) + end, st.lists(_line, max_size=6), st.sampled_from([b"", b"\n"])
)
LINE_CORPUS = [
    b"hello\n",
    b"one\ntwo\nthree\n",
    b"\n" * 50,
    b"half",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"x" * 3000 + b"\n",
]


def message(payload: bytes, announced: int | None = None) -> bytes:
    """Return a message with its length before it, or with another length."""
    return struct.pack(">I", len(payload) if announced is None else announced) + payload


_lengths = st.sampled_from([None] * 6 + [0, 1, 3, 2**20, 2**20 + 1, 2**31, 2**32 - 1])
messages = st.builds(
    lambda parts, rest: b"".join(parts) + rest,
    st.lists(st.builds(message, st.binary(max_size=60) | st.just(b"c" * 70_000), _lengths), max_size=6),
    st.binary(max_size=3),
)
LENGTH_CORPUS = [
    message(b"hello"),
    message(b"one") + message(b"two"),
    message(b""),
    message(b"half")[:6],
    message(b"x" * 3000),
]
