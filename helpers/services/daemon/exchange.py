"""One request and its answer: how HTTP applies a verdict."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate
from http import HTTPStatus
from time import perf_counter_ns, time
from types import UnionType
from typing import Any, ClassVar, Protocol, cast

from aiohttp import web

from helpers.services.conditions import Verdict
from helpers.services.daemon import routes
from helpers.services.daemon.admission import Rejected
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.recorder import Record
from helpers.services.daemon.routes import Answer
from helpers.services.daemon.sockets import reset
from helpers.services.daemon.timer import at

JSON = "application/json; charset=utf-8"
STREAM = "application/octet-stream"
CHUNK = bytes(range(256)) * 256  # 64 KiB


class Sent(web.StreamResponse):
    """What aiohttp is given for an answer that is already on its way: nothing is left to send."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing."""


KEPT, CLOSED = Sent(keep_alive=True), Sent(keep_alive=False)  # they hold nothing of a request: two are enough


class Listening(Protocol):
    """A connection that may stop listening to its client, but not for the client's end."""

    def stop_listening(self) -> None:
        """Swallow what still comes."""


class Exchange:
    """Applies conditions to one request, and sends each answer in one write, straight from the timer."""

    failures: ClassVar[type[int | str] | UnionType] = int | str
    """What can befall a request: a status, a broken connection."""

    def __init__(self, request: web.BaseRequest, desk: Desk, record: Record, target: str) -> None:
        self._request = request
        self._desk = desk
        self._record = record
        self._target = target

    def refuse(self, answer: Answer) -> web.StreamResponse:
        """Answer at once, outside all conditions, and close the connection."""
        self._send(answer, "refused", close=True)
        return CLOSED

    def without_body(self) -> Answer | None:
        """Return the answer to a request that will be refused whatever its body is; None to one that may not be."""
        answer = self._answer(b"")
        return answer if answer.status >= 400 else None

    def reset(self) -> web.StreamResponse:
        """Reset the connection instead of an answer."""
        self._reset()
        return CLOSED

    async def carry_out(self, body: bytes) -> web.StreamResponse:
        """Queue, wait, and answer or fail, as the conditions say."""
        desk, record = self._desk, self._record
        try:
            own = routes.own_conditions(self._target)
            verdict = desk.verdict(f"{record.method} {record.path}", own, failures=self.failures)
        except (TypeError, ValueError) as error:
            self._send(routes.problem(400, str(error)), "refused")
            return self._sent()
        try:
            record.admitted_ns = await desk.admission.enter(record.arrived_ns)
        except Rejected as rejected:
            self._send(routes.problem(rejected.status, str(rejected), *rejected.headers), "rejected")
            return self._sent()
        try:
            record.due_ns = record.admitted_ns + round(verdict.delay_s * 1e9)
            return await self._apply(verdict, body)
        finally:
            record.end("aborted")
            desk.admission.leave()

    async def _apply(self, verdict: Verdict, body: bytes) -> web.StreamResponse:
        failure, due_ns = verdict.failure, self._record.due_ns
        assert due_ns is not None
        if failure == "no_answer":
            self._stop_listening()
            await asyncio.get_running_loop().create_future()  # until the client goes
        if failure == "reset":
            await at(due_ns, self._reset)
            return CLOSED
        if isinstance(failure, int):
            told = routes.problem(failure, "this request was made to fail")
            await at(due_ns, lambda: self._send(told, "failed"))
            return self._sent()
        return await self._succeed(due_ns, body, truncated=failure == "truncated")

    async def _succeed(self, due_ns: int, body: bytes, *, truncated: bool) -> web.StreamResponse:
        """Answer, whole or in part."""
        answer = self._answer(body)
        if answer.download is not None and self._record.method != "HEAD":
            await at(due_ns, lambda: None)
            return await self._stream(answer.download, truncated=truncated)
        outcome = "truncated" if truncated else "ok" if answer.status < 400 else "refused"
        if self._desk.bandwidth.limited and self._record.method != "HEAD":
            await at(due_ns, self._begin)
            await self._send_in_pieces(answer, outcome)
        else:
            await at(due_ns, lambda: self._send(answer, outcome, close=truncated))
        return CLOSED if truncated else self._sent()

    def _answer(self, body: bytes) -> Answer:
        request = self._request
        answer = routes.find(request.method, self._target, self._desk.conditions.seed)
        if answer.status != 200 or not routes.is_echo(self._target):
            return answer
        more = {
            "method": request.method,
            "path": self._target,
            "headers": dict(request.headers),
            "body": body.decode("utf-8", "replace"),
        }
        return routes.as_json(200, json.loads(answer.body) | more)

    def _stop_listening(self) -> None:
        cast(Listening, self._request.protocol).stop_listening()

    def _sent(self) -> Sent:
        return KEPT if self._request.keep_alive else CLOSED

    def _send(self, answer: Answer, outcome: Any, *, close: bool = False) -> None:
        transport = self._request.transport
        if transport is None:  # the client left in this very turn of the loop
            return
        self._begin()
        head, body = self._parts(answer, close=close, truncated=outcome == "truncated")
        # Noted first: whoever has the answer and asks for the journal must find it there, ended. Between the two lines
        # the system may take the processor away for some milliseconds.
        self._record.end(outcome, status=answer.status)
        transport.write(head + body)
        if outcome == "truncated":
            transport.close()

    async def _send_in_pieces(self, answer: Answer, outcome: Any) -> None:
        bandwidth, truncated = self._desk.bandwidth, outcome == "truncated"
        head, body = self._parts(answer, close=truncated, truncated=truncated)
        for piece in (head, *bandwidth.pieces(body)):
            await bandwidth.carry(len(piece))
            if self._request.transport is None:  # the client left
                return
            self._request.transport.write(piece)
        self._record.end(outcome, status=answer.status)
        if truncated and self._request.transport is not None:
            self._request.transport.close()

    def _parts(self, answer: Answer, *, close: bool, truncated: bool) -> tuple[bytes, bytes]:
        """Return head and body; of a truncated answer the first half of its body, or of its head where it has none."""
        head = self._head(answer, close=close)
        body = b"" if self._record.method == "HEAD" else answer.body
        if not truncated:
            return head, body
        return (head, body[: len(body) // 2]) if body else (head[: len(head) // 2], b"")

    def _reset(self) -> None:
        transport = self._request.transport
        if transport is not None:
            self._record.end("reset")
            reset(transport)

    async def _stream(self, length: int, *, truncated: bool) -> web.StreamResponse:
        headers = {"Content-Type": STREAM, "Server-Timing": self._timing()}
        response = web.StreamResponse(headers=headers)
        response.content_length = length
        await response.prepare(self._request)
        self._begin()
        sent = length // 2 if truncated else length
        for begin in range(0, sent, len(CHUNK)):
            for piece in self._desk.bandwidth.pieces(CHUNK[: sent - begin]):
                await self._desk.bandwidth.carry(len(piece))
                await response.write(piece)
        if truncated:
            self._record.end("truncated", status=200)
            if self._request.transport is not None:
                self._request.transport.close()
            return CLOSED
        await response.write_eof()
        self._record.end("ok", status=200)
        return response

    def _begin(self) -> None:
        self._record.first_byte_ns = perf_counter_ns()

    def _head(self, answer: Answer, *, close: bool) -> bytes:
        streamed = answer.download is not None
        length = answer.download if streamed else len(answer.body)
        lines = [
            f"HTTP/1.1 {answer.status} {_phrase(answer.status)}",
            f"Content-Type: {STREAM if streamed else JSON}",
            f"Content-Length: {length}",
            f"Date: {_date()}",
            f"Server-Timing: {self._timing()}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if close or not self._request.keep_alive:
            lines.append("Connection: close")
        elif self._request.version < (1, 1):
            lines.append("Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _timing(self) -> str:
        """Say in milliseconds which latency was asked for, how long the request queued, and when the answer began."""
        record = self._record
        now = perf_counter_ns()
        begun = record.admitted_ns or now
        asked_ns = (record.due_ns or begun) - begun
        return (
            f"asked;dur={asked_ns / 1e6:.3f}, queued;dur={(begun - record.arrived_ns) / 1e6:.3f}, "
            f"done;dur={(now - begun) / 1e6:.3f}"
        )


_dated: tuple[int, str] = (0, "")


def _date() -> str:
    global _dated  # noqa: PLW0603 - formatting it costs 5 µs, and it changes once a second
    now = int(time())
    if _dated[0] != now:
        _dated = (now, formatdate(now, usegmt=True))
    return _dated[1]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Made To Fail"
