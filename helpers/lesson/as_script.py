"""Coroutine functions of a notebook, run as the script that they would be at work: what it then prints (page 10)."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers._undebugged import undebugged
from helpers.lesson.course import Course

PATIENCE_S = 20.0
TRIES = 4
NO_MACHINES_S = 0.25  # with three processes burning on two cores, 1 of 600 steps of 20 ms took 116 ms
NAME = "app.py"
IMPORTS = "import asyncio\nimport time\n"
# That a task was made in the standard library says nothing of the script, and differs between machines and versions.
_LIBRARY = re.compile(r" created at [^\s>]*[/\\]asyncio[/\\]\w+\.py:\d+")
_TOOK = re.compile(r"^Executing <.* took (\d+\.\d+) seconds$")


@dataclass(frozen=True)
class Ran:
    """What a script wrote.

    Attributes:
        printed: to stdout, a line each.
        complained: to stderr, where warnings and the log go, a line each.
        status: the exit status of its process.
    """

    printed: tuple[str, ...]
    complained: tuple[str, ...]
    status: int

    def __str__(self) -> str:
        return "\n".join((*self.printed, *self.complained))


async def as_script(
    main: Callable[[], Coroutine[Any, Any, Any]],
    *functions: Callable[..., Any],
    options: Sequence[str] = (),
) -> Ran:
    """Write functions into app.py, with `asyncio.run(main())` at its end, and run `python OPTIONS app.py`.

    A busy machine may hold up a step of 20 ms until debug mode finds it slow. So where debug mode reports a step that
    took little more than 100 ms, the script is run again, and the run in which it reports least counts.

    Args:
        main: a coroutine function without parameters.
        functions: those that it calls, in order.
        options: what comes between `python` and `app.py`, such as "-X", "dev".

    Raises:
        TimeoutError: when it doesn't end.
    """
    sources = "\n\n".join(inspect.getsource(one).rstrip() + "\n" for one in (*functions, main))
    text = f"{IMPORTS}\n\n{sources}\n\nasyncio.run({main.__name__}())\n"
    runs: list[Ran] = []
    while not runs or (_maybe_the_machines(runs[-1]) and len(runs) < TRIES):
        runs.append(await asyncio.to_thread(_run, text, list(options)))
    return min(runs, key=lambda ran: len(ran.complained))


def _maybe_the_machines(ran: Ran) -> bool:
    took = (_TOOK.search(line) for line in ran.complained)
    return any(float(found[1]) < NO_MACHINES_S for found in took if found is not None)


def _run(text: str, options: list[str]) -> Ran:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / NAME).write_text(text, encoding="utf-8")
        # Without what the learner's shell or editor has asked of Python: the options say it all.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with undebugged():
            process = subprocess.Popen(
                [sys.executable, *options, NAME],
                cwd=folder,
                env={**ours, "PYTHONPATH": str(Course.here().root), "PYTHONIOENCODING": "utf-8"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        with process:
            try:
                printed, complained = process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired as late:
                process.kill()
                raise TimeoutError(f"{NAME} went on for {PATIENCE_S:g} s") from late
        places = {str(Path(folder).resolve()), folder}
    return Ran(_lines(printed, places), _lines(complained, places), process.returncode)


def _lines(text: str, folders: set[str]) -> tuple[str, ...]:
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder + os.sep, "")
    return tuple(_LIBRARY.sub("", text).splitlines())
