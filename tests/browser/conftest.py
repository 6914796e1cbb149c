"""One JupyterLab and one Chromium for all tests in this folder. They end with its last test.

They run in one event loop of their own: Playwright lives in the loop that has started it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.browser import chromium as the_chromium
from tests.browser.lab import Lab
from tests.browser.server import Server, jupyterlab
from tests.parallel import say_at_the_end

if TYPE_CHECKING:
    from playwright.async_api import Browser


def absent(why: str) -> None:
    """Skip, or fail where a browser is a must: `.ci/run` sets COURSE_BROWSER=required."""
    if os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"{why} COURSE_BROWSER=required asks for one.", pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="package")
def chromium() -> str:
    """The path of a Chromium, from the environment variable CHROMIUM or where programs are found."""
    path = the_chromium.find()
    if path is None:
        absent("No Chromium here: install one (Debian: apt-get install chromium), or set CHROMIUM to its path.")
    elif not Path(path).is_file():
        pytest.fail(f"CHROMIUM is {path!r}, and there is no such file.", pytrace=False)
    return str(path)


@pytest.fixture(scope="package")
def screenshots(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what the browser has shown; its path is printed at the end."""
    folder = tmp_path_factory.mktemp("screenshots", numbered=False)
    say_at_the_end(pytestconfig, f"What the browser has shown: {folder}")
    return folder


@pytest.fixture(scope="package")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on a copy of the course."""
    with jupyterlab(tmp_path_factory.mktemp("jupyterlab")) as running:
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium without a window."""
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError:
        absent("No Playwright here: pip install -r tests/requirements.txt.")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, headless=True, args=the_chromium.FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def the_lab(browser: Browser, server: Server, screenshots: Path) -> Lab:
    """A page with JupyterLab in it."""
    return await Lab.start(browser, server, screenshots)


@pytest_asyncio.fixture(loop_scope="package")
async def lab(the_lab: Lab) -> AsyncIterator[Lab]:
    """The page with JupyterLab; a test that leaves an error in the browser's console has failed."""
    yield the_lab
    errors, the_lab.console_errors = the_lab.console_errors, []
    assert not errors, "\n".join(errors)


@pytest_asyncio.fixture(loop_scope="package")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client of HTTP."""
    async with aiohttp.ClientSession() as opened:
        yield opened
