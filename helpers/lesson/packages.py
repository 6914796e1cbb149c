"""What requirements.txt asks for, set against what is installed."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.lesson.course import Course


@dataclass(frozen=True)
class Problem:
    """A package that is missing (`installed` is None) or has a version that the course was not made for."""

    name: str
    wanted: str
    installed: str | None

    def __str__(self) -> str:
        found = "missing" if self.installed is None else f"{self.installed} is installed"
        return f"{self.name}{self.wanted} ({found})"


def problems(requirements: Path | None = None) -> list[Problem]:
    """Return the packages of requirements.txt that are missing or out of range, in the file's order."""
    found = []
    for line in (requirements or Course.here().root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text and not text.startswith("-"):
            problem = _problem(text)
            if problem:
                found.append(problem)
    return found


def _problem(requirement: str) -> Problem | None:
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:  # hardly anything is installed, then: say at least what is missing
        name, wanted = re.split(r"(?<=[\w.-])(?![\w.-])", requirement, maxsplit=1)
        return None if _installed(name) else Problem(name, wanted, None)
    parsed = Requirement(requirement)
    if parsed.marker and not parsed.marker.evaluate():
        return None
    installed = _installed(parsed.name)
    if installed and parsed.specifier.contains(installed, prereleases=True):
        return None
    return Problem(parsed.name, str(parsed.specifier), installed)


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def advice(problems: Iterable[Problem]) -> str:
    """Say which packages are wrong, and the line that puts them right in *this* Python."""
    names = ", ".join(dict.fromkeys(str(problem) for problem in problems))
    requirements = Course.here().root / "requirements.txt"
    return (
        f"Packages that the course needs: {names}. Install them for the Python that runs this, {sys.executable}. "
        f"In a terminal: {_quoted(sys.executable)} -m pip install -r {_quoted(requirements)}\n"
        "Then restart the kernel."
    )


def python_too_old() -> str:
    """Say that the course needs Python 3.11, and which Python this is."""
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"The course needs Python 3.11 or newer (it uses asyncio.TaskGroup); this is {version}, {sys.executable}. "
        "Make the virtual environment again with a newer Python: README.md has the line."
    )


def _quoted(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    return f'"{text}"' if " " in text else text
