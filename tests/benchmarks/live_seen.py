"""How many frames a second of a live view a browser draws: a real JupyterLab in Chromium, as its user has it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nbformat

from helpers.lesson import refresh
from helpers.lesson.setup import SET_UP_CELL
from tests.browser import chromium
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook
from tests.browser.server import jupyterlab

WORK = """\
import asyncio
from helpers import Timeline

async def lane(number):
    while True:
        await asyncio.sleep(0.1 + number % 50 / 500)

async with Timeline("{lanes} lanes"):
    await asyncio.gather(*map(lane, range({lanes})))"""

# The canvas notes on itself the number of the frame that it has drawn.
WATCH = """canvas => {
    const seen = window.seen = [];
    new MutationObserver(() => {
        const frame = canvas.dataset.frame;
        if (seen.at(-1)?.frame !== frame) seen.push({frame, ms: performance.now()});
    }).observe(canvas, {attributes: true, attributeFilter: ["data-frame"]});
}"""


@dataclass(frozen=True)
class Seen:
    """How the frames of one block were drawn."""

    frames_per_s: float
    longest_gap_ms: float


async def seen(sizes: list[int], *, frames: int) -> dict[int, Seen]:
    """Run a block of each number of lanes until so many frames are drawn, and return how fast they came.

    Raises:
        FileNotFoundError: where there is no Chromium, or no Playwright.
    """
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError:
        raise FileNotFoundError("no Playwright here: pip install -r tests/requirements.txt") from None
    if (path := chromium.find()) is None:
        raise FileNotFoundError("no Chromium here: install one, or set CHROMIUM to its path")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, jupyterlab(Path(name)) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, headless=True, args=chromium.FLAGS)
            try:
                return await drawn(await Lab.start(browser, server, Path(name)), sizes, frames=frames)
            finally:
                await browser.close()


async def drawn(lab: Lab, sizes: list[int], *, frames: int) -> dict[int, Seen]:
    """Run the blocks in a notebook of their own, and return what was drawn of each."""
    cells = [nbformat.v4.new_code_cell(SET_UP_CELL, id="set-up")]
    for lanes in sizes:
        cells.append(nbformat.v4.new_code_cell(WORK.format(lanes=lanes), id=f"lanes-{lanes}"))
    written = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": refresh.KERNELSPEC})
    nbformat.write(written, lab.server.course.workbook / "seen.ipynb")
    notebook = await lab.open("workbook/seen.ipynb")
    await notebook.run_cell("set-up")
    return {lanes: await _seen(notebook, f"lanes-{lanes}", frames) for lanes in sizes}


async def _seen(notebook: Notebook, cell: str, frames: int) -> Seen:
    page = notebook.lab.page
    await notebook.start_cell(cell)
    canvas = (await notebook.locate(cell, ".jp-OutputArea-output canvas")).first
    await canvas.evaluate(WATCH)
    await page.wait_for_function("frames => window.seen.length >= frames", arg=frames)
    times_ms: list[float] = await page.evaluate("() => window.seen.map(each => each.ms)")
    await notebook.stop()
    await notebook.until_run(cell)
    gaps_ms = [later - earlier for earlier, later in pairwise(times_ms)]
    return Seen(1000 * len(gaps_ms) / sum(gaps_ms), max(gaps_ms))
