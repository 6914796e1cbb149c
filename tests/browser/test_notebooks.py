"""The lessons, worked through in a real JupyterLab."""

from __future__ import annotations

import os
from itertools import zip_longest

import nbformat
import pytest
import pytest_asyncio

from helpers.lesson.course import Course
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(600)]
COURSE = Course.here()
# The first two in every run: they have all that a page can have. COURSE_LESSONS=all works through every notebook, which
# takes some minutes more; nbval has run the others' cells by then.
EVERY = [path.stem for path in COURSE.notebooks()]
LESSONS = EVERY if os.environ.get("COURSE_LESSONS") == "all" else EVERY[:2]
REPLAYS = {"slow-motion"}  # cells in which a canvas plays, where GitHub shows a picture


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def lessons(the_lab: Lab) -> dict[str, Notebook]:
    """The notebooks, opened from the workbook and run from top to bottom, two at a time."""
    opened: dict[str, Notebook] = {}
    for pair in zip_longest(LESSONS[::2], LESSONS[1::2]):
        running = {name: await the_lab.open(f"workbook/{name}.ipynb") for name in pair if name}
        for notebook in running.values():
            await notebook.start_all()
        for notebook in running.values():
            await notebook.until_all_have_run()
        opened |= running
    return opened


def committed_pictures(notebook: Notebook) -> list[str]:
    """Return the ids of the cells that show a picture in the course's own, committed notebook."""
    committed = nbformat.read(COURSE.find(notebook.path), as_version=4)
    return [
        str(cell.id)
        for cell in committed.cells
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    ]


@pytest.mark.parametrize("name", LESSONS)
async def test_every_cell_runs_and_none_fails(name: str, lab: Lab, lessons: dict[str, Notebook]) -> None:
    notebook = lessons[name]
    assert await notebook.troubles() == []
    cells = await notebook.cells_with_pictures()
    missing = set(committed_pictures(notebook)) - set(cells)
    assert not missing, {cell: await notebook.outputs(cell) for cell in missing}
    assert cells == committed_pictures(notebook)
    for cell in cells:
        if cell in REPLAYS:
            assert await (await notebook.locate(cell, "canvas[data-at]")).count() == 1
            continue
        images = await notebook.images(cell)
        assert all(image.width > 0 for image in images), cell
    await lab.screenshot(name)


async def test_a_slider_moved_with_the_keyboard_draws_the_experiment_anew(
    lab: Lab, lessons: dict[str, Notebook]
) -> None:
    notebook = lessons["01_improved_performance"]
    (before,) = await notebook.images("explore-run")
    await lab.screenshot("explore_before")
    await notebook.move_slider("explore-run", "n", "ArrowRight", times=5)
    await notebook.until_output("explore-run", "20 tasks, 5 ms of work each: ")
    await notebook.until_output("explore-run", "L + n·work is 200 ms")  # it may draw the values in between, too
    await notebook.until_image_changes("explore-run", before)
    await lab.screenshot("explore_after")


async def test_saved_and_opened_again_without_a_kernel_the_pictures_are_there(
    lab: Lab, lessons: dict[str, Notebook]
) -> None:
    pictures = {name: await notebook.cells_with_pictures() for name, notebook in lessons.items()}
    for notebook in lessons.values():
        await notebook.save()
    await lab.leave_and_come_back()
    for name, cells in pictures.items():
        again = await lab.open(lessons[name].path, kernel=False)
        assert not await again.has_kernel()
        assert await again.cells_with_pictures() == cells
        for cell in {cells[0], *(cell for cell in cells if cell == "explore-run"), cells[-1]}:
            assert all(image.width > 0 for image in await again.images(cell)), cell
            if cell == "explore-run":
                await lab.screenshot("explore_again")
        await lab.screenshot(f"{name}_again")
