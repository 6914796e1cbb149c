"""HTTP requests as nobody should send them, also those that ask for events or begin a WebSocket."""

from __future__ import annotations

from hypothesis import strategies as st

PATHS = ["/", "/cities", "/cities/oslo", "/cities/oslo/weather", "/cities/oslo/neighbours", "/download", "/echo"]
EVENTS = ["/events", "/channel", "/events?x=1"]
NUMBERS = ["0", "1", "-1", "0.001", "1e-3", "nan", "inf", "1e999", "0x10", "٣", "²", "", " ", "9" * 30, "9" * 5000]
KINDS = ["500", "503", "200", "99", "reset", "truncated", "no_answer", "None", "\x00", "é", "\ud800"]
GOOD = b"Host: 127.0.0.1\r\n"
HANDSHAKE = (
    GOOD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
CORPUS = [
    b"GET /cities/oslo HTTP/1.1\r\n" + GOOD + b"\r\n",
    b"GET /cities?limit=3&offset=7 HTTP/1.1\r\n" + GOOD + b"Connection: close\r\n\r\n",
    b"GET /cities/oslo/neighbours?limit=2 HTTP/1.0\r\n\r\n",
    b"HEAD /download?bytes=1000 HTTP/1.1\r\n" + GOOD + b"\r\nGET /download?bytes=70000 HTTP/1.1\r\n" + GOOD + b"\r\n",
    b"POST /echo?a=1 HTTP/1.1\r\n" + GOOD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"POST /echo HTTP/1.1\r\n" + GOOD + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n",
    b"GET /cities/lima?latency_s=0.01&failure_rate=1&failure=truncated HTTP/1.1\r\n" + GOOD + b"\r\n",
    b"GET /events HTTP/1.1\r\n" + GOOD + b"Last-Event-ID: 1\r\nAccept: text/event-stream\r\n\r\n",
    b"GET http://127.0.0.1/cities HTTP/1.1\r\n" + GOOD + b"\r\n",
]

_odd_text = st.text(st.characters(max_codepoint=0x2FF), max_size=12)
_odd = st.one_of(_odd_text.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=12))
_value = st.sampled_from([*NUMBERS, *KINDS]).map(lambda text: text.encode("utf-8", "surrogatepass"))
_name = st.sampled_from(
    [b"latency_s", b"failure_rate", b"failure", b"limit", b"offset", b"bytes", b"after", b"capacity", b"\xff", b""]
)
_query = st.lists(st.tuples(_name, st.one_of(_value, _odd)).map(b"=".join), max_size=3).map(b"&".join)
_segment = st.one_of(_odd, st.sampled_from([b"..", b"", b"%00", b"%ff%fe", b"%zz", b"%C3%A9", b"\xe9", b"a" * 8300]))
_lengths = st.sampled_from([b"0", b"5", b"-1", b"+5", b"0x5", b"5, 5", b"1048577", b"9" * 25, b"", b"\xd9\xa3", b"5 5"])
_coding = st.sampled_from(
    [b"chunked", b"identity", b"gzip", b"chunked, chunked", b"xchunked", b"CHUNKED", b"\x0bchunked"]
)
_headers = st.one_of(
    st.tuples(st.just(b"Content-Length"), _lengths),
    st.tuples(st.just(b"Transfer-Encoding"), _coding),
    st.tuples(st.just(b"Last-Event-ID"), st.one_of(_value, _odd)),
    st.tuples(st.just(b"Host"), st.sampled_from([b"localhost", b"[::1]:1", b"[", b"127.0.0.1:x", b"1" * 300, b"\xff"])),
    st.tuples(st.just(b"Connection"), st.sampled_from([b"close", b"keep-alive", b"Upgrade", b"close, Upgrade", b""])),
    st.tuples(st.just(b"Upgrade"), st.sampled_from([b"websocket", b"WebSocket", b"h2c", b"TLS/1.0", b"\xff"])),
    st.tuples(st.just(b"Expect"), st.sampled_from([b"100-continue", b"200-ok", b""])),
    st.tuples(st.just(b"Content-Encoding"), st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"x"])),
    st.tuples(st.just(b"Sec-WebSocket-Key"), st.one_of(_odd, st.just(b"dGhlIHNhbXBsZSBub25jZQ=="))),
    st.tuples(st.just(b"Sec-WebSocket-Version"), st.sampled_from([b"13", b"8", b"", b"x"])),
    st.tuples(st.just(b"Sec-WebSocket-Extensions"), st.just(b"permessage-deflate; client_max_window_bits=99")),
    st.tuples(st.just(b"Sec-WebSocket-Protocol"), _odd),
    st.tuples(st.just(b"X-Long"), st.sampled_from([b"a" * 8200, b"b" * 70_000])),
    st.tuples(_odd, _odd),
)


@st.composite
def requests(draw: st.DrawFn, paths: tuple[str, ...] = (*PATHS, *EVENTS)) -> bytes:
    """Draw the bytes of one request: mostly right, so that it comes far, and wrong in any of its parts."""
    method = draw(
        st.sampled_from([b"GET"] * 6 + [b"POST"] * 3 + [b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"get", b"", b"\xff"])
    )
    target = draw(st.sampled_from([path.encode() for path in paths]))
    if draw(st.integers(0, 3)) == 0:
        target = draw(st.sampled_from([b"/", b"/cities/", b"//", b"*", b"", b"http://127.0.0.1", b"x:y"])) + draw(
            _segment
        )
    if draw(st.booleans()):
        target += b"?" + draw(_query)
    version = draw(st.sampled_from([b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1 ", b""]))
    end = draw(st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r"]))
    lines = [b" ".join((method, target, version)), *(b": ".join(pair) for pair in draw(st.lists(_headers, max_size=3)))]
    head = end.join(lines) + end
    if draw(st.integers(0, 5)):
        head += GOOD if draw(st.booleans()) else HANDSHAKE
    return head + end + draw(_body)


_chunk = st.tuples(
    st.sampled_from([b"5", b"0", b"5;e=1", b"-5", b"ffffffffffffffffff", b"G", b"", b"5\n", b" 5"]),
    st.sampled_from([b"hello", b"", b"hell", b"hello!"]),
).map(lambda part: part[0] + b"\r\n" + part[1] + b"\r\n")
_body = st.one_of(
    st.just(b""),
    st.just(b"hello"),
    st.binary(max_size=64),
    st.lists(_chunk, min_size=1, max_size=3).map(b"".join),
    st.just(b"GET /cities HTTP/1.1\r\n" + GOOD + b"\r\n") | st.just(b"x" * 300_000),
)
