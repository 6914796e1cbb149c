"""The runs behind a page's pictures are kept beside it, and only those that its pictures show."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.lesson import refresh, runs
from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL
from helpers.timeline import Timeline

RUN = {"facts": "Two waits: 20 ms", "events": ""}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path)
    made.source.mkdir()
    return made


def test_what_is_stored_is_loaded(course: Course) -> None:
    page = course.source / "01_page.ipynb"
    runs.store(course, page, {"two": [RUN], "none": []})
    assert runs.load(course, page) == {"two": [RUN]}


def test_the_same_runs_make_the_same_file(course: Course) -> None:
    page = course.source / "01_page.ipynb"
    runs.store(course, page, {"a": [RUN], "b": [RUN]})
    first = runs.path_of(course, page).read_bytes()
    runs.store(course, page, {"b": [RUN], "a": [RUN]})
    assert runs.path_of(course, page).read_bytes() == first


def test_a_page_without_runs_has_no_file(course: Course) -> None:
    page = course.source / "01_page.ipynb"
    runs.store(course, page, {"two": [RUN]})
    runs.store(course, page, {})
    assert not runs.path_of(course, page).exists()
    assert runs.load(course, page) == {}


def test_a_run_belongs_to_the_output_that_says_the_same() -> None:
    other = {"facts": "Another: 3 ms"}
    outputs: list[dict[str, Any]] = [{"data": {"text/plain": ["Two waits:", " 20 ms"]}}, {"output_type": "stream"}]
    assert runs.noted(map(json.dumps, [other, RUN]), outputs) == [RUN]


def recorded() -> Timeline:
    async def main() -> Timeline:
        async with Timeline("Two waits", show=False) as timeline:
            await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.02))
        return timeline

    return asyncio.run(main())


def test_a_run_is_noted_where_a_refresh_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(tmp_path / "runs.jsonl"))
    timeline = recorded()
    runs.note(timeline.record)
    (line,) = (tmp_path / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["facts"] == timeline.picture().facts


def test_a_run_that_is_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(runs.VARIABLE, str(tmp_path / "runs.jsonl"))
    monkeypatch.setattr(runs, "MOST_BYTES", 100)
    runs.note(recorded().record)
    assert not (tmp_path / "runs.jsonl").exists()


def test_a_learners_kernel_notes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runs.VARIABLE, raising=False)
    runs.note(None)  # type: ignore[arg-type]  # it is not even looked at


def test_a_refresh_keeps_the_run_of_each_cell_that_draws_one(course: Course) -> None:
    root = Course.here().root
    cells = [
        nbformat.v4.new_markdown_cell("# A page", id="title"),
        nbformat.v4.new_code_cell(SET_UP_CELL.replace("Path.cwd(),", f"Path({str(root)!r}),"), id="ready"),
        nbformat.v4.new_code_cell("import asyncio\nfrom helpers import Timeline", id="imports"),
        nbformat.v4.new_code_cell('async with Timeline("One"):\n    await asyncio.sleep(0.01)', id="one"),
        nbformat.v4.new_code_cell("print(1)", id="print"),
    ]
    path = course.source / "01_page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert refresh.refresh(course, path).problems == []
    kept = runs.load(course, path)
    assert [(cell, [run["about"]["title"] for run in some]) for cell, some in kept.items()] == [("one", ["One"])]
