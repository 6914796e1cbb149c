"""The instructor's guide speaks of the pages as they are: their questions, their exercises, their minutes."""

from __future__ import annotations

import json
import re

import pytest

from helpers.lesson.course import Course
from helpers.lesson.schedule import sections

COURSE = Course.here()
GUIDE = (COURSE.root / "notebooks" / "instructors.md").read_text(encoding="utf-8")
PARTS = {part[:2]: part for part in re.split(r"^## (?=\d\d )", GUIDE, flags=re.MULTILINE)[1:]}
PAGES = [path.stem[:2] for path in COURSE.notebooks()]
QUESTION = re.compile(r'^predict\(\s*"([\w.:-]+)",\s*"([^"]+)"', re.MULTILINE)
MINUTES = re.compile(r"^\| (.+?) \| (\d+) \|$", re.MULTILINE)
IN_ALL = "in all"


def part(page: str) -> str:
    return PARTS[page].partition("\n## ")[0]


def questions(page: str) -> dict[str, str]:
    """The questions of a page, by their keys."""
    cells = json.loads(COURSE.find(page).read_text(encoding="utf-8"))["cells"]
    return dict(QUESTION.findall("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_part(page: str) -> None:
    assert page in PARTS
    assert f"]({COURSE.find(page).name})" in part(page)


@pytest.mark.parametrize("page", sorted(PARTS))
def test_every_question_of_a_page_is_there_as_it_is_asked(page: str) -> None:
    rows = {key: said for said, key in re.findall(r"^\| ([^|]*?) ?`(\d\d-[\w-]+)` \|", part(page), re.MULTILINE)}
    assert rows == questions(page), "a row of the table of guesses begins with | QUESTION `KEY` |, as `predict` asks it"


@pytest.mark.parametrize("page", sorted(PARTS))
def test_no_exercise_is_spoken_of_that_there_is_not(page: str) -> None:
    there = {key for one in sections(COURSE) if one.page == page for key in one.keys}
    spoken_of = set(re.findall(rf"\b{int(page)}\.\d\b", part(page)))
    assert spoken_of <= there


@pytest.mark.parametrize("page", sorted(PARTS))
def test_the_minutes_add_up(page: str) -> None:
    minutes = [(name, int(n)) for name, n in MINUTES.findall(part(page))]
    (total,) = (n for name, n in minutes if name == IN_ALL)
    assert sum(n for name, n in minutes if name != IN_ALL) == total
