"""Which part of the house may lean on which: arrows run one way, and nobody reaches for another's private parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.lesson.course import Course

HELPERS = Course.here().root / "helpers"
MAY_LEAN_ON: dict[str, set[str]] = {
    "services": set(),
    "timeline": set(),
    "exercises": {"services", "timeline"},
    "lesson": {"services", "timeline", "exercises", "classroom"},
    "classroom": set(),
}
NEVER_IMPORTED = "helpers.services.daemon"  # but by itself: it is started, and told what to do


@dataclass(frozen=True)
class Import:
    """One import statement: what it names, seen from the top, and where it stands."""

    importer: str
    name: str
    line: int

    @property
    def areas(self) -> tuple[str, str]:
        """The area that imports, and the one that is imported; "" for modules beside the areas."""
        return area(self.importer), area(self.name)

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.name}"


def area(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in MAY_LEAN_ON else ""


def imports(root: Path = HELPERS) -> Iterator[Import]:
    """Yield every import of one of the package's own names, those inside functions too."""
    for path in sorted(root.rglob("*.py")):
        parts = [*path.relative_to(root.parent).with_suffix("").parts]
        package = parts[:-1]
        importer = ".".join(parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                start = ".".join([*base, *([node.module] if node.module else [])])
                names = [f"{start}.{alias.name}" for alias in node.names]
            yield from (Import(importer, name, node.lineno) for name in names if name.split(".")[0] == root.name)  # type: ignore[attr-defined]


ALL = tuple(imports())
BETWEEN = tuple(one for one in ALL if all(one.areas) and one.areas[0] != one.areas[1])


def test_arrows_run_one_way() -> None:
    assert [str(one) for one in BETWEEN if one.areas[1] not in MAY_LEAN_ON[one.areas[0]]] == []


def test_there_are_arrows_to_hold() -> None:
    assert {"exercises", "lesson"} <= {one.areas[0] for one in BETWEEN}


def test_no_area_imports_a_private_part_of_another() -> None:
    private = [one for one in BETWEEN if any(part.startswith("_") for part in one.name.split("."))]
    assert [str(one) for one in private] == []


def test_the_daemon_is_started_and_never_imported() -> None:
    into = [one for one in ALL if one.name.startswith(NEVER_IMPORTED) and not one.importer.startswith(NEVER_IMPORTED)]
    assert [str(one) for one in into] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import helpers.services._process", "helpers.services._process"),
        ("def late():\n    from ..timeline import _hooks", "helpers.timeline._hooks"),
        ("from . import report", "helpers.exercises.report"),
    ],
)
def test_imports_are_found_however_they_are_written(tmp_path: Path, source: str, found: str) -> None:
    (tmp_path / "helpers" / "exercises").mkdir(parents=True)
    (tmp_path / "helpers" / "exercises" / "one.py").write_text(source)
    assert [one.name for one in imports(tmp_path / "helpers")] == [found]
