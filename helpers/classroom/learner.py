"""A learner joins a class, and leaves it."""

from __future__ import annotations

import atexit
import http.client
import json
import urllib.error
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers import _told
from helpers.classroom.events import Event, printable
from helpers.classroom.sender import Seat, Sender, post

REMEMBERED = 20  # of what was sent, to be shown
WHAT_IS_SENT = (
    "What is sent from now on: your guesses, the numbers measured for them, which exercises you check, whether they "
    "are right, which advice you get, and what ready() finds that your machine lacks. Never your code, what it prints, "
    "file names, or your name unless you gave it. "
    "leave() ends it; leave.sent() shows what was sent."
)


class Membership:
    """The class that this kernel is in, if it is in one."""

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._sent: deque[Event] = deque(maxlen=REMEMBERED)
        atexit.register(self.leave)

    @property
    def seat(self) -> Seat | None:
        """The learner's place; None outside a class."""
        return self._sender.seat if self._sender else None

    @property
    def sent(self) -> tuple[Event, ...]:
        """The last events that were given to the sender."""
        return tuple(self._sent)

    def join(self, address: str, *, nickname: str = "", kept: Path | None = None) -> Seat:
        """Join the class at an address such as "http://192.168.1.7:8765/k7fq"; again where the learner is in it.

        Args:
            address: what the instructor shows.
            nickname: what the instructor sees; made up where there is none.
            kept: the file in which the place is kept, for the next page.

        Raises:
            TypeError, ValueError: unless it is such an address.
            ConnectionError: when there is no board, or it does not know this code; the text says what to do.
        """
        address = checked(address)
        seat = _kept(kept, address) or _taken(address, nickname)
        if kept is not None:
            _keep(kept, seat)
        self.leave()
        self._sender = Sender(seat, renew=lambda lost: _again(kept, lost))
        self._sender.start()
        _told.listen(self._heard)
        return seat

    def leave(self) -> None:
        """Leave the class, if there is one: nothing is sent any longer."""
        _told.forget(self._heard)
        if self._sender is not None:
            self._sender.stop()
            self._sender = None

    def _heard(self, kind: str, **what: Any) -> None:
        if self._sender is None:
            return
        for name in ("text", "unit", "section"):
            what[name] = printable(str(what.get(name, "")))
        try:
            event = Event(kind=kind, **what)  # type: ignore[arg-type]  # it is checked there
        except ValueError:  # a guess of 1e16: no board takes it, and what comes next must still be heard
            return
        self._sent.append(event)
        self._sender.put(event)


def checked(address: str) -> str:
    """Return the address of a class as everything here wants it.

    Raises:
        TypeError, ValueError: unless it is one; the text has an example.
    """
    if not isinstance(address, str):
        raise TypeError(f'join takes the address of a class, such as "http://192.168.1.7:8765/k7fq", got {address!r}')
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
        raise ValueError(f'the address of a class looks like "http://192.168.1.7:8765/k7fq", got {address!r:.80}')
    return address.strip().rstrip("/")


def _taken(address: str, nickname: str) -> Seat:
    try:
        given = post(f"{address}/join", {"nickname": nickname})
        return Seat(address, int(str(given["learner"])), str(given["key"]), str(given["nickname"]))
    except urllib.error.HTTPError as refused:
        why = refused.read(200).decode("utf-8", "replace").strip()
        if refused.code == 404:
            why = "the board does not know this code: is it typed as the instructor shows it?"
        raise ConnectionError(f"You have not joined: {why}") from None
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        raise ConnectionError(
            f"You have not joined: no board answers at {address} ({error}). Go on without it."
        ) from None


def _again(kept: Path | None, lost: Seat) -> Seat:
    """Join anew, under the same nickname, where another page of the same learner has not done so already."""
    seat = _kept(kept, lost.address)
    if seat is None or seat == lost:
        seat = _taken(lost.address, lost.nickname)
        if kept is not None:
            _keep(kept, seat)
    return seat


def _kept(path: Path | None, address: str) -> Seat | None:
    with suppress(OSError, ValueError, TypeError, AttributeError):
        if path is not None:
            seat = Seat(**json.loads(path.read_text(encoding="utf-8")))
            return seat if seat.address == address else None
    return None


def _keep(path: Path, seat: Seat) -> None:
    with suppress(OSError):  # a place that can't be written to: the next page joins anew
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(seat.__dict__), encoding="utf-8")
        path.chmod(0o600)


membership = Membership()
