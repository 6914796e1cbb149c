"""Every notebook of the course keeps every rule, and every rule can be broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson import navigation
from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL
from tests.notebooks import budget, structure
from tests.notebooks.structure import BENEFIT_HEADINGS, Page, Rule

COURSE = Course.here()
Change = Callable[[Any], None]


@pytest.mark.parametrize("rule", structure.ALL_PAGES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", COURSE.notebooks(), ids=lambda path: path.stem)
def test_every_notebook_keeps_every_rule(path: Path, rule: Rule) -> None:
    assert list(rule(Page(COURSE, path))) == []


def test_the_course_begins_with_its_first_page() -> None:
    assert [path.name for path in COURSE.notebooks()][:1] == ["00_start_here.ipynb"]


def test_every_take_home_script_and_every_picture_is_linked_from_a_page() -> None:
    prose = "".join(Page(COURSE, path).prose for path in COURSE.notebooks())
    prose += (COURSE.root / "README.md").read_text(encoding="utf-8")
    files = [*COURSE.source.glob("take_home/*.py"), *COURSE.source.glob("images/*")]
    assert [path.name for path in files if path.relative_to(COURSE.source).as_posix() not in prose] == []


@pytest.fixture
def lesson(tmp_path: Path) -> Page:
    """A page that keeps every rule."""
    course = Course(tmp_path)
    (course.source / "take_home").mkdir(parents=True)
    (course.source / "take_home" / "overlap.py").touch()
    path = course.source / "01_lesson.ipynb"
    path.touch()
    (course.source / "00_start_here.ipynb").touch()
    headings = "\n\n".join(f"## {heading}" for heading in BENEFIT_HEADINGS)
    picture = nbformat.v4.new_output(
        "display_data", {"image/png": "iVBO", "text/plain": "x"}, metadata={"image/png": {"alt": "Two bars"}}
    )
    cells = [
        nbformat.v4.new_markdown_cell(navigation.line(course, path), id="navigation"),
        nbformat.v4.new_markdown_cell("# Overlap your waits\n\nYou will be able to…", id="title"),
        nbformat.v4.new_code_cell(SET_UP_CELL, id="set-up", execution_count=1),
        nbformat.v4.new_code_cell("draw()", id="draw", execution_count=2, outputs=[picture]),
        nbformat.v4.new_markdown_cell(f"{headings}\n\nThe script: [overlap](take_home/overlap.py)", id="rest"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"course": {"seconds": 3}}), path)
    first = [nbformat.v4.new_markdown_cell("# Start here\n\n## The map of the course", id="map")]
    nbformat.write(nbformat.v4.new_notebook(cells=first), course.source / "00_start_here.ipynb")
    return Page(course, path)


@pytest.mark.parametrize("rule", structure.ALL_PAGES, ids=lambda rule: rule.__name__)
def test_a_page_that_keeps_every_rule_passes(lesson: Page, rule: Rule) -> None:
    assert list(rule(lesson)) == []


def cell(number: int, **values: Any) -> Change:
    return lambda notebook: notebook.cells[number].update(values)


def add(number: int, text: str) -> Change:
    return lambda notebook: notebook.cells[number].update(source=notebook.cells[number].source + text)


def replace(number: int, old: str, new: str) -> Change:
    return lambda notebook: notebook.cells[number].update(source=notebook.cells[number].source.replace(old, new))


def metadata(number: int, **values: Any) -> Change:
    return lambda notebook: notebook.cells[number].metadata.update(values)


def outputs(number: int, **output: Any) -> Change:
    return lambda notebook: notebook.cells[number].update(outputs=[nbformat.from_dict(output)])


def many_cells(notebook: Any) -> None:
    notebook.cells += [copy.deepcopy(notebook.cells[1]) for _ in range(budget.LIMITS.cells)]


BROKEN: list[tuple[Rule, str, Change]] = [
    (structure.valid_and_with_ids_of_their_own, "two cells have the id 'title'", cell(3, id="title")),
    (structure.valid_and_with_ids_of_their_own, "not a valid notebook", cell(3, cell_type="sonnet")),
    (structure.navigation_first, "not the navigation line", cell(0, source="← [00](00.ipynb)")),
    (structure.navigation_first, "not the navigation line", lambda notebook: notebook.cells.reverse()),
    (structure.set_up_cell_as_everywhere, "not today's", add(2, "\n# and more")),
    (structure.set_up_cell_as_everywhere, "0 code cells", cell(2, id="setup")),
    (
        structure.set_up_cell_as_everywhere,
        "not the first",
        lambda notebook: notebook.cells.insert(0, notebook.cells.pop(3)),
    ),
    (structure.run_from_top_to_bottom, "execution counts are [1, 3]", cell(3, execution_count=3)),
    (structure.run_from_top_to_bottom, "execution counts are [1, None]", cell(3, execution_count=None)),
    (structure.soon_done, "took 21 s", lambda notebook: notebook.metadata["course"].update(seconds=21)),
    (structure.soon_done, "nothing says", lambda notebook: notebook.metadata.clear()),
    (structure.clean_outputs, "stderr", outputs(3, output_type="stream", name="stderr", text="oh")),
    (structure.clean_outputs, "path", outputs(3, output_type="stream", name="stdout", text="/home/ada/x.py")),
    (structure.clean_outputs, "failed", outputs(3, output_type="error", ename="E", evalue="", traceback=[])),
    (structure.clean_outputs, "names /home/ada/x", add(1, " /home/ada/x")),
    (
        structure.pictures_in_words,
        "without alt text",
        outputs(3, output_type="display_data", data={"image/png": "iVBO"}, metadata={}),
    ),
    (structure.pictures_in_words, "no alt text", add(1, "\n\n![](images/x.png)")),
    (structure.pictures_in_words, "no alt text", add(1, '\n\n<img src="x.png">')),
    (
        structure.exported_pictures_up_to_date,
        "x.png is not what its cell has drawn",
        metadata(3, course={"picture": "x.png"}),
    ),
    (structure.not_too_long, "43 cells, 3 more than 40", many_cells),
    (structure.not_too_long, "has 31 lines", cell(3, source="x\n" * 31)),
    (structure.headings_in_order, "one title", add(4, "\n\n# Another title")),
    (structure.headings_in_order, "0 headings begin with 'The limit'", replace(4, "The limit", "Bounds")),
    (structure.headings_in_order, "2 headings begin with 'The claim'", add(4, "\n\n## The claim")),
    (structure.headings_in_order, "not in this order", replace(4, "The claim", "Key points (old)")),
    (structure.headings_in_order, "skips a level", add(4, "\n\n#### Deep")),
    (structure.promise, "able to do", replace(1, "able", "glad")),
    (structure.drawn_everywhere, "MyST", add(1, "\n\n:::{note}\n:::")),
    (structure.drawn_everywhere, "MyST", add(1, "\n\n```{note}\n```")),
    (structure.drawn_everywhere, "fixed colour", add(1, '\n\n<b style="color: #333">dark</b>')),
    (
        structure.drawn_everywhere,
        "fixed colour",
        outputs(3, output_type="display_data", data={"text/html": "<td style='background:red'>"}, metadata={}),
    ),
    (structure.links_lead_somewhere, "[x] leads nowhere".replace("[x]", "02.ipynb"), add(1, " [next](02.ipynb)")),
    (structure.links_lead_somewhere, "not there", add(1, " [map](00_start_here.ipynb#cell-id=atlas)")),
    (structure.links_lead_somewhere, "not there", add(1, " [below](#Nowhere)")),
    (structure.links_lead_somewhere, "names no cell", add(1, " [title](#title)")),
    (structure.takes_a_script_home, "no script", replace(4, "take_home/overlap.py", "01_lesson.ipynb")),
    (structure.ignored_with_a_reason, "go together", metadata(3, tags=["nbval-ignore-output"])),
    (structure.ignored_with_a_reason, "go together", metadata(3, course={"ignore_output": "threads"})),
    (structure.ignored_with_a_reason, "never run", metadata(3, tags=["nbval-skip"])),
    (structure.ignored_with_a_reason, "by tags", add(3, "\n# NBVAL_IGNORE_OUTPUT")),
]


@pytest.mark.parametrize(
    ("rule", "message", "change"), BROKEN, ids=[f"{rule.__name__}: {message}" for rule, message, _ in BROKEN]
)
def test_a_page_that_breaks_a_rule_is_told_so(lesson: Page, rule: Rule, message: str, change: Change) -> None:
    change(lesson.notebook)
    assert message in "\n".join(rule(lesson))


def test_every_rule_has_a_page_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(structure.ALL_PAGES)


def test_an_output_that_is_ignored_for_a_reason_is_fine(lesson: Page) -> None:
    metadata(3, tags=["nbval-ignore-output"], course={"ignore_output": "the order of threads"})(lesson.notebook)
    assert list(structure.ignored_with_a_reason(lesson)) == []
