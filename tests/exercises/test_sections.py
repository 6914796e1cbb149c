"""Findings lead back to cells that there are."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from helpers.exercises import sections
from helpers.exercises.exercise import lesson_numbers, of_lesson
from helpers.exercises.sections import find, page_of

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "helpers" / "exercises"


def named(module: ModuleType, tree: ast.AST) -> Iterator[str]:
    """Yield the sections that a module's findings and expectations name: strings, and names of strings."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [word.value for word in call.keywords if word.arg == "section"]
        if isinstance(call.func, ast.Name) and call.func.id == "Finding":
            given += call.args[3:4]
        given = [node for one in given for node in ((one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,))]
        for node in given:
            value = getattr(module, node.id, None) if isinstance(node, ast.Name) else getattr(node, "value", None)
            if isinstance(value, str):
                yield value


def everything() -> list[tuple[str, str]]:
    """Return each page with each section that is named in its exercises, and those of what pages share."""
    found = [(lesson, one.section) for lesson in lesson_numbers() for one in of_lesson(lesson)]
    for path in [*HOME.glob("lesson_*/*.py"), *HOME.glob("expectations/*.py")]:
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        page = path.parent.name.removeprefix("lesson_")
        found += [(page, section) for section in named(module, ast.parse(path.read_text(encoding="utf-8")))]
    return sorted({(page, section) for page, section in found if section})


@pytest.mark.parametrize(("page", "section"), everything())
def test_a_section_that_an_exercise_names_is_a_cell_of_a_page(page: str, section: str) -> None:
    assert find(section, page).there


def test_sections_are_found_in_findings_too() -> None:
    module = ModuleType("m")
    module.HERE = "here"  # type: ignore[attr-defined]
    text = 'Finding("a", "b", "c", HERE)\nFinding("a", "b", section="there" if x else "")\nf(section=section)'
    tree = ast.parse(text)
    assert set(named(module, tree)) == {"here", "there", ""}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a heading, a cell under it, and another heading."""
    cells = [
        {"cell_type": "markdown", "id": "three", "source": ["## 2 · Three waits *(core, 5 min)*\n", "Some text."]},
        {"cell_type": "code", "id": "run", "source": "await f()  # nothing"},
        {"cell_type": "markdown", "id": "both", "source": "## The claim\n\n### `write` without `drain`"},
    ]
    path = tmp_path / "09_pages.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.setattr(sections, "PAGES", tmp_path)
    return path


@pytest.mark.parametrize(
    ("section", "marked"),
    [
        ("three", "[2 · Three waits](09_pages.ipynb#cell-id=three)"),
        ("run", "[2 · Three waits](09_pages.ipynb#cell-id=run)"),
        ("09:both", "[`write` without `drain`](09_pages.ipynb#cell-id=both)"),
        ("not-there", "[not there](09_pages.ipynb#cell-id=not-there)"),
        ("11:far-away", "far away"),
    ],
)
def test_a_section_becomes_a_link_with_the_words_of_its_heading(page: Path, section: str, marked: str) -> None:
    assert find(section, "09").markdown == marked


def test_a_page_that_can_not_be_read_costs_only_the_title(page: Path) -> None:
    page.write_text("half a noteb", encoding="utf-8")
    assert find("three-waits", "09").markdown == "[three waits](09_pages.ipynb#cell-id=three-waits)"


@pytest.mark.parametrize(("number", "page"), [("1.2", "01"), ("10.3", "10")])
def test_an_exercise_belongs_to_the_page_with_its_number(number: str, page: str) -> None:
    assert page_of(number) == page
