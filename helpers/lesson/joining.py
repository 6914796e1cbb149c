"""`join` and `leave`: a class that shows what it believes, before the answer. A learner alone never needs them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from helpers.classroom.events import Event
from helpers.classroom.learner import WHAT_IS_SENT, checked, membership
from helpers.lesson.course import Course

VARIABLE = "COURSE_CLASS"  # a hub sets it, and `python -m helpers --class ADDRESS`
NICKNAME = "COURSE_NICKNAME"


def join(address: str, *, nickname: str = "") -> None:
    """Join the class whose address the instructor shows, and say what is sent from now on.

        join("http://192.168.1.7:8765/k7fq")

    Args:
        address: with the code at its end.
        nickname: what the instructor sees; one is made up where none is given.

    Raises:
        TypeError, ValueError: unless it is such an address.
        ConnectionError: when no board answers there, or it does not know the code.
    """
    __tracebackhide__ = True  # IPython folds this frame: what counts is the message
    seat = membership.join(address, nickname=nickname, kept=_kept())
    print(f"You are in the class, as {seat.nickname!r}. {WHAT_IS_SENT}")  # noqa: T201 - a cell's output


def join_every_page(address: str) -> None:
    """Have every page that this process opens join a class.

    Raises:
        ValueError: unless it is the address of one.
    """
    os.environ[VARIABLE] = checked(address)


def join_where_a_hub_says() -> None:
    """Join the class that the environment names, if it names one. A board that is not there stops nothing."""
    if not (address := os.environ.get(VARIABLE, "")):
        return
    try:
        join(address, nickname=os.environ.get(NICKNAME, ""))
    except (ConnectionError, ValueError) as error:
        warnings.warn(str(error), stacklevel=2)


class Leave:
    """Leave the class; nothing is sent any longer. Outside a class it does nothing."""

    def __call__(self) -> None:
        """Leave the class."""
        was = membership.seat
        membership.leave()
        print("You have left the class: nothing is sent." if was else "You are in no class.")  # noqa: T201

    def sent(self) -> None:
        """Print what was sent last, as it was sent."""
        print("\n".join(_lines(membership.sent)) or "Nothing was sent.")  # noqa: T201


def _lines(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        yield ", ".join(f"{name}: {value}" for name, value in event.to_wire().items())


def _kept() -> Path:
    return Course.here().workbook / ".class.json"


leave = Leave()
