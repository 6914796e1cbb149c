"""What a page tells travels in the background; a board that is slow, gone or comes back costs nobody anything."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from helpers.classroom import sender as module
from helpers.classroom.sender import Seat, Sender
from tests.classroom.conftest import guess

SOON_S = 20.0
HALF_AN_ANSWER, NOT_HTTP = 0, 1  # in place of a status


class Fake:
    """A board that answers as it is told, and keeps what came."""

    def __init__(self) -> None:
        self.statuses: list[int] = []  # of the next answers; then 200
        self.came: list[str] = []
        self.batches: list[int] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = int(self.server.server_address[1])

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        board = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = board.statuses.pop(0) if board.statuses else 200
                if status == HALF_AN_ANSWER:
                    self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n{")
                    return
                if status == NOT_HTTP:
                    self.wfile.write(b"220 mail.example.org\r\n")
                    return
                if status == 200:
                    board.batches.append(len(body))
                    board.came += [event["id"] for event in json.loads(body)["events"]]
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.send_header("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def answering(board: Fake) -> Iterator[None]:
    thread = threading.Thread(target=board.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        board.server.shutdown()
        thread.join()


@pytest.fixture
def board() -> Iterator[Fake]:
    one = Fake()
    yield one
    one.server.server_close()


def shortly(_: float) -> bool:
    time.sleep(0.01)
    return False


@pytest.fixture
def sender(board: Fake) -> Iterator[Sender]:
    made = Sender(Seat(f"http://127.0.0.1:{board.port}/k7fq", 1, "key", "Ada"), wait=shortly)
    yield made
    made.stop(patience_s=0.1)


def until_sent(sender: Sender) -> None:
    give_up = time.monotonic() + SOON_S
    while sender.waiting:
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_what_is_put_arrives_in_order(board: Fake, sender: Sender) -> None:
    events = [guess(n) for n in range(100)]
    with answering(board):
        sender.start()
        for event in events:
            sender.put(event)
        until_sent(sender)
    assert board.came == [event.id for event in events]


def test_no_message_is_longer_than_a_board_takes(board: Fake, sender: Sender) -> None:
    for n in range(100):
        sender.put(guess(n, section="x" * 150))
    with answering(board):
        sender.start()
        until_sent(sender)
    assert max(board.batches) <= 4096
    assert len(board.batches) < 30


@pytest.mark.parametrize("status", [500, 503, 429, HALF_AN_ANSWER, NOT_HTTP])
def test_a_board_that_can_not_now_is_asked_again(board: Fake, sender: Sender, status: int) -> None:
    board.statuses = [status] * 3
    sender.put(event := guess())
    with answering(board):
        sender.start()
        until_sent(sender)
    assert board.came == [event.id]


def test_a_board_that_comes_back_hears_everything(board: Fake, sender: Sender) -> None:
    events = [guess(n) for n in range(20)]
    with answering(board):
        sender.start()
        sender.put(events[0])
        until_sent(sender)
    board.server.server_close()  # gone
    for event in events[1:]:
        sender.put(event)
    time.sleep(0.2)
    assert sender.waiting == 19
    again = Fake()
    again.server.server_close()
    again.server = http.server.ThreadingHTTPServer(("127.0.0.1", board.port), again._handler())
    with answering(again):
        until_sent(sender)
    again.server.server_close()
    assert [*board.came, *again.came] == [event.id for event in events]


@pytest.mark.parametrize("status", [400, 404])
def test_what_a_board_will_never_take_is_not_sent_for_ever(board: Fake, sender: Sender, status: int) -> None:
    board.statuses = [status]
    sender.put(guess())
    with answering(board):
        sender.start()
        until_sent(sender)
        sender.put(event := guess())
        until_sent(sender)
    assert board.came == [event.id]


def test_a_place_that_is_never_good_is_renewed_once(board: Fake) -> None:
    asked: list[Seat] = []

    def renew(seat: Seat) -> Seat:
        asked.append(seat)
        return seat

    board.statuses = [401] * 2
    sender = Sender(Seat(f"http://127.0.0.1:{board.port}/k7fq", 1, "key", "Ada"), wait=shortly, renew=renew)
    sender.put(guess())
    with answering(board):
        sender.start()
        until_sent(sender)
        sender.stop()
    assert (len(asked), board.came) == (1, [])


def test_where_nobody_answers_the_queue_ends_and_counts_what_is_dropped(sender: Sender) -> None:
    for n in range(module.KEPT + 7):
        sender.put(guess(n))
    assert (sender.waiting, sender.dropped) == (module.KEPT, 7)


def test_putting_takes_no_longer_when_the_board_never_answers(sender: Sender) -> None:
    sender.start()
    began = time.thread_time()
    for n in range(module.KEPT):
        sender.put(guess(n))
    assert (time.thread_time() - began) / module.KEPT < 0.0002  # of processor; the goal for a cell


def test_stopping_waits_for_what_is_on_its_way(board: Fake, sender: Sender) -> None:
    with answering(board):
        sender.start()
        sender.put(event := guess())
        sender.stop(patience_s=SOON_S)
    assert board.came == [event.id]
