"""What a hostile client of a board sends: it knows the code and has a key, and is right in most of what it sends."""

from __future__ import annotations

import json
import string
from random import Random
from typing import Any

from tests.services.hostile.cases import WAYS, Case

Headers = list[tuple[bytes, bytes]]

_NUMBERS = [0, -1, 1.5, 1e14, 1e15, 10**400, 2**63, float("nan"), float("inf"), True, "1", None, [], {}]
_TEXTS = ["", "Await it.", "x" * 200, "x" * 201, "<script>alert(1)</script>", "\ud800", "\x00", "\u202e", "é" * 100]
_FIELDS = ["kind", "page", "key", "value", "right", "text", "unit", "section", "id", "number", "\ud800", "__class__"]
_GOOD: list[dict[str, Any]] = [
    {"kind": "guess", "page": "01", "key": "01-tasks", "value": 250.0, "text": "How many ms?", "unit": "ms"},
    {"kind": "measured", "page": "01", "key": "01-tasks", "value": 105.5, "unit": "ms"},
    {"kind": "check", "page": "01", "key": "1.1", "right": False, "text": "Start them together.", "section": "tasks"},
    {"kind": "check", "page": "01", "key": "1.1", "right": True},
    {"kind": "ready", "page": "00", "key": "machine", "right": False, "text": "Memory"},
]
_KEYS = string.ascii_letters + string.digits + "_.:-é"
_BODIES = [b"", b"{}", b"[]", b'{"events": NaN}', b'{"events": 5}', b"\xff\xfe{\x00}\x00", b"9" * 5000, b"[" * 4000]
_BODIES += [b"[" * 100_000, b'{"events":' * 400, b'"' + b"x" * 300_000, b'{"nickname": "\\ud800"}']
_METHODS = [b"GET", b"HEAD", b"PUT", b"OPTIONS", b"TRACE", b"DELETE", b"\xff", b"get", b""]
_HOSTS = [b"localhost", b"[::1]:1", b"[", b"evil.example", b"127.0.0.1.evil.example", b"1" * 300, b"\xff", b""]
_ORIGINS = [b"http://127.0.0.1", b"null", b"http://evil.example", b"://", b"", b"\xff", b"file://"]
_LENGTHS = [b"0", b"-1", b"4097", b"9" * 20, b"5, 5", b"0x5", b"", b"3"]
_CODINGS = [b"gzip", b"deflate", b"br", b"zstd", b"x"]


def _anything(rng: Random, *, deep: int = 3) -> Any:
    match rng.randrange(5):
        case 0 if deep:
            return [_anything(rng, deep=deep - 1) for _ in range(rng.randrange(4))]
        case 1 if deep:
            return {rng.choice(_TEXTS): _anything(rng, deep=deep - 1) for _ in range(rng.randrange(4))}
        case 2:
            return "".join(map(chr, rng.choices(range(0x2FF), k=rng.randrange(12))))
        case 3:
            return rng.choice(_TEXTS)
        case _:
            return rng.choice(_NUMBERS)


def _event(rng: Random) -> dict[str, Any]:
    """Return an event: good in half of the cases, else with a field or two that are not."""
    event = dict(rng.choice(_GOOD), id=rng.randbytes(8).hex())
    if rng.random() < 0.3:  # of a question that there is not: nobody must keep such for ever
        event["key"] = "".join(rng.choices(_KEYS, k=rng.randrange(1, 61)))
    for _ in range(rng.choice((0, 0, 1, 2))):
        event[rng.choice(_FIELDS)] = _anything(rng)
    return event


def _body(rng: Random) -> bytes:
    match rng.randrange(6):
        case 0 | 1:
            return json.dumps({"events": [_event(rng) for _ in range(rng.randrange(1, 4))]}).encode()
        case 2:
            return json.dumps({"nickname": _anything(rng), "events": _anything(rng)}).encode()
        case 3:
            return json.dumps(_anything(rng)).encode()
        case 4:
            return rng.randbytes(rng.randrange(60))
        case _:
            return rng.choice(_BODIES)


