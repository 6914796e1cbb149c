"""Record what `asyncio.run` runs: `python -m helpers.timeline app.py ARG…` writes app.html, also when app.py fails."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import os
import runpy
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn

from .export import KINDS, save
from .timeline import Timeline


class Recording:
    """The timelines of a program, one for each `asyncio.run`, and where they are to be written."""

    def __init__(self, title: str, path: Path, last_s: float | None) -> None:
        self._title = title
        self._path = path
        self._last_s = last_s
        self._timelines: list[Timeline] = []

    def start(self) -> None:
        """Record what `asyncio.run` and `asyncio.Runner` run from now on."""
        original: Callable[..., Any] = asyncio.Runner.run

        def run(runner: asyncio.Runner, coro: Any, **options: Any) -> Any:
            return original(runner, self._recorded(coro) if inspect.iscoroutine(coro) else coro, **options)

        asyncio.Runner.run = run  # type: ignore[method-assign, assignment]

    async def _recorded(self, coro: Coroutine[Any, Any, Any]) -> Any:
        count = len(self._timelines) + 1
        title = self._title if count == 1 else f"{self._title}, run {count}"
        timeline = Timeline(title, show=False, last_s=self._last_s)
        self._timelines.append(timeline)
        async with timeline:
            return await coro

    def write(self) -> None:
        """Write what there is, of runs that have ended and of those that go on, and say where."""
        for number, timeline in enumerate(self._timelines, start=1):
            where = self._path if number == 1 else self._path.with_stem(f"{self._path.stem}-{number}")
            save(timeline.so_far(), where)
            print(f"wrote {where}", file=sys.stderr)  # noqa: T201
        if not self._timelines:
            print("nothing was recorded: asyncio.run was not called", file=sys.stderr)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a program as Python would, and end as it ends."""
    asked = _parser().parse_args(arguments)
    name = asked.program if asked.module else Path(asked.program).name
    stem = name.rpartition(".")[2] if asked.module else Path(name).stem
    path = (asked.output or Path(f"{stem}.html")).absolute()  # the program may go to another folder
    if path.suffix.lower() not in KINDS:
        _parser().error(f"-o ends with one of {', '.join(KINDS)}, got {str(asked.output)!r}")
    recording = Recording(name, path, asked.last)
    recording.start()
    _write_on_signals(recording)
    sys.argv = [asked.program, *asked.arguments]
    try:
        if asked.module:
            sys.path[0] = str(Path.cwd())
            runpy.run_module(asked.program, run_name="__main__", alter_sys=True)
        else:
            sys.path[0] = str(Path(asked.program).parent.absolute())
            runpy.run_path(asked.program, run_name="__main__")
    except SystemExit:
        recording.write()
        raise
    except KeyboardInterrupt:
        recording.write()
        _end_by(signal.SIGINT)
    except BaseException as error:
        error.__traceback__ = _of_program(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        recording.write()
        sys.exit(1)
    recording.write()
    sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helpers.timeline", description=__doc__)
    parser.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module or a package")
    parser.add_argument("-o", dest="output", type=Path, help=f"where to write: a name with {', '.join(KINDS)}")
    parser.add_argument("--last", type=_seconds, metavar="S", help="keep only the last S seconds of a long run")
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("arguments", metavar="ARG", nargs=argparse.REMAINDER)
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"a time in seconds greater than 0, got {text}")
    return seconds


def _write_on_signals(recording: Recording) -> None:
    """Write meanwhile on SIGUSR1, and before the end by SIGTERM. A program's own handlers take their place."""

    def end(number: int, _: FrameType | None) -> None:
        recording.write()
        _end_by(number)

    signal.signal(signal.SIGTERM, end)
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda *_: recording.write())


def _end_by(number: int) -> None:
    """End as a program ends that does nothing about a signal: who waits for it sees that it was this one."""
    sys.stdout.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _of_program(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames that ran the program."""
    ours = (__file__, "<frozen runpy>", runpy.__file__)
    while traceback is not None and traceback.tb_frame.f_code.co_filename in ours:
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    main()
