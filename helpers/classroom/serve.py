"""The board as a program: `python -m helpers class`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from helpers.classroom.board import Board
from helpers.classroom.hub.instructor import Hub
from helpers.classroom.tally import Section

EVERYWHERE, HERE = "0.0.0.0", "127.0.0.1"
_NOBODY = ("192.0.2.1", 9)  # an address for documentation: asking for the way there sends nothing


def run(
    path: Path,
    schedule: Sequence[Section],
    *,
    port: int,
    everywhere: bool = False,
    names: Sequence[str] = (),
    prefix: str = "",
) -> None:
    """Start a board and print its two addresses; return when it is told to end (Control-C, SIGTERM).

    Args:
        path: of the file of the class.
        schedule: the sections of the pages.
        port: where it listens; 0 for any that is free.
        everywhere: whether other machines may reach it.
        names: further names that this machine goes by; the first is printed.
        prefix: the path that it is below, behind a proxy.

    Raises:
        OSError: when the port is taken.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(path, schedule, port=port, everywhere=everywhere, names=names, prefix=prefix))


async def _serve(
    path: Path, schedule: Sequence[Section], *, port: int, everywhere: bool, names: Sequence[str], prefix: str
) -> None:
    known = [*names, own_address()] if everywhere else list(names)
    host = EVERYWHERE if everywhere else HERE
    code, hub = os.environ.get("COURSE_CODE", ""), Hub.from_environment()
    async with Board(path, schedule, host=host, port=port, names=known, prefix=prefix, code=code, hub=hub) as board:
        print(f"For learners, in any page:  from helpers import join; join({board.learners_url!r})")  # noqa: T201
        print(f"For you alone:              {board.instructors_url}")  # noqa: T201
        if not everywhere:
            print("Only this machine reaches it. For others in the room: python -m helpers class --open")  # noqa: T201
        print(f"The class is kept in {path}. To stop: Control-C.", flush=True)  # noqa: T201
        await _told_to_end()


async def _told_to_end() -> None:
    over = asyncio.Event()
    with suppress(NotImplementedError):  # Windows: Control-C raises KeyboardInterrupt
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()


def own_address() -> str:
    """Return the address under which other machines most likely reach this one."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(_NOBODY)
        return str(way.getsockname()[0])
    return HERE
