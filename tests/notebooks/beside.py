"""The texts beside the pages, questions.md and glossary.md, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpers.lesson.course import Course
from tests.notebooks.structure import Page, ids

_LINK = re.compile(r"\[[^\]]+\]\(([^()\s]+)\)")
_SENTENCE_END = re.compile(r"[.?!][)\"”]*(?=\s+[A-Z`\"*(]|\s*$)")


@dataclass(frozen=True)
class Entry:
    """One question, or one term: a heading of the third level and the text under it."""

    title: str
    section: str
    text: str

    @property
    def links(self) -> list[str]:
        """What its links lead to, as written."""
        return _LINK.findall(self.text)

    @property
    def seen(self) -> str:
        """Where a question was seen; empty if nothing says so."""
        found = re.search(r"^\*Seen: (.+)\*$", self.text, re.MULTILINE)
        return found[1] if found else ""

    @property
    def answer(self) -> str:
        """The text without its links and its source."""
        lines = (line for line in self.text.splitlines() if not re.match(r"\[See |\*Seen: ", line))
        return "\n".join(lines).strip()

    @property
    def sentences(self) -> int:
        """How many sentences the answer has, links and source left out."""
        return len(_SENTENCE_END.findall(re.sub(r"`[^`\n]*`", "`code`", self.answer)))


def entries(text: str) -> list[Entry]:
    """Return the entries of a text, in its order."""
    found, section = [], ""
    for part in re.split(r"^(?=#{2,3} )", text, flags=re.MULTILINE):
        heading, _, rest = part.partition("\n")
        if heading.startswith("## "):
            section = heading[3:].strip()
        elif heading.startswith("### "):
            found.append(Entry(heading[4:].strip(), section, rest.strip()))
    return found


def broken_links(course: Course, among: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each link that doesn't name a cell of a page that is there."""
    cells = {path.name: ids(Page(course, path), path) for path in course.notebooks()}
    for entry in among:
        for link in entry.links:
            name, _, anchor = link.partition("#")
            if not anchor.startswith("cell-id="):
                yield f"{entry.title!r}: the link {link} names no cell"
            elif anchor.removeprefix("cell-id=") not in cells.get(name, ()):
                yield f"{entry.title!r}: the link {link} leads to a cell that is not there"
