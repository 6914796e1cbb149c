"""On another day, every section of a page runs after the page's first two code cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson.course import Course
from tests.notebooks import sections

PAGES = Course.here().notebooks()


@pytest.mark.extended
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.timeout(300)
def test_every_section_runs_alone_after_the_set_up(page: Path) -> None:
    assert list(sections.failures(page)) == []


def test_a_section_holds_what_stands_under_its_headings_of_a_lower_level() -> None:
    cell: Any = nbformat.v4.new_code_cell
    found = sections.sections(
        [
            cell("set_up()"),
            cell("service = 1"),
            nbformat.v4.new_markdown_cell("## One\n```\n## no heading\n```"),
            cell("a = 1"),
            nbformat.v4.new_markdown_cell("### Deeper *(5 min)*"),
            cell("b = a"),
            nbformat.v4.new_markdown_cell("### A wall"),
            cell("b += 1"),
            nbformat.v4.new_markdown_cell("## Two"),
            cell("c = a"),
        ]
    )
    assert {section.heading: [each.source for each in section.cells] for section in found} == {
        "Deeper *(5 min)*": ["b = a"],
        "One": ["a = 1", "b = a", "b += 1"],
        "Two": ["c = a"],
    }


@pytest.mark.timeout(300)
def test_a_section_that_leans_on_another_is_found(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell("import asyncio"),
        nbformat.v4.new_code_cell("kept = 1"),
        nbformat.v4.new_markdown_cell("## One"),
        nbformat.v4.new_code_cell("a = kept"),
        nbformat.v4.new_markdown_cell("## Two"),
        nbformat.v4.new_code_cell("a", id="leans"),
    ]
    page = tmp_path / "77_page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), page)
    assert list(sections.failures(page)) == ["77_page, 'Two', leans: NameError: name 'a' is not defined"]


def test_a_section_may_say_what_to_run_first() -> None:
    (found,) = sections.sections(
        [
            nbformat.v4.new_code_cell("1"),
            nbformat.v4.new_code_cell("2"),
            nbformat.v4.new_markdown_cell("## One\nAfter a break, run the section above first."),
            nbformat.v4.new_code_cell("a"),
        ]
    )
    assert found.says_what_to_run
