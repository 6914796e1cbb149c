"""Besiege every service, the control channel and a class's board: `python -m tests.benchmarks.hostile` (ten minutes).

Half of the clients send what a grammar allows and then some (hypothesis), half send random bytes, or good ones that
were broken. An honest client works beside them; each of its answers is checked. A row is printed only when the daemon
neither ended nor wrote to stderr, kept no connection and nothing in flight, and disturbed nobody. "before" and "after"
are the daemon's own memory (USS; for the row "control, kernel" this process's): when a tenth of the clients had gone,
and when all had. The board of a class is killed at the end, and every event that it acknowledged must be in its file.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import aiohttp

from helpers import services
from tests.classroom import siege as of_board
from tests.services.hostile.control import besiege_daemon, besiege_kernel
from tests.services.hostile.siege import Figures, besiege
from tests.services.hostile.targets import TARGETS

CASES = 10_000
QUICK = 40
GROWTH_MIB = 64.0
NAMES = (*(target.name for target in TARGETS), "control, daemon", "control, kernel", "board of a class")
Siege = Callable[[], Figures]


def sieges(cases: int, number: int, folder: Path) -> Iterator[tuple[str, Siege]]:
    """Yield what is to be besieged, and how."""
    for target in TARGETS:
        yield target.name, partial(besiege, target, cases, number=number)
    yield "control, daemon", partial(besiege_daemon, cases, folder, number=number)
    yield "control, kernel", partial(besiege_kernel, cases, folder, number=number)
    yield "board of a class", partial(of_board.besiege, folder, cases, number=number)


def row(figures: Figures) -> str:
    """Return a line of the table."""
    return (
        f"{figures.target:<18}{figures.cases:>8}{figures.exchanges:>10}{figures.slowest_s * 1e3:>9.0f}"
        f"{figures.before / 2**20:>9.1f}{figures.after / 2**20:>9.1f}{figures.seconds:>8.1f}"
    )


def _survived(name: str, siege: Siege) -> bool:
    """Print what came of a siege; return whether no harm was done."""
    try:
        figures: Figures | None = siege()
    except* (AssertionError, EOFError, OSError, services.ServiceError) as group:
        print(f"{name:<18} HARM", *group.exceptions, sep="\n")
        figures = None
    if figures is None:
        return False
    print(row(figures), flush=True)
    return figures.after - figures.before < GROWTH_MIB * 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sieges; return 1 when one of them did harm."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hostile", description="Besiege every service.")
    parser.add_argument("--cases", type=int, default=CASES, help=f"hostile clients of each service ({CASES})")
    parser.add_argument("--quick", action="store_true", help=f"only {QUICK} of each: does the command work?")
    parser.add_argument("--seed", type=int, help="the same clients again")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    options = parser.parse_args(arguments)
    cases = QUICK if options.quick else options.cases
    number = time.time_ns() % 1_000_000 if options.seed is None else options.seed
    print(f"Python {platform.python_version()}, aiohttp {aiohttp.__version__}, {os.cpu_count()} cores, ", end="")
    print(f"load {os.getloadavg()[0]:.1f} at the start; --cases {cases} --seed {number}\n")
    print(f"{'':<18}{'hostile':>8}{'honest':>10}{'slowest':>9}{'before':>9}{'after':>9}{'':>8}")
    print(f"{'':<18}{'clients':>8}{'answers':>10}{'ms':>9}{'MiB':>9}{'MiB':>9}{'s':>8}")
    harm = []
    with tempfile.TemporaryDirectory() as folder:
        for name, siege in sieges(cases, number, Path(folder)):
            if options.only and name not in options.only:
                continue
            if not _survived(name, siege):
                harm.append(name)
    services.shut_down()
    print(f"\nharm done to: {', '.join(harm) or 'nobody'}")
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
