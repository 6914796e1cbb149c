"""What carries a learner's events to the board: a queue, a thread, batches. Nothing in a page ever waits for it."""

from __future__ import annotations

import http.client
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from helpers.classroom.events import Event

KEPT = 500  # events that wait for a board that is not there; the newest are dropped beyond
BATCH_BYTES = 3500  # a board takes 4 KiB
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
TIMEOUT_S = 5.0
_PAST_ANY_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Seat:
    """A learner's place in a class: where the board is, and who they are there."""

    address: str
    learner: int
    key: str
    nickname: str


def post(url: str, content: object, *, key: str = "", timeout_s: float = TIMEOUT_S) -> dict[str, object]:
    """Send JSON and return the JSON that is answered.

    Raises:
        urllib.error.HTTPError: when the board refuses.
        OSError: when there is no board.
    """
    request = urllib.request.Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"})
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    with _PAST_ANY_PROXY.open(request, timeout=timeout_s) as answer:
        answered = json.loads(answer.read())
    if not isinstance(answered, dict):
        raise OSError(f"this is not a board: {url}")
    return answered


class Sender:
    """Sends events in the background, each until it is acknowledged.

    Args:
        seat: the learner's place.
        wait: pauses for so many seconds, or less when the sender is told to stop; returns whether it was.
        renew: returns another place where a board does not know this one any longer: its class was begun anew.
    """

    def __init__(
        self,
        seat: Seat,
        *,
        wait: Callable[[float], bool] | None = None,
        renew: Callable[[Seat], Seat] | None = None,
    ) -> None:
        self.seat = seat
        self._renew = renew
        self._is_new = False  # this place was renewed, and the board has taken nothing from it yet
        self.dropped = 0
        self._queue: queue.Queue[Event] = queue.Queue(KEPT)
        self._unsent: list[Event] = []
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._random = random.Random()  # not the module's: a learner's `random.seed` promises the next numbers to them
        self._thread = threading.Thread(target=self._run, name="class board", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def put(self, event: Event) -> None:
        """Send an event some time; returns at once. Where the queue is full, it is dropped and counted."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.dropped += 1

    def stop(self, *, patience_s: float = 1.0) -> None:
        """Send what waits, if the board answers within the patience, and end."""
        give_up = time.monotonic() + patience_s
        while self.waiting and time.monotonic() < give_up and self._thread.is_alive():
            time.sleep(0.01)
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience_s)

    @property
    def waiting(self) -> int:
        """How many events are not acknowledged yet."""
        return self._queue.qsize() + len(self._unsent)

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            self._fill()
            if not self._unsent:
                continue
            try:
                self._send()
            except urllib.error.HTTPError as refused:
                if refused.code == 401 and self._renew is not None and not self._is_new:
                    pause_s = FIRST_PAUSE_S if self._renewed(self._renew) else self._pause(pause_s)
                    continue
                if refused.code in (400, 401, 404, 413):  # asking again will not help
                    self._unsent.clear()
                    continue
                pause_s = self._pause(pause_s, _asked_s(refused))
            except (OSError, ValueError, http.client.HTTPException):  # half an answer is of the last kind
                pause_s = self._pause(pause_s)
            else:
                pause_s = FIRST_PAUSE_S

    def _fill(self) -> None:
        """Take what waits, up to what one message may hold."""
        size = sum(_size(event) for event in self._unsent)
        try:
            while size < BATCH_BYTES - 1000:
                event = self._queue.get(timeout=0.2) if not self._unsent else self._queue.get_nowait()
                self._unsent.append(event)
                size += _size(event)
        except queue.Empty:
            pass

    def _send(self) -> None:
        key = f"{self.seat.learner}.{self.seat.key}"
        post(f"{self.seat.address}/events", {"events": [event.to_wire() for event in self._unsent]}, key=key)
        self._unsent.clear()
        self._is_new = False

    def _renewed(self, renew: Callable[[Seat], Seat]) -> bool:
        try:
            self.seat, self._is_new = renew(self.seat), True
        except (OSError, ValueError):  # it has gone meanwhile
            return False
        return True

    def _pause(self, pause_s: float, at_least_s: float = 0.0) -> float:
        """Wait for a random share of the pause, so that a class does not come back as one; return the next pause."""
        self._wait(max(at_least_s, pause_s * (0.5 + self._random.random() / 2)))
        return min(LONGEST_PAUSE_S, pause_s * 2)


def _asked_s(refused: urllib.error.HTTPError) -> float:
    """Return how long the board, or a proxy before it, asks to wait; 0 where it names a date, or nothing."""
    try:
        return float(refused.headers.get("Retry-After", ""))
    except ValueError:
        return 0.0


def _size(event: Event) -> int:
    return len(json.dumps(event.to_wire()))
