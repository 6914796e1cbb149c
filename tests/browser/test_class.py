"""A class as its people see it: three learners in JupyterLab, each with a workbook of their own, and the instructor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from helpers.classroom.board import Board
from helpers.lesson.course import Course
from helpers.lesson.schedule import sections
from tests.browser.lab import Lab
from tests.browser.notebook import PANEL, Notebook
from tests.browser.server import Server, jupyterlab
from tests.browser.test_axe import AXE
from tests.classroom.conftest import guess, joined, right, wrong
from tests.classroom.running import running_board

if TYPE_CHECKING:
    import aiohttp
    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.extended,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(400),
]
GUESSES = {"Ada L.": 100, "Grace H.": 500, "Edsger D.": 2000}  # no name can stand in a picture's base64 by chance
LESSON = "workbook/01_improved_performance.ipynb"
ASKED = "How many milliseconds will twenty tasks take?"
ASKED_LATER = "How many milliseconds will the loop take?"
PATIENCE_MS = 60_000.0


@dataclass
class Learner:
    """Somebody with a machine of their own: a JupyterLab, and page 01 open in it."""

    name: str
    lab: Lab
    notebook: Notebook

    @classmethod
    async def sit_down(cls, name: str, browser: Browser, server: Server, screenshots: Path) -> Learner:
        lab = await Lab.start(browser, server, screenshots)
        notebook = await lab.open(LESSON)
        await notebook.run_cell("set-up")
        return cls(name, lab, notebook)

    async def join(self, address: str) -> str:
        """Write a cell of their own under the set-up cell, as the instructor's screen says; return what it says."""
        await self.notebook.scroll_to("set-up")
        await self.lab.command("notebook:insert-cell-below")
        cell = str(
            await self.lab.page.evaluate(f"path => ({PANEL})(path).content.activeCell.model.id", self.notebook.path)
        )
        await (await self.notebook.locate(cell, ".cm-content")).focus()
        await self.lab.page.keyboard.insert_text(f'from helpers import join; join("{address}", nickname="{self.name}")')
        await self.notebook.run_cell(cell)
        return str(await self.notebook.outputs(cell))

    async def guess(self, cell: str, value: int) -> None:
        """Run the cell that asks, and type a guess into its box."""
        await self.notebook.run_cell(cell)
        await (await self.notebook.locate(cell, ".course-guess input")).first.fill(str(value))

    async def all_that_is_seen(self) -> str:
        """Return every output of the page."""
        return json.dumps(
            await self.lab.page.evaluate(
                f"""path => [...({PANEL})(path).content.model.cells].filter(c => c.type === 'code')
                    .map(c => c.outputs.toJSON())""",
                self.notebook.path,
            )
        )


@pytest_asyncio.fixture(loop_scope="package")
async def servers(tmp_path: Path, chromium: str) -> AsyncIterator[list[Server]]:
    """A JupyterLab for each learner, as `python -m helpers` starts it."""
    with ExitStack() as stack:
        folders = [tmp_path / f"learner-{n}" for n, _ in enumerate(GUESSES)]
        for folder in folders:
            folder.mkdir()
        starting = [asyncio.to_thread(stack.enter_context, jupyterlab(folder)) for folder in folders]
        yield list(await asyncio.gather(*starting))


async def until_shown(screen: Page, text: str) -> None:
    """Wait until the instructor's screen shows a text."""
    await screen.wait_for_function(
        "text => document.body.innerText.includes(text)", arg=text, polling=50, timeout=PATIENCE_MS
    )


