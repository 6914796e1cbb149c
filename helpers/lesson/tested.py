"""A file of tests, run by pytest in a process of its own: how each test ended (page 11)."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from helpers._undebugged import undebugged

PATIENCE_S = 30.0
PLUGINS = ("pytest_asyncio.plugin", "anyio.pytest_plugin")
_NEVER_AWAITED = re.compile(r"RuntimeWarning: (coroutine '[^']+' was never awaited)")
_OBJECT = re.compile(r"<[^<>]*(?:<[^<>]*(?:<[^<>]*>[^<>]*)*>[^<>]*)*>")
_LONGEST = 100  # characters of what a test says when it fails
_HEADLINE = re.compile(r"^-+ Captured \w+ -+$", re.MULTILINE)
_FALSIFYING = re.compile(r"(?:Falsifying example|Failing test case): \w+\((?P<arguments>.*?)\n[E ]*\)", re.DOTALL)


@dataclass(frozen=True)
class One:
    """How one test ended: its name, "passed" or "FAILED", and what it said or printed."""

    name: str
    outcome: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}{f' · {self.said}' if self.said else ''}"


@dataclass(frozen=True)
class Tested:
    """How the tests of a file ended.

    Attributes:
        tests: each of them, in the order in which they ran.
        warned: what Python said of coroutines that never ran.
    """

    tests: tuple[One, ...]
    warned: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many failed."""
        return sum(one.outcome == "FAILED" for one in self.tests)

    def __str__(self) -> str:
        warned = [f"a warning: {one}" for one in self.warned]
        tests = "1 test" if len(self.tests) == 1 else f"{len(self.tests)} tests"
        return "\n".join([*map(str, self.tests), *warned, f"{tests}, of which {self.failed} failed"])

    __repr__ = __str__


async def run_tests(source: str) -> Tested:
    """Run the text of a test file with pytest, in a process and an empty folder of its own, and tell how it ended.

    The plugins pytest-asyncio and anyio are there, whatever else is installed, and no settings of any project.

    Raises:
        ChildProcessError: when there was nothing to run, such as after a syntax error, with pytest's last line.
        subprocess.TimeoutExpired: when it doesn't end.
    """
    return await asyncio.to_thread(_tested, source)


def _tested(source: str) -> Tested:
    with tempfile.TemporaryDirectory() as folder:
        file, report = Path(folder, "test_page.py"), Path(folder, "report.xml")
        file.write_text(source, encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\njunit_logging = system-out\n", encoding="utf-8")
        plugins = [argument for plugin in PLUGINS for argument in ("-p", plugin)]
        with undebugged():
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *plugins, f"--junitxml={report.name}", file.name],
                cwd=folder,
                env=_environment(),
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
        cases = ElementTree.parse(report).findall(".//testcase") if report.exists() else []
        if not cases or any(case.get("name") == "test_page" for case in cases):  # the file itself was not read
            last = (done.stdout.splitlines() or done.stderr.splitlines() or ["it said nothing"])[-1]
            raise ChildProcessError(f"pytest ran no test: {last}")
    return Tested(tuple(map(_one, cases)), tuple(dict.fromkeys(_NEVER_AWAITED.findall(done.stdout))))


def _environment() -> dict[str, str]:
    """Return this process's environment without what steers pytest: a learner's test run must not change the page's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1", "NO_COLOR": "1"}


def _one(case: ElementTree.Element) -> One:
    owner = str(case.get("classname", "")).rpartition("test_page")[2].lstrip(".")
    name = f"{owner}.{case.get('name')}" if owner else str(case.get("name"))
    wrong = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
    if wrong is not None:
        message = str(wrong.get("message", ""))
        return One(name, "FAILED", _short(message) + _example(message))
    printed = _HEADLINE.sub("", getattr(case.find("system-out"), "text", None) or "")
    return One(name, "passed", " ".join(printed.split()))


def _example(text: str) -> str:
    """Return the arguments with which hypothesis made a test fail, if it did."""
    found = _FALSIFYING.search(text)
    if found is None:
        return ""
    lines = (line.removeprefix("E").partition("# ")[0].strip() for line in found["arguments"].splitlines())
    return f"\n    with {' '.join(filter(None, lines)).rstrip(',')}"


def _short(message: str) -> str:
    """Return the first line of a message, without the insides of objects: they differ from run to run."""
    line = _OBJECT.sub("<…>", (message.splitlines() or [""])[0])
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
