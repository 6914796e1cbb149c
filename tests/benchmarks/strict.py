"""Run notebooks and stored answers as the suite does, in a pytest of its own, and say what differed.

Outputs are compared strictly by nbval, headline numbers held to their bands, answers to the advice they are to get.
"""

from __future__ import annotations

import re
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bad_day.days import Day

ANY_DAY = Day()
REASON_LENGTH = 600
_COLOUR = re.compile(r"\x1b\[[\d;]*m|#x1B\[[\d;]*m")


@dataclass(frozen=True)
class Difference:
    """A test that failed: which, and what it said."""

    test: str
    said: str

    @property
    def of_band(self) -> bool:
        """Whether a headline number, or a notebook's seconds, was out of its band; else an output or a verdict."""
        return bool(re.search(r"( band \d+|::Seconds)$", self.test))


@dataclass(frozen=True)
class Outcome:
    """What came of one run."""

    tests: int
    seconds: float
    differences: tuple[Difference, ...]


class Run:
    """A run that has been started. `finish` waits for it."""

    def __init__(self, tests: Sequence[str], *options: str, day: Day) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._xml = Path(self._folder.name) / "results.xml"
        self._output = (Path(self._folder.name) / "output.txt").open("w+", encoding="utf-8")
        asked = ("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={self._xml}")
        self._process = day.start(*asked, *options, *tests, output=self._output)

    @property
    def pid(self) -> int:
        """The process id of pytest; the kernel is its child."""
        return self._process.pid

    def finish(self) -> Outcome:
        """Wait until it has ended, and return what came of it.

        Raises:
            RuntimeError: if it could not run its tests, with what it said.
        """
        with self._folder, self._output:
            code = self._process.wait()
            self._output.seek(0)
            if code not in (0, 1):
                raise RuntimeError(f"pytest ended with exit code {code}:\n{self._output.read()[-2000:]}")
            suite = next(ET.parse(self._xml).getroot().iter("testsuite"))
            return Outcome(int(suite.get("tests", 0)), float(suite.get("time", 0)), tuple(_differences(suite)))

    def stop(self) -> None:
        """End it and all that it has started."""
        with suppress(psutil.Error):
            family = psutil.Process(self.pid).children(recursive=True)
            self._process.kill()
            for one in family:
                with suppress(psutil.Error):
                    one.kill()
        self._process.wait()


def _differences(suite: ET.Element) -> Iterator[Difference]:
    for case in suite.iter("testcase"):
        for trouble in (*case.iter("failure"), *case.iter("error")):
            said = _COLOUR.sub("", trouble.text or trouble.get("message") or "").strip()
            yield Difference(f"{case.get('classname')}::{case.get('name')}", said[-REASON_LENGTH:])


@contextmanager
def run(tests: Sequence[str], *options: str, day: Day = ANY_DAY) -> Iterator[Run]:
    """Start a run of these tests with pytest's options, on any day; it has ended when the block has."""
    started = Run(tests, *options, day=day)
    try:
        yield started
    finally:
        started.stop()