async def test_a_class_guesses_runs_and_sees_what_it_believed_and_the_board_may_die_meanwhile(
    browser: Browser, servers: list[Server], screenshots: Path, tmp_path: Path
) -> None:
    (tmp_path / "board").mkdir()
    with running_board(tmp_path / "board") as board:
        secret = board.instructors_url.rpartition("/")[2]
        screen = await browser.new_page(viewport={"width": 1280, "height": 800})
        errors: list[str] = []
        screen.on("pageerror", lambda error: errors.append(str(error)))
        screen.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        await screen.goto(board.instructors_url)
        await until_shown(screen, f'join("{board.learners_url}")')
        assert secret not in screen.url, "it stands on the projector"

        learners = [
            await Learner.sit_down(name, browser, server, screenshots)
            for name, server in zip(GUESSES, servers, strict=True)
        ]
        for learner in learners:
            assert f"You are in the class, as '{learner.name}'" in await learner.join(board.learners_url)
        await until_shown(screen, "3 joined")

        for learner in learners:
            await learner.notebook.run_cell("service")
            await learner.guess("predict-tasks", GUESSES[learner.name])
        await until_shown(screen, f"{ASKED} 3 guessed, 0 measured")
        assert await screen.locator("#distribution").is_hidden(), "talk first"

        await screen.keyboard.press("g")
        await until_shown(screen, "3 guesses, from 100 ms to 2000 ms, half of them up to 500 ms.")
        assert await screen.locator("#chart path.measured").count() == 0

        for learner in learners:
            await learner.notebook.run_cell("tasks-run")
            await learner.notebook.until_output("tasks-run", f"Your guess: {GUESSES[learner.name]} ms. Measured: ")
        await until_shown(screen, f"{ASKED} 3 guessed, 3 measured")
        assert "Measured (◇)" not in await screen.inner_text("body"), "the reveal is the instructor's"
        await screen.keyboard.press("m")
        await until_shown(screen, "Measured (◇) on 3 machines: ")
        assert await screen.locator("#chart path.measured").count() == 3
        await screen.screenshot(path=screenshots / "class_revealed.png")

        await _nobody_sees_what_is_not_theirs(board.learners_url, secret, screen, learners)
        await _a_stranger_is_shown_nothing(board.learners_url, await browser.new_page())
        assert errors == []
        board.process.kill()
        board.process.wait()
    await until_shown(screen, "The board does not answer. Trying again")
    await learners[0].guess("predict-in-a-loop", 2080)  # meanwhile
    with running_board(tmp_path / "board", port=board.port):
        await until_shown(screen, f"{ASKED_LATER} 1 guessed, 0 measured")
        await until_shown(screen, f"{ASKED} 3 guessed, 3 measured")
    assert [await learner.notebook.troubles() for learner in learners] == [[], [], []]
    await screen.close()
    for learner in learners:
        await learner.lab.page.close()


async def _nobody_sees_what_is_not_theirs(address: str, secret: str, screen: Page, learners: list[Learner]) -> None:
    shown = await screen.content()
    assert not [name for name in GUESSES if name in shown], "the projector names nobody"
    for learner in learners:
        seen = await learner.all_that_is_seen()
        others = [name for name in GUESSES if name != learner.name]
        assert not [word for word in (secret, *others) if word in seen]


async def _a_stranger_is_shown_nothing(address: str, page: Page) -> None:
    """Somebody who has the code tries the addresses that they know."""
    origin, _, code = address.rpartition("/")
    for path in (code, f"board/{code}", "board", f"board/{code}/stream", "class.sqlite"):
        await page.goto(f"{origin}/{path}")
        shown = await page.inner_text("body")
        assert "joined" not in shown, path
        assert "guessed" not in shown, path
    await page.close()


@pytest.mark.skipif(AXE is None, reason="COURSE_AXE names no axe.min.js (npm install axe-core): not looked at here")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_the_screen(
    browser: Browser, session: aiohttp.ClientSession, tmp_path: Path, screenshots: Path, width: int, scheme: str
) -> None:
    async with Board(tmp_path / "class.sqlite", sections(Course.here())) as board:
        for n in range(3):
            learner = await joined(session, board)
            await learner.add(guess(100 + 900 * n), *[wrong(key="1.2")] * 4, right())
            await learner.add(*[wrong("Await it.", key="1.2") for _ in range(4)])
        page = await browser.new_page(
            viewport={"width": width, "height": 800},
            bypass_csp=True,  # for axe
            color_scheme="dark" if scheme == "dark" else "light",
        )
        await page.goto(board.instructors_url)
        await until_shown(page, "3 joined")
        for key in "gi":
            await page.keyboard.press(key)
        await until_shown(page, "told last")
        await page.screenshot(path=screenshots / f"board_{width}_{scheme}.png", full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.add_script_tag(path=str(AXE))
        found = await page.evaluate("async () => (await axe.run(document)).violations.map(v => v.id + ': ' + v.help)")
        await page.close()
    assert found == []