class Insider:
    """A learner who means harm: where the board is, its code, and a key of their own.

    Args:
        host: as a Host header has it.
        path: with the code: "/k7fq".
        key: "2.secret".
    """

    def __init__(self, host: str, path: str, key: str) -> None:
        self._host = host.encode()
        self._path = path.encode()
        self._key = key.encode()

    @property
    def corpus(self) -> list[bytes]:
        """Good requests, to be broken."""
        events = json.dumps({"events": [event | {"id": f"{n:016x}"} for n, event in enumerate(_GOOD)]}).encode()
        stream = b"/board/AAAAAAAAAAAAAAAAAAAAAA/stream?page=01&private"
        return [
            self._whole(b"POST", self._path + b"/events", self._own_headers, events),
            self._whole(b"POST", self._path + b"/join", [(b"Host", self._host)], b'{"nickname": "Mallory"}'),
            self._whole(b"GET", b"/pages/board.js", [(b"Host", self._host), (b"Range", b"bytes=0-9")], b""),
            self._whole(b"GET", stream, [(b"Host", self._host)], b""),
            self._whole(b"GET", b"/oauth_callback?code=x&state=1.2.3", [(b"Host", self._host)], b""),
            self._whole(b"GET", self._path, [(b"Host", self._host)], b"") * 40,  # all at once
        ]

    def client(self, rng: Random) -> Case:
        """Return a client that sends one request, in up to three pieces."""
        data = self._request(rng)
        at = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(3)))
        pieces = tuple(data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True))
        return Case(pieces, rng.choice((*WAYS, "looks and goes")))

    @property
    def _own_headers(self) -> Headers:
        return [(b"Host", self._host), (b"Authorization", b"Bearer " + self._key)]

    def _request(self, rng: Random) -> bytes:
        body = _body(rng)
        if rng.random() < 0.5:  # all is right but the body
            return self._whole(
                b"POST", self._path + rng.choice((b"/events", b"/events", b"/join")), self._own_headers, body
            )
        headers = [(b"Host", self._host if rng.random() < 0.8 else rng.choice(_HOSTS))]
        if rng.random() < 0.8:
            headers.append((b"Authorization", b"Bearer " + rng.choice(self._keys)))
        if rng.random() < 0.2:
            headers.append((b"Origin", rng.choice(_ORIGINS)))
        if rng.random() < 0.2:
            headers.append((b"Content-Encoding", rng.choice(_CODINGS)))
        if rng.random() < 0.2:
            headers.append((rng.randbytes(rng.randrange(12)), rng.randbytes(rng.randrange(12))))
        if rng.random() < 0.3:
            broken = ((b"Content-Length", rng.choice(_LENGTHS)), (b"Transfer-Encoding", rng.choice((b"chunked", b"x"))))
            headers.append(rng.choice(broken))
        method = b"POST" if rng.random() < 0.7 else rng.choice(_METHODS)
        return self._whole(method, rng.choice(self._targets), headers, body)

    @property
    def _targets(self) -> list[bytes]:
        ours = [self._path + end for end in (b"/events", b"/join", b"", b"/stream", b"/board", b"/../join")]
        files = [
            b"/board",
            b"/pages/board.css",
            b"/pages/..%2f..%2fboard.py",
            b"/pages/%2e%2e/store.py",
            b"/class.sqlite",
        ]
        odd = [b"/%00", b"/" + b"a" * 9000, b"*", b"http://evil.example/", b"//", b"", b"/%ff%fe", b"/board//stream"]
        return [
            *ours,
            *files,
            *odd,
            b"/",
            b"/zzzz/join",
            b"/zzzz/events",
            b"/board" + self._path,
            b"/oauth_callback?state=%ff",
        ]

    @property
    def _keys(self) -> list[bytes]:
        own = self._key.partition(b".")[2]
        return [
            self._key,
            b"",
            b"1",
            b"1.",
            b".",
            b"1." + own,
            self._key + b"x",
            b"\xd9\xa1.x",
            b"9" * 5000,
            b"-1." + own,
        ]

    def _whole(self, method: bytes, target: bytes, headers: Headers, body: bytes) -> bytes:
        """Return the bytes of a request; how long its body is, unless the headers say so already."""
        if not any(name in (b"Content-Length", b"Transfer-Encoding") for name, _ in headers):
            headers = [*headers, (b"Content-Length", str(len(body)).encode())]
        head = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, target, head, body)
