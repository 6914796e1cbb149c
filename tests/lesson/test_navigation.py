from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.lesson import navigation
from helpers.lesson.course import Course

Write = Callable[..., Path]
MAP = "[The map of the course](00_start_here.ipynb#cell-id=map)"


@pytest.fixture
def pages(write: Write) -> list[Path]:
    return [write(name) for name in ("00_start_here.ipynb", "01_improved_performance.ipynb", "04_compatibility.ipynb")]


def test_the_line_leads_to_the_page_before_the_map_and_the_page_after(course: Course, pages: list[Path]) -> None:
    assert navigation.line(course, pages[1]) == (
        f"← [00 Start here](00_start_here.ipynb) · {MAP} · [04 Compatibility](04_compatibility.ipynb) →"
    )


def test_the_first_page_has_no_page_before_it_and_holds_the_map(course: Course, pages: list[Path]) -> None:
    assert navigation.line(course, pages[0]) == (
        "[The map of the course](#cell-id=map) · [01 Improved performance](01_improved_performance.ipynb) →"
    )


def test_the_last_page_has_no_page_after_it(course: Course, pages: list[Path]) -> None:
    assert navigation.line(course, pages[2]).endswith(MAP)
