"""What a learner does with a running notebook: moves sliders, presses Stop, turns the lights off."""

from __future__ import annotations

import re
import sys
import time

import nbformat
import pytest
import pytest_asyncio

from helpers.lesson import refresh
from helpers.lesson.setup import SET_UP_CELL
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]

EXPLORE = """\
import asyncio
from helpers import Timeline, explore

async def experiment(n=3):
    if n == 20:
        raise ValueError("twenty are too many")
    async with Timeline(f"{n} waits", show=False) as timeline, asyncio.TaskGroup() as group:
        for _ in range(n):
            group.create_task(asyncio.sleep(0.1))
    return timeline

await explore(experiment, n=(1, 20))"""
AWAIT_S = 60
LIVE = f"""\
async with Timeline("Alive"):
    async with asyncio.timeout({AWAIT_S}):
        while True:
            await asyncio.create_task(asyncio.sleep(0.1))"""
CELLS = {
    "set-up": SET_UP_CELL,
    "explore": EXPLORE,
    "await": f"print('waiting')\nawait asyncio.sleep({AWAIT_S})",
    "live": LIVE,
}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def notebook(the_lab: Lab) -> Notebook:
    """A small notebook in the workbook, with an explored experiment."""
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    written = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": refresh.KERNELSPEC})
    nbformat.write(written, the_lab.server.course.workbook / "small.ipynb")
    opened = await the_lab.open("workbook/small.ipynb")
    await opened.run_cell("set-up")
    await opened.run_cell("explore")
    assert await opened.troubles() == []
    return opened


async def test_a_slider_changes_the_picture_while_another_cell_awaits(lab: Lab, notebook: Notebook) -> None:
    """With ipykernel 7.4.0 a widget that is moved while a cell awaits stays stuck: this then sees one step of four."""
    await notebook.start_cell("await")
    await notebook.until_output("await", "waiting")
    (before,) = await notebook.images("explore")
    await notebook.move_slider("explore", "n", "ArrowRight", times=4)
    await notebook.until_output("explore", "7 waits")  # it may draw the values in between, too
    await notebook.until_image_changes("explore", before)
    assert await notebook.is_running("await")
    await lab.screenshot("slider_while_a_cell_awaits")
    await notebook.stop()
    await notebook.until_run("await")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' event loops handle no signals")
async def test_stop_ends_a_long_await_at_once(lab: Lab, notebook: Notebook) -> None:
    await notebook.start_cell("await")
    await notebook.until_output("await", "waiting")
    pressed = time.monotonic()
    await notebook.stop()
    await notebook.until_run("await")
    took_s = time.monotonic() - pressed
    assert took_s < AWAIT_S / 20  # 0.3 s on an idle machine; without the course's set-up, all of the await
    assert re.search("KeyboardInterrupt|CancelledError", str(await notebook.outputs("await")))
    await lab.screenshot("stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' event loops handle no signals")
async def test_a_canvas_draws_while_its_cell_awaits_and_gives_way_to_the_picture(lab: Lab, notebook: Notebook) -> None:
    await notebook.start_cell("live")
    drawn = await notebook.until_canvas_draws("live")
    for _ in range(3):
        drawn = await notebook.until_canvas_draws("live", before=drawn)
    assert await notebook.is_running("live")
    await lab.screenshot("canvas_while_its_cell_awaits")
    await notebook.stop()
    await notebook.until_run("live")
    (image,) = await notebook.images("live")
    assert image.width > 0
    assert [list(output["data"]) for output in await notebook.outputs("live") if "data" in output] == [
        ["image/png", "text/plain"]
    ]
    await lab.screenshot("picture_in_its_place")


async def test_an_error_takes_the_place_of_the_picture_and_the_next_value_of_the_error(
    lab: Lab, notebook: Notebook
) -> None:
    await notebook.move_slider("explore", "n", "End")
    await notebook.until_output("explore", "ValueError: twenty are too many")
    await lab.screenshot("explore_failed")
    await notebook.move_slider("explore", "n", "Home")
    await notebook.until_output("explore", "1 waits")
    (image,) = await notebook.images("explore")
    assert image.width > 0


async def test_in_the_dark_theme_a_picture_keeps_its_white_and_text_can_be_read(lab: Lab, notebook: Notebook) -> None:
    await lab.change_theme("JupyterLab Dark")
    try:
        (image,) = await notebook.images("explore")
        await lab.screenshot("dark")
        assert image.corner == (255, 255, 255, 255), "white, and opaque"
        for place in (".jp-RenderedText pre", ".widget-label", ".widget-readout"):
            assert await notebook.contrast("explore", place) >= 4.5, place  # WCAG 2, level AA
    finally:
        await lab.change_theme("JupyterLab Light")
