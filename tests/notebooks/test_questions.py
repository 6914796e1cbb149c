"""Every question has an answer, a cell that shows it and a place where people ask it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
import pytest

from helpers.lesson.course import Course
from tests.notebooks.beside import Entry, broken_links, entries

COURSE = Course.here()
FEWEST, SENTENCES = 120, range(1, 5)
SOURCE = re.compile(r"[\w.-]+/[\w.-]+#\d+|<https?://[^>\s]+>")
QUESTIONS = entries((COURSE.source / "questions.md").read_text(encoding="utf-8"))


def asked_twice(questions: Iterable[Entry]) -> list[str]:
    """Return the questions that an earlier one asks in the same words, marks and capitals apart."""
    seen: set[str] = set()
    twice = []
    for question in questions:
        words = " ".join(re.findall(r"\w+", question.title.lower()))
        twice += [question.title] if words in seen else []
        seen.add(words)
    return twice


def faults(question: Entry) -> Iterator[str]:
    """Yield what a question lacks."""
    if question.sentences not in SENTENCES:
        yield f"{question.sentences} sentences"
    if not question.links:
        yield "no link"
    if not SOURCE.search(question.seen):
        yield "no source"


def test_there_are_at_least_a_hundred_and_twenty_questions() -> None:
    assert len(QUESTIONS) >= FEWEST


def test_no_question_is_asked_twice() -> None:
    assert asked_twice(QUESTIONS) == []


def test_every_question_has_a_short_answer_a_link_and_a_source() -> None:
    assert {question.title: found for question in QUESTIONS if (found := list(faults(question)))} == {}


def test_every_link_leads_to_a_cell_that_is_there() -> None:
    assert list(broken_links(COURSE, QUESTIONS)) == []


def test_questions_are_grouped_by_page_in_the_order_of_the_course() -> None:
    sections = [question.section[:2] for question in QUESTIONS]
    assert sections == sorted(sections)
    assert set(sections) <= {path.name[:2] for path in COURSE.notebooks()}


RIGHT = Entry(
    "Why does it wait?",
    "01 A page",
    "Because of `a. b`. So it is.\n\n[See page 01](01_a.ipynb#cell-id=seen)\n*Seen: a/b#1*",
)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of one page, whose only cell is named seen."""
    course = Course(tmp_path)
    course.source.mkdir()
    cell = nbformat.v4.new_markdown_cell("Seen.", id="seen")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), course.source / "01_a.ipynb")
    return course


def test_a_question_that_has_all_of_it_has_no_fault(course: Course) -> None:
    assert [*faults(RIGHT), *broken_links(course, [RIGHT])] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Because of `a. b`. So it is.", "", "0 sentences"),
        ("So it is.", "A. B. C. D.", "5 sentences"),
        ("[See page 01](01_a.ipynb#cell-id=seen)\n", "", "no link"),
        ("*Seen: a/b#1*", "", "no source"),
        ("a/b#1", "somewhere", "no source"),
    ],
)
def test_what_a_question_lacks_is_said(old: str, new: str, fault: str) -> None:
    assert list(faults(Entry(RIGHT.title, RIGHT.section, RIGHT.text.replace(old, new)))) == [fault]


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("01_a.ipynb#cell-id=gone", "leads to a cell that is not there"),
        ("02_b.ipynb#cell-id=seen", "leads to a cell that is not there"),
        ("01_a.ipynb#a-heading", "names no cell"),
        ("01_a.ipynb", "names no cell"),
    ],
)
def test_a_link_that_names_no_cell_of_a_page_is_found(course: Course, link: str, fault: str) -> None:
    (found,) = broken_links(course, [Entry("Q?", "01", f"[See page 01]({link})")])
    assert found.endswith(fault)


def test_the_same_words_with_other_marks_are_the_same_question() -> None:
    again = Entry("why does it `wait`", "02", "")
    assert asked_twice([RIGHT, again, Entry("Another?", "02", "")]) == [again.title]
