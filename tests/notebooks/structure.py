"""What every notebook of the course has, as rules: each yields what is wrong with a page, in words."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

from helpers.lesson import hygiene, navigation, pictures, refresh
from helpers.lesson.course import FIRST_PAGE, Course
from helpers.lesson.setup import SET_UP_CELL
from tests.notebooks import budget

MAX_LINES = 30
ENDING = ("✅ Check yourself", "Key points", "Take it home")
BENEFIT_HEADINGS = ("The claim", "The problem", "The limit", "Where it loses", "⚠️ Common mistakes", *ENDING)
COST_HEADINGS = ("Where it loses", *ENDING)  # pages 06 to 11; a claim, a limit, mistakes where there is one to show
CAPSTONE_HEADINGS = ENDING
FIRST_PAGE_HEADINGS = (navigation.MAP_HEADING,)
BENEFITS, CAPSTONE = ("01", "02", "03", "04", "05"), "12"
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_FIXED_COLOUR = re.compile(r"<[^>]*(?:style\s*=[^>]*(?:color|background)|bgcolor|<font)[^>]*>", re.IGNORECASE)
_MYST = re.compile(r"^:::|^```\{|^\([\w-]+\)=$|\{(?:ref|doc|numref|admonition)\}`", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One notebook of a course."""

    course: Course
    path: Path

    @cached_property
    def notebook(self) -> Any:
        return nbformat.read(self.path, as_version=4)

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.path.stem[:2]

    @property
    def cells(self) -> list[Any]:
        return list(self.notebook.cells)

    @property
    def code(self) -> list[Any]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @cached_property
    def prose(self) -> str:
        """The Markdown of the page without its code blocks."""
        texts = (cell.source for cell in self.cells if cell.cell_type == "markdown")
        return "\n\n".join(_FENCE.sub("", text) for text in texts)

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading."""
        found = re.findall(r"^(#{1,6}) +(.+?)\s*$", self.prose, re.MULTILINE)
        return [(len(marks), text) for marks, text in found]


Rule = Callable[[Page], Iterator[str]]


def valid_and_with_ids_of_their_own(page: Page) -> Iterator[str]:
    ids = [cell.get("id") for cell in page.cells]
    if None in ids:
        yield "a cell has no id: save the notebook as format 4.5"
    yield from (f"two cells have the id {name!r}" for name in sorted({str(i) for i in ids if ids.count(i) > 1}))
    if len(set(ids)) < len(ids):
        return  # nbformat would put in other ids
    try:
        nbformat.validate(page.notebook)
    except nbformat.ValidationError as error:
        yield f"not a valid notebook: {error}"


def navigation_first(page: Page) -> Iterator[str]:
    wanted = navigation.line(page.course, page.path)
    first = page.cells[0] if page.cells else None
    if first is None or first.get("id") != refresh.NAVIGATION_ID or first.source != wanted:
        yield f"the first cell is not the navigation line: python -m helpers refresh {page.path.stem[:2]}"


def set_up_cell_as_everywhere(page: Page) -> Iterator[str]:
    found = [cell for cell in page.code if cell.get("id") == refresh.SET_UP_ID]
    if len(found) != 1:
        yield f"{len(found)} code cells have the id {refresh.SET_UP_ID!r}, not one"
    elif found[0].source != SET_UP_CELL:
        yield f"the set-up cell is not today's: python -m helpers refresh {page.path.stem[:2]}"
    elif page.code[0] is not found[0]:
        yield "the set-up cell is not the first code cell"


def run_from_top_to_bottom(page: Page) -> Iterator[str]:
    counts = [cell.execution_count for cell in page.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}, not 1 to {len(counts)}: refresh it"


def soon_done(page: Page) -> Iterator[str]:
    seconds = page.notebook.metadata.get("course", {}).get("seconds")
    if seconds is None:
        yield f"nothing says how long it takes: python -m helpers refresh {page.path.stem[:2]}"
    elif seconds > refresh.NOTEBOOK_LIMIT_S:
        yield f"its cells took {seconds} s; a learner is to wait {refresh.NOTEBOOK_LIMIT_S:g} s at most"


def clean_outputs(page: Page) -> Iterator[str]:
    for number, cell in enumerate(page.cells):
        yield from (f"cell {number} {problem}" for problem in hygiene.problems(cell, root=page.course.root))
        yield from (f"cell {number} names {path}" for path in hygiene.machine_paths(cell.source, root=page.course.root))


def pictures_in_words(page: Page) -> Iterator[str]:
    for number, cell in enumerate(page.code):
        for output in cell.outputs:
            for kind in output.get("data", {}):
                if kind.startswith("image/") and not output.metadata.get(kind, {}).get("alt", "").strip():
                    yield f"code cell {number} shows an {kind} without alt text in its metadata"
    if re.search(r"!\[\s*\]\(", page.prose):
        yield "a picture in the text has no alt text"
    for tag in re.findall(r"<img\b[^>]*>", page.prose):
        if not re.search(r"""alt\s*=\s*["'][^"']+""", tag):
            yield f"no alt text: {tag}"


def exported_pictures_up_to_date(page: Page) -> Iterator[str]:
    for path, content in pictures.exported(page.course, page.notebook):
        if content is None or not path.exists() or path.read_bytes() != content:
            yield f"{path.name} is not what its cell has drawn: python -m helpers refresh {page.path.stem[:2]}"


def not_too_long(page: Page) -> Iterator[str]:
    yield from budget.excesses(page.cells, budget.CAPSTONE if page.number == CAPSTONE else budget.LIMITS)
    lengths = [sum(map(bool, map(str.strip, cell.source.splitlines()))) for cell in page.code]
    yield from (f"code cell {n} has {length} lines" for n, length in enumerate(lengths) if length > MAX_LINES)


def headings_in_order(page: Page) -> Iterator[str]:
    levels = [level for level, _ in page.headings]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "a page has one title (#), and it comes first"
    for (before, _), (level, text) in zip(page.headings, page.headings[1:], strict=False):
        if level > before + 1:
            yield f"the heading {text!r} skips a level"
    wanted = wanted_headings(page)
    texts = [text for _, text in page.headings]
    places = []
    for heading in wanted:
        found = [place for place, text in enumerate(texts) if _begins(text, heading)]
        if len(found) != 1:
            yield f"{len(found)} headings begin with {heading!r}, not one"
        places += found[:1]
    if places != sorted(places):
        yield f"the headings are not in this order: {', '.join(wanted)}"


def wanted_headings(page: Page) -> tuple[str, ...]:
    """Return what the headings of a page begin with, in their order; others may stand between them."""
    if page.path.name == FIRST_PAGE:
        return FIRST_PAGE_HEADINGS
    if page.number == CAPSTONE:
        return CAPSTONE_HEADINGS
    return BENEFIT_HEADINGS if page.number in BENEFITS else COST_HEADINGS


def _begins(text: str, heading: str) -> bool:
    return re.match(rf"{re.escape(heading)}\b", text, re.IGNORECASE) is not None


def promise(page: Page) -> Iterator[str]:
    if "you will be able to" not in page.prose.lower():
        yield "nothing says what the reader will be able to do: *You will be able to…*"


def drawn_everywhere(page: Page) -> Iterator[str]:
    for text in (cell.source for cell in page.cells if cell.cell_type == "markdown"):
        yield from (f"MyST, which GitHub does not draw: {found}" for found in _MYST.findall(text))
    outputs = [str(output.get("data", {}).get("text/html", "")) for cell in page.code for output in cell.outputs]
    for text in (page.prose, *outputs):
        yield from (f"a fixed colour, unreadable in one theme: {tag}" for tag in _FIXED_COLOUR.findall(text))


def links_lead_somewhere(page: Page) -> Iterator[str]:
    """Links to a place in a notebook name a cell: JupyterLab finds no heading with a `·` or an emoji in it."""
    text = re.sub(r"`[^`\n]*`", "", page.prose)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = page.path.parent / target if target else page.path
        if target.startswith("/") or "workbook/" in target or not path.exists():
            yield f"the link {link} leads nowhere"
        elif anchor and path.suffix == ".ipynb" and anchor.removeprefix("cell-id=") not in ids(page, path):
            yield f"the link {link} leads to a cell that is not there"
        elif anchor and path.suffix == ".ipynb" and not anchor.startswith("cell-id="):
            yield f"the link {link} names no cell: write #cell-id=ID"


def ids(page: Page, path: Path) -> set[str]:
    """Return the ids of the cells of a notebook that a page links to."""
    return {str(cell.get("id")) for cell in (page if path == page.path else Page(page.course, path)).cells}


def takes_a_script_home(page: Page) -> Iterator[str]:
    linked = re.findall(r"\]\((take_home/[^)]+\.py)\)", page.prose)
    if page.path.name != FIRST_PAGE and not linked:
        yield "no script in notebooks/take_home/ is linked"


def ignored_with_a_reason(page: Page) -> Iterator[str]:
    for number, cell in enumerate(page.code):
        if re.search(r"#\s*(?:NBVAL_|PYTEST_VALIDATE)", cell.source):
            yield f"code cell {number}: nbval is told by tags, not by comments that a learner reads"
        tags = set(cell.metadata.get("tags", []))
        if "nbval-skip" in tags:
            yield f"code cell {number} is never run: nbval-skip"
        ignored = "nbval-ignore-output" in tags
        reason = str(cell.metadata.get("course", {}).get("ignore_output", "")).strip()
        if ignored != bool(reason):
            yield f"code cell {number}: nbval-ignore-output and its reason, course.ignore_output, go together"


ALL_PAGES: tuple[Rule, ...] = (
    valid_and_with_ids_of_their_own,
    navigation_first,
    set_up_cell_as_everywhere,
    run_from_top_to_bottom,
    soon_done,
    clean_outputs,
    pictures_in_words,
    exported_pictures_up_to_date,
    not_too_long,
    headings_in_order,
    promise,
    drawn_everywhere,
    links_lead_somewhere,
    takes_a_script_home,
    ignored_with_a_reason,
)


def main(argv: list[str]) -> int:
    """Print what each page asks of its reader, and each rule that it breaks."""
    course = Course.here()
    broken = 0
    for path in [course.find(name) for name in argv] or course.notebooks():
        page = Page(course, path)
        print(f"{path.name}: {budget.length(page.cells)}")
        for rule in ALL_PAGES:
            for problem in rule(page):
                broken += 1
                print(f"  {rule.__name__}: {problem}")
    return broken > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
