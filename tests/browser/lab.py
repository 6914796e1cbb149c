"""JupyterLab as its user sees it: open a notebook, run cells, look at outputs, move sliders, press Stop.

    notebook = await lab.open("workbook/01_improved_performance.ipynb")
    await notebook.run_all()
    await notebook.move_slider("explore-run", "n", "ArrowRight")

Waiting is for what is to be seen, with a limit, never for a time.
"""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.browser.notebook import PANEL, PATIENCE_S, Notebook

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Error, Page

    from tests.browser.server import Server

# Where a notebook is open without a kernel, jupyterlab_widgets 3.0 looks for one and complains. It harms nothing.
_WIDGETS_WITHOUT_A_KERNEL = ("@jupyter-widgets/jupyterlab-manager", "Cannot read properties of null (reading 'kernel')")
# A cell that is run before the kernel has said who it is makes JupyterLab ask which kernel to use.
_READY = f"""async ([path, kernel]) => {{
    const panel = ({PANEL})(path);
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


class Lab:
    """One browser page with JupyterLab in it."""

    def __init__(self, page: Page, server: Server, screenshots: Path) -> None:
        self.page = page
        self.server = server
        self.console_errors: list[str] = []
        self._screenshots = screenshots
        self._numbers = itertools.count(1)

    @classmethod
    async def start(
        cls,
        browser: Browser,
        server: Server,
        screenshots: Path,
        *,
        width: int = 1440,
        height: int = 1000,
        files: bool = False,
        windowing: str | None = None,
    ) -> Self:
        """Open a browser page, go to an empty workspace, and wait until JupyterLab is there.

        Args:
            width, height: of the window, in pixels.
            files: leave the list of files open at the left, as a learner finds it.
            windowing: "full", "defer" or "none"; JupyterLab's own default without it.
        """
        if windowing is not None:
            await asyncio.to_thread(server.set, "@jupyterlab/notebook-extension:tracker", {"windowingMode": windowing})
        lab = cls(await browser.new_page(viewport={"width": width, "height": height}), server, screenshots)
        await lab._enter()
        if not files:
            await lab.command("application:toggle-left-area")
        return lab

    async def _enter(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.set_default_timeout(PATIENCE_S * 1000)
        await self.page.goto(f"{self.server.url}/lab?token={self.server.token}&reset")
        await self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        await self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")

    async def leave_and_come_back(self) -> None:
        """Close the page, end all kernels, and open a new page. Notebooks have to be opened again."""
        browser = self.page.context.browser
        if browser is None:
            raise RuntimeError("the browser has gone")
        size = self.page.viewport_size
        await self.page.close()
        await asyncio.to_thread(self.server.end_kernels)
        self.page = await browser.new_page(viewport=size)
        await self._enter()
        await self.command("application:toggle-left-area")

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
        await self.page.wait_for_function(f"path => ({PANEL})(path)", arg=path)
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
