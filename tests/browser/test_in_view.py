"""A reader at a laptop, who goes from cell to cell with Shift+Enter, has every picture in view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from helpers.lesson.course import Course
from tests.browser.lab import Lab
from tests.browser.reader import Reader
from tests.browser.server import Server

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(900)]
PAGES = [path.stem for path in Course.here().notebooks()]
LEAST_SETTLED = 0.95  # of what the window has room for
# Over the frames in which it grows: in the first ones JupyterLab still scrolls to the next cell, and beside three other
# test processes it does so late (0.76 for the threads of 01; alone 0.95 and more).
LEAST_LIVE = 0.6


@dataclass(frozen=True)
class Window:
    """A window, and how JupyterLab keeps what is out of view."""

    width: int
    height: int
    windowing: str | None = None

    def __str__(self) -> str:
        return f"{self.width}x{self.height}{f'-{self.windowing}' if self.windowing else ''}"


LAPTOP = Window(1366, 768)
OTHERS = (
    Window(1280, 720),
    Window(1920, 1080),
    *(Window(LAPTOP.width, LAPTOP.height, windowing) for windowing in ("full", "defer", "none")),
)
TALL = next(page for page in PAGES if page.startswith("04"))  # the most pictures, and three timelines in one
CASES = [
    pytest.param(LAPTOP, page, id=f"{LAPTOP}-{page}", marks=() if page == PAGES[0] else pytest.mark.extended)
    for page in PAGES
]
CASES += [pytest.param(other, TALL, id=f"{other}-{TALL}", marks=pytest.mark.extended) for other in OTHERS]


@pytest.mark.parametrize(("window", "page"), CASES)
async def test_every_picture_is_in_view_in_the_first_run_and_the_second(
    window: Window, page: str, browser: Browser, server: Server, screenshots: Path
) -> None:
    lab = await Lab.start(
        browser,
        server,
        screenshots,
        width=window.width,
        height=window.height,
        windowing=window.windowing or "contentVisibility",  # JupyterLab 4.6's default
        files=True,
    )
    try:
        notebook = await lab.open(f"workbook/{page}.ipynb")
        hidden = []
        for run in ("first", "second"):
            async for seen in Reader(notebook).read():
                if seen.settled < LEAST_SETTLED or (seen.live is not None and seen.live < LEAST_LIVE):
                    hidden.append(f"{run} run: {seen}")
                    await lab.screenshot(f"{page}_{seen.cell}")
        assert hidden == []
    finally:
        await lab.page.close()
