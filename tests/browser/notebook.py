"""One notebook that is open in JupyterLab: its cells by the ids that they have in the file.

Waiting is for what is to be seen, with a limit, never for a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.browser.lab import Lab

PATIENCE_S = 60.0  # on a machine whose cores are both taken; on an idle one nothing here takes longer than 5 s
RUN_ALL_S = 180.0  # two notebooks at a time, which take up to 20 s each by themselves, beside what else the suite runs
PANEL = """path => [...jupyterapp.shell.widgets('main')].find(w => w.context?.path === path)"""
_CELL = f"""([path, id]) => ({PANEL})(path).content.widgets.find(w => w.model.id === id)"""

_LOOK = """async images => await Promise.all(images.map(async image => {
    await image.decode().catch(() => {});
    const pixel = new OffscreenCanvas(1, 1).getContext("2d");
    if (image.naturalWidth) pixel.drawImage(image, 0, 0);
    const corner = [...pixel.getImageData(0, 0, 1, 1).data];
    return {src: image.src, alt: image.alt, width: image.naturalWidth, corner};
}))"""


_STATE = f"""path => {{
    const panel = ({PANEL})(path), kernel = panel.sessionContext.session?.kernel;
    const left = [...panel.content.model.cells].filter(c => c.type === 'code' && c.executionCount === null);
    return JSON.stringify({{
        kernel: kernel?.status, connection: kernel?.connectionStatus,
        dialog: document.querySelector('.jp-Dialog')?.innerText,
        left: left.map(c => [c.id, c.executionState, c.outputs.toJSON().length]),
    }});
}}"""


@dataclass(frozen=True)
class Image:
    """A picture as the browser shows it."""

    src: str
    alt: str
    width: int  # 0 where the browser could not read it
    corner: tuple[int, ...]  # the pixel at the top left: red, green, blue, opacity, each up to 255


class Notebook:
    """One open notebook."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab = lab
        self.path = path
        self._page = lab.page

    async def show(self) -> None:
        """Bring its tab to the front."""
        await self._page.evaluate(f"path => jupyterapp.shell.activateById(({PANEL})(path).id)", self.path)

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
        try:
            await self._page.wait_for_function(
                f"""path => {{
                    const code = [...({PANEL})(path).content.model.cells].filter(c => c.type === 'code');
                    return code.every(c => c.executionCount !== null || !c.sharedModel.source.trim())
                        || code.some(c => c.outputs.toJSON().some(o => o.output_type === 'error'));
                }}""",
                arg=self.path,
                polling=100,
                timeout=RUN_ALL_S * 1000,
            )
        except playwright_timeout() as error:
            error.add_note(f"{self.path}: {await self._page.evaluate(_STATE, self.path)}")
            raise

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
            f"""path => [...({PANEL})(path).content.model.cells].filter(c => c.type === 'code')
                .flatMap(c => c.outputs.toJSON()
                    .filter(o => o.output_type === 'error' || o.name === 'stderr')
                    .map(o => `${{c.id}}: ${{o.ename ?? ''}} ${{o.evalue ?? o.text}}`))""",
            self.path,
        )
        return found

    async def cells_with_pictures(self) -> list[str]:
        """Return the ids of the cells that have a picture among their outputs."""
        found: list[str] = await self._page.evaluate(
            f"""path => [...({PANEL})(path).content.model.cells].filter(c => c.type === 'code'
                && c.outputs.toJSON().some(o => o.data?.['image/png'])).map(c => c.id)""",
            self.path,
        )
        return found

    async def scroll_to(self, cell: str) -> None:
        """Select a cell and bring it into view."""
        await self.show()
        await self._page.evaluate(
            f"""async arg => {{
                const notebook = ({PANEL})(arg[0]).content;
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
            f"arg => ({PANEL})(arg[0]).content.widgets.findIndex(w => w.model.id === arg[1])", [self.path, cell]
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
        found: bool = await self._page.evaluate(f"path => !!({PANEL})(path).sessionContext.session?.kernel", self.path)
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
