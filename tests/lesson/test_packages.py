from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from helpers.lesson import packages
from helpers.lesson.course import Course


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    return tmp_path / "requirements.txt"


def test_this_environment_has_what_the_course_asks_for() -> None:
    assert packages.problems() == []


def test_comments_options_and_blank_lines_ask_for_nothing(requirements: Path) -> None:
    requirements.write_text("# why\n\n-c constraints.txt\n  # more\n", encoding="utf-8")
    assert packages.problems(requirements) == []


def test_a_package_that_is_missing_or_out_of_range_is_named_with_what_is_wanted(requirements: Path) -> None:
    requirements.write_text("pytest>=1  # fine\nno-such-package\npytest>=999,<1000\n", encoding="utf-8")
    missing, old = packages.problems(requirements)
    assert str(missing) == "no-such-package (missing)"
    assert str(old).startswith("pytest<1000,>=999 (")
    assert str(old).endswith(" is installed)")


def test_without_packaging_what_is_missing_is_still_named(requirements: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    requirements.write_text("pytest>=1\nno-such-package>=2,<3\nno-such-other\n", encoding="utf-8")
    assert [str(problem) for problem in packages.problems(requirements)] == [
        "no-such-package>=2,<3 (missing)",
        "no-such-other (missing)",
    ]


def test_a_requirement_for_another_platform_is_left_out(requirements: Path) -> None:
    requirements.write_text("no-such-package; sys_platform == 'plan9'\n", encoding="utf-8")
    assert packages.problems(requirements) == []


def test_the_advice_names_this_python_and_the_file() -> None:
    advice = packages.advice([packages.Problem("aiohttp", ">=3", None)])
    assert sys.executable in advice
    assert str(Course.here().root / "requirements.txt") in advice


def test_the_course_refuses_an_ipykernel_that_freezes_sliders(
    requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = next(
        line
        for line in (Course.here().root / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if line.startswith("ipykernel")
    )
    requirements.write_text(line, encoding="utf-8")
    monkeypatch.setattr("importlib.metadata.version", lambda name: "7.4.0")
    assert [problem.installed for problem in packages.problems(requirements)] == ["7.4.0"]


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        ("helpers", ["requirements.txt", "helpers/lesson/book/requirements.txt"]),
        ("tests", ["requirements.txt", "tests/requirements.txt"]),
    ],
)
def test_whatever_is_imported_is_asked_for_by_name(folder: str, files: list[str]) -> None:
    root = Course.here().root
    asked = {
        re.split(r"[^\w.-]", line)[0].lower()
        for file in files
        for line in (root / file).read_text(encoding="utf-8").splitlines()
    }
    distributions = packages_distributions()
    imported = {name for path in (root / folder).rglob("*.py") for name in _imports(path)}
    others = imported - sys.stdlib_module_names - {"helpers", "tests"}
    unasked = {
        name for name in others if asked.isdisjoint(_distribution(found) for found in distributions.get(name, [name]))
    }
    assert unasked == set()


def _distribution(name: str) -> str:
    return name.lower().replace("_", "-")


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
