"""Every term of the pages is in the glossary, and every word of the glossary is a page's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import nbformat
import pytest

from helpers.lesson.course import Course
from tests.notebooks import budget
from tests.notebooks.beside import Entry, broken_links, entries
from tests.notebooks.structure import Page

COURSE = Course.here()
PAGES = [Page(COURSE, path) for path in COURSE.notebooks()]
TERMS = entries((COURSE.source / "glossary.md").read_text(encoding="utf-8"))
ABOUT_THE_NOTEBOOK = ("how", "map")  # keys to press, menus, the parts of the course
_BOLD = re.compile(r"(?P<button>[Pp]ress )?\*\*(?P<words>[^*]+?)(?P<label>[:.…]?)\*\*")  # only a term is neither
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")


def plain(words: str) -> str:
    """Return a term as it is compared: without code marks, capitals, and the not that denies it."""
    return re.sub(r"^not an? ", "", re.sub(r"\s+", " ", words.replace("`", "")).strip().lower())


def bold_terms(cells: Iterable[nbformat.NotebookNode]) -> set[str]:
    """Return what is bold in a page, outside headings, exercises, code and labels such as `**The fix:**`."""
    told = (cell for cell in cells if cell.cell_type == "markdown" and cell.get("id") not in ABOUT_THE_NOTEBOOK)
    prose = budget.without_exercises("\n\n".join(cell.source for cell in told))
    prose = _CODE.sub(lambda code: code[0].replace("*", "∗"), _HEADING.sub("", prose))
    found = (one for one in _BOLD.finditer(prose) if not one["button"] and not one["label"])
    return {plain(one["words"]) for one in found if re.search("[a-z]", one["words"], re.IGNORECASE)}


def forms(entry: Entry) -> list[str]:
    """Return the forms of a term, which its heading separates with ` · `."""
    return [plain(form) for form in entry.title.split(" · ")]


def unused(terms: Iterable[Entry], prose: str) -> Iterator[str]:
    """Yield the terms of which no form is a word, or words, of the prose."""
    text = plain(prose)
    for entry in terms:
        if not any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text) for form in forms(entry)):
            yield entry.title


def test_every_bold_term_of_a_page_is_in_the_glossary() -> None:
    known = {form for entry in TERMS for form in forms(entry)}
    assert {page.path.name: missing for page in PAGES if (missing := bold_terms(page.cells) - known)} == {}


def test_every_term_of_the_glossary_is_used_in_a_page() -> None:
    assert list(unused(TERMS, "\n".join(page.prose for page in PAGES))) == []


def test_every_term_has_one_or_two_sentences_and_a_link() -> None:
    assert [entry.title for entry in TERMS if entry.sentences not in (1, 2) or not entry.links] == []


def test_every_link_of_the_glossary_leads_to_a_cell_that_is_there() -> None:
    assert list(broken_links(COURSE, TERMS)) == []


def test_terms_are_in_the_order_of_the_alphabet_and_none_is_there_twice() -> None:
    words = [forms(entry)[0].removeprefix("asyncio.") for entry in TERMS]
    assert words == sorted(set(words))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("A **lane** is one line of work.", {"lane"}),
        ("Here is **`async with`**, and a semaphore is **not a rate limit**.", {"async with", "rate limit"}),
        ("It **blocked the\nevent loop**.", {"blocked the event loop"}),
        ("## A **heading**", set()),
        ("**The fix:** wait. **What just happened.** It ran. **You will be able to…**", set()),
        ("Press **Play**.", set()),
        ("It is `2**n` and `3**n` of **`n`**.", {"n"}),
        ("It takes **20** at a time.", set()),
        ("### ✍️ Exercise 1.1 · three (3 min)\n\n**Three** requests.\n\n## Next\n\nA **task**.", {"task"}),
        ("```python\n**code**\n```", set()),
    ],
)
def test_a_term_is_what_is_bold_and_no_label(text: str, terms: set[str]) -> None:
    assert bold_terms([nbformat.v4.new_markdown_cell(text, id="text")]) == terms


def test_what_is_bold_about_the_notebook_itself_is_no_term() -> None:
    assert bold_terms([nbformat.v4.new_markdown_cell("Press it with **Shift+Enter**.", id="how")]) == set()


def test_a_term_that_no_page_uses_is_found() -> None:
    terms = [Entry("lane", "", ""), Entry("poll · polls", "", ""), Entry("`fork`", "", ""), Entry("art", "", "")]
    assert list(unused(terms, "A lane. It polls. Start it.")) == ["`fork`", "art"]
