"""JupyterLab as its user sees it: open a notebook, run cells, look at outputs, move sliders, press Stop.

    notebook = await lab.open("workbook/01_improved_performance.ipynb")
    await notebook.run_all()
    await notebook.move_slider("explore-run", "k", "ArrowRight")

Cells go by the ids that they have in the file. Waiting is for what is to be seen, with a limit, never for a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page

    from tests.browser.server import Server

PATIENCE_S = 60.0  # on a machine whose cores are both taken; on an idle one nothing here takes longer than 5 s
RUN_ALL_S = 180.0  # two notebooks at a time, which take up to 20 s each by themselves, beside what else the suite runs
_PANEL = """path => [...jupyterapp.shell.widgets('main')].find(w => w.context?.path === path)"""
_CELL = f"""([path, id]) => ({_PANEL})(path).content.widgets.find(w => w.model.id === id)"""

# Where a notebook is open without a kernel, jupyterlab_widgets 3.0 looks for one and complains. It harms nothing.
_WIDGETS_WITHOUT_A_KERNEL = ("@jupyter-widgets/jupyterlab-manager", "Cannot read properties of null (reading 'kernel')")
# A cell that is run before the kernel has said who it is makes JupyterLab ask which kernel to use.
_READY = f"""async ([path, kernel]) => {{
    const panel = ({_PANEL})(path);
    window.awaited = "the notebook's content";
    await panel.context.ready;
    window.awaited = "its cells";
    await panel.revealed;
    if (!kernel) return;
    window.awaited = "its session";
    await panel.sessionContext.ready;
    window.awaited = "its kernel";
    await panel.sessionContext.session.kernel.info;
}}"""

_LOOK = """async images => await Promise.all(images.map(async image => {
    await image.decode().catch(() => {});
    const pixel = new OffscreenCanvas(1, 1).getContext("2d");
    if (image.naturalWidth) pixel.drawImage(image, 0, 0);
    const corner = [...pixel.getImageData(0, 0, 1, 1).data];
    return {src: image.src, alt: image.alt, width: image.naturalWidth, corner};
}))"""


@dataclass(frozen=True)
class Image:
    """A picture as the browser shows it."""

    src: str
    alt: str
    width: int  # 0 where the browser could not read it
    corner: tuple[int, ...]  # the pixel at the top left: red, green, blue, opacity, each up to 255


class Lab:
    """One browser page with JupyterLab in it."""

    def __init__(self, page: Page, server: Server, screenshots: Path) -> None:
        self.page = page
        self.server = server
        self.console_errors: list[str] = []
        self._screenshots = screenshots
        self._numbers = itertools.count(1)

    @classmethod
    async def start(cls, browser: Browser, server: Server, screenshots: Path) -> Self:
        """Open a browser page, go to an empty workspace, and wait until JupyterLab is there."""
        lab = cls(await browser.new_page(viewport={"width": 1440, "height": 1000}), server, screenshots)
        await lab._enter()
        return lab

    async def _enter(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.set_default_timeout(PATIENCE_S * 1000)
        await self.page.goto(f"{self.server.url}/lab?token={self.server.token}&reset")
        await self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        await self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
        await self.command("application:toggle-left-area")

    async def leave_and_come_back(self) -> None:
        """Close the page, end all kernels, and open a new page. Notebooks have to be opened again."""
        browser = self.page.context.browser
        if browser is None:
            raise RuntimeError("the browser has gone")
        await self.page.close()
        await asyncio.to_thread(self.server.end_kernels)
        self.page = await browser.new_page(viewport={"width": 1440, "height": 1000})
        await self._enter()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: Error) -> None:
        told = error.stack or str(error)
        if not all(word in told for word in _WIDGETS_WITHOUT_A_KERNEL):
            self.console_errors.append(told)

    async def command(self, name: str, **arguments: Any) -> None:
        """Have JupyterLab carry out a command, as its menus do, and wait until it has."""
        await self.page.evaluate(
            "async ([name, args]) => { await jupyterapp.commands.execute(name, args) }", [name, arguments]
        )

    async def open(self, path: str, *, kernel: bool = True) -> Notebook:
        """Open a notebook in a tab, or come back to it, and wait for its kernel.

        Args:
            path: below the course's folder.
            kernel: False opens it for reading only: no kernel starts.
        """
        preference = {} if kernel else {"kernelPreference": {"shouldStart": False, "canStart": False}}
        await self.command("docmanager:open", path=path, factory="Notebook", **preference)
        await self.page.wait_for_function(f"path => ({_PANEL})(path)", arg=path)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.page.evaluate(_READY, [path, kernel])
        except TimeoutError:
            awaited = await self.page.evaluate("() => window.awaited")
            asked = await self.page.locator(".jp-Dialog").all_inner_texts()
            raise TimeoutError(f"{path} still waits for {awaited}; JupyterLab asks: {asked}") from None
        return Notebook(self, path)

    async def change_theme(self, theme: str) -> None:
        """Change to "JupyterLab Dark" or "JupyterLab Light"."""
        await self.command("apputils:change-theme", theme=theme)
        dark = str("Dark" not in theme).lower()
        await self.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{dark}'")
        await self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is: "Tab", "Shift+Enter"."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def tab_to(self, selector: str, *, most: int = 20) -> None:
        """Press Tab until what has the focus matches a CSS selector."""
        for _ in range(most):
            await self.press("Tab")
            if await self.page.locator(f"{selector}:focus").count():
                return
        raise LookupError(f"Tab was pressed {most} times, and no {selector} got the focus")

    async def screenshot(self, name: str) -> Path:
        """Keep what the browser shows, for people to look at."""
        path = self._screenshots / f"{next(self._numbers):02d}_{name}.png"
        await self.page.screenshot(path=path)
        return path


class Notebook:
    """One open notebook."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab = lab
        self.path = path
        self._page = lab.page

    async def show(self) -> None:
        """Bring its tab to the front."""
        await self._page.evaluate(f"path => jupyterapp.shell.activateById(({_PANEL})(path).id)", self.path)

    async def start_all(self) -> None:
        """Choose "Run All Cells", and do not wait."""
        await self.show()
        await self._page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")

    async def start_cell(self, cell: str) -> None:
        """Run one cell, and do not wait."""
        await self.scroll_to(cell)
        await self._page.evaluate("() => { jupyterapp.commands.execute('notebook:run-cell') }")

    async def run_all(self) -> None:
        """Choose "Run All Cells", and wait for the last one."""
        await self.start_all()
        await self.until_all_have_run()

    async def run_cell(self, cell: str) -> None:
        """Run one cell, and wait for its end."""
        await self.start_cell(cell)
        await self.until_run(cell)

    async def until_all_have_run(self) -> None:
        """Wait until every cell has run, or one has failed: then the rest never will."""
        await self._page.wait_for_function(
            f"""path => {{
                const code = [...({_PANEL})(path).content.model.cells].filter(c => c.type === 'code');
                return code.every(c => c.executionCount !== null || !c.sharedModel.source.trim())
                    || code.some(c => c.outputs.toJSON().some(o => o.output_type === 'error'));
            }}""",
            arg=self.path,
            polling=100,
            timeout=RUN_ALL_S * 1000,
        )

    async def until_run(self, cell: str) -> None:
        """Wait until a cell has run."""
        await self._page.wait_for_function(
            f"arg => ({_CELL})(arg).model.executionCount !== null", arg=[self.path, cell], polling=50
        )

    async def is_running(self, cell: str) -> bool:
        """Return whether a cell that was started has not ended."""
        running: bool = await self._page.evaluate(
            f"arg => ({_CELL})(arg).model.executionCount === null", [self.path, cell]
        )
        return running

    async def until_output(self, cell: str, text: str) -> None:
        """Wait until a cell's outputs hold a text."""
        await self._page.wait_for_function(
            f"([path, id, text]) => JSON.stringify(({_CELL})([path, id]).model.outputs.toJSON()).includes(text)",
            arg=[self.path, cell, text],
            polling=50,
        )

    async def type_over_last_line(self, cell: str, text: str) -> None:
        """Put the cursor into a cell, and type a text in place of its last line; the line's indentation stays."""
        await (await self.locate(cell, ".cm-content")).focus()
        await self.lab.press("Control+End", "Shift+Home")
        await self._page.keyboard.type(text)

    async def stop(self) -> None:
        """Press the Stop button of the toolbar."""
        await self._page.locator(
            '.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:interrupt-kernel"]'
        ).click()

    async def outputs(self, cell: str) -> list[dict[str, Any]]:
        """Return a cell's outputs as they would be saved."""
        found: list[dict[str, Any]] = await self._page.evaluate(
            f"arg => ({_CELL})(arg).model.outputs.toJSON()", [self.path, cell]
        )
        return found

    async def troubles(self) -> list[str]:
        """Return the errors among the outputs of all cells, and what was written to stderr."""
        found: list[str] = await self._page.evaluate(
            f"""path => [...({_PANEL})(path).content.model.cells].filter(c => c.type === 'code')
                .flatMap(c => c.outputs.toJSON()
                    .filter(o => o.output_type === 'error' || o.name === 'stderr')
                    .map(o => `${{c.id}}: ${{o.ename ?? ''}} ${{o.evalue ?? o.text}}`))""",
            self.path,
        )
        return found

    async def cells_with_pictures(self) -> list[str]:
        """Return the ids of the cells that have a picture among their outputs."""
        found: list[str] = await self._page.evaluate(
            f"""path => [...({_PANEL})(path).content.model.cells].filter(c => c.type === 'code'
                && c.outputs.toJSON().some(o => o.data?.['image/png'])).map(c => c.id)""",
            self.path,
        )
        return found

    async def scroll_to(self, cell: str) -> None:
        """Select a cell and bring it into view."""
        await self.show()
        await self._page.evaluate(
            f"""async arg => {{
                const notebook = ({_PANEL})(arg[0]).content;
                const index = notebook.widgets.findIndex(w => w.model.id === arg[1]);
                notebook.activeCellIndex = index;
                await notebook.scrollToItem(index, 'start');
            }}""",
            [self.path, cell],
        )

    async def locate(self, cell: str, within: str = ".jp-InputPrompt") -> Locator:
        """Return what a cell has at a CSS selector, once it is in view.

        JupyterLab keeps only the cells near the view in the document, and pictures that load above move the rest away:
        so it is scrolled to again until it has come.
        """
        index = await self._page.evaluate(
            f"arg => ({_PANEL})(arg[0]).content.widgets.findIndex(w => w.model.id === arg[1])", [self.path, cell]
        )
        place = self._page.locator(f'.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="{index}"]')
        found = place.locator(within)
        deadline = time.monotonic() + PATIENCE_S
        await self.scroll_to(cell)
        while not await found.count():
            if time.monotonic() > deadline:
                kept = await self.lab.screenshot(f"missing_in_{cell}")
                raise TimeoutError(f"the cell {cell!r} shows no {within}: {kept}; {await self.outputs(cell)}"[:2000])
            with contextlib.suppress(playwright_timeout()):
                await found.first.wait_for(state="attached", timeout=500)
            await self.scroll_to(cell)
        return found

    async def images(self, cell: str) -> list[Image]:
        """Return the pictures that the browser shows under a cell, once there is one."""
        images = await self.locate(cell, ".jp-OutputArea-output img")
        found = await images.evaluate_all(_LOOK)
        return [Image(**image | {"corner": tuple(image["corner"])}) for image in found]

    async def until_canvas_draws(self, cell: str, before: str = "") -> str:
        """Wait until the canvas under a cell shows something else than before, and return what: the pixels, packed."""
        canvas = (await self.locate(cell, ".jp-OutputArea-output canvas")).first
        async with asyncio.timeout(PATIENCE_S):
            while (now := str(await canvas.evaluate("canvas => canvas.toDataURL()"))) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return now

    async def contrast(self, cell: str, selector: str) -> float:
        """Return the contrast of the first such text under a cell with what is behind it, as WCAG 2 has it: 1 to 21."""
        place = await self.locate(cell, f".jp-OutputArea {selector}")
        colors: list[str] = await place.first.evaluate(
            """element => {
                let behind = element;
                const colour = e => getComputedStyle(e).backgroundColor;
                const clear = /, 0\\)$|transparent/;
                while (behind.parentElement && clear.test(colour(behind))) behind = behind.parentElement;
                return [getComputedStyle(element).color, colour(behind)];
            }"""
        )
        lighter, darker = sorted(map(_luminance, colors), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    async def move_slider(self, cell: str, name: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard: put the focus on the one with this name, and press a key."""
        slider = (await self.locate(cell, ".widget-slider")).filter(has_text=name)
        await slider.locator(".noUi-handle").first.focus()
        for _ in range(times):
            await self._page.keyboard.press(key)

    async def until_image_changes(self, cell: str, before: Image) -> Image:
        """Wait until the first picture under a cell is another than before."""
        async with asyncio.timeout(PATIENCE_S):
            while (now := (await self.images(cell))[0]).src == before.src:  # noqa: ASYNC110 - the browser tells nobody
                await asyncio.sleep(0.05)
        return now

    async def save(self) -> None:
        """Choose "Save Notebook"."""
        await self.show()
        await self.lab.command("docmanager:save")

    async def has_kernel(self) -> bool:
        """Return whether a kernel runs for it."""
        found: bool = await self._page.evaluate(f"path => !!({_PANEL})(path).sessionContext.session?.kernel", self.path)
        return found


def playwright_timeout() -> type[Exception]:
    """Return what Playwright raises when it has waited too long; imported late, because it may not be installed."""
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError

    return PlaywrightTimeoutError


def _luminance(color: str) -> float:
    """Return the relative luminance of a colour such as "rgb(0, 0, 0)"; what is partly transparent counts as opaque."""
    levels = [int(float(level)) / 255 for level in re.findall(r"[\d.]+", color)[:3]]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return sum(weight * level for weight, level in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
