"""A page of the book is the notebook: its links lead to cells, its pictures have words, its timelines replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson import runs
from helpers.lesson.book import build, pages
from helpers.lesson.course import Course

RUN: dict[str, Any] = {"facts": "Two waits: </script> 20 ms", "events": "", "about": {"title": "Two waits"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    picture = nbformat.v4.new_output(
        "display_data",
        {"image/png": "iVBO", "text/plain": RUN["facts"]},
        metadata={"image/png": {"alt": 'Two "bars"', "width": 700}},
    )
    other = nbformat.v4.new_output("display_data", {"image/png": "iVBO", "text/plain": "A chart"}, metadata={})
    cells = [
        nbformat.v4.new_markdown_cell("← [00](00_start_here.ipynb)", id="navigation"),
        nbformat.v4.new_markdown_cell(
            "# Overlap\n\n[there](06_how.ipynb#cell-id=pool) [here](#cell-id=two)", id="title"
        ),
        nbformat.v4.new_code_cell("import sys", id="set-up"),
        nbformat.v4.new_code_cell("draw()", id="two", outputs=[picture, other]),
        nbformat.v4.new_markdown_cell("## Seen", id="seen"),
    ]
    place = tmp_path / "01_overlap.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), place)
    return place


def test_links_to_cells_lead_to_their_labels(path: Path) -> None:
    page = pages.made(path, {}, ["two", "seen"])
    sources = [cell.source for cell in page.notebook.cells]
    assert "[there](#p06-pool) [here](#p01-two)" in sources[0]
    assert "(p01-two)=" in sources
    assert "(p01-seen)=\n## Seen" in sources


def test_the_navigation_line_gives_way_to_the_books_own(path: Path) -> None:
    assert "navigation" not in [cell.id for cell in pages.made(path, {}, []).notebook.cells]


def test_a_picture_whose_run_is_kept_becomes_a_player_and_another_stays_a_picture(path: Path) -> None:
    page = pages.made(path, {"two": [RUN]}, [])
    (cell,) = [cell for cell in page.notebook.cells if cell.id == "two"]
    player, chart = (output["data"]["text/html"] for output in cell.outputs)
    assert 'data-timeline-replay="01-two-0"' in player
    assert 'alt="Two &quot;bars&quot;" width="700"' in player
    assert "data-timeline-replay" not in chart
    assert 'alt="A chart"' in chart
    assert set(page.files) == {"pictures/01-two-0.png", "pictures/01-two-1.png", "runs/01-two-0.js"}


def test_no_name_in_a_run_ends_the_script(path: Path) -> None:
    assert b"</script" not in pages.made(path, {"two": [RUN]}, []).files["runs/01-two-0.js"]


def test_a_run_without_its_picture_is_not_shown(path: Path) -> None:
    assert "runs/01-two-0.js" not in pages.made(path, {"two": [RUN | {"facts": "Old"}]}, []).files


def test_every_link_to_a_cell_finds_it() -> None:
    course = Course.here()
    texts = {path.name: [cell.source for cell in nbformat.read(path, 4).cells] for path in course.notebooks()}
    there = {path.name: {cell.id for cell in nbformat.read(path, 4).cells} for path in course.notebooks()}
    lost = {name: cells - there.get(name, set()) for name, cells in pages.linked(texts).items()}
    assert {name: cells for name, cells in lost.items() if cells} == {}


def test_every_run_that_is_kept_belongs_to_a_picture_of_its_cell() -> None:
    course = Course.here()
    for path in course.notebooks():
        cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        for name, kept in runs.load(course, path).items():
            words = [output.get("data", {}).get("text/plain") for output in cells[name].outputs]
            assert [run["about"]["title"] for run in kept if run["facts"] not in words] == [], (path.name, name)


def test_every_page_is_in_the_contents_once() -> None:
    course = Course.here()
    index = build._index(course, [])
    assert [path.stem for path in course.notebooks() if index.count(f"\n{path.stem}\n") != 1] == []
