"""A reader at a laptop: goes through a page with Shift+Enter, and sees of each picture what the window shows of it.

async for seen in Reader(notebook).read():
    print(seen)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.browser.notebook import PANEL, PATIENCE_S, Notebook

# Notes with every frame that the browser draws how much of each picture of a cell is in the window of the notebook:
# the share of what could be in it, so that a picture that is higher than the window can be wholly there, too.
_WATCH = f"""([path, id]) => {{
    const cell = ({PANEL})(path).content.widgets.find(w => w.model.id === id);
    const seen = window.courseSeen = {{frames: [], stop: false}};
    const look = () => {{
        const outer = cell.node.closest('.jp-WindowedPanel-outer') ?? document.scrollingElement;
        const box = outer.getBoundingClientRect();
        const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
        const places = [...cell.node.querySelectorAll('.jp-OutputArea-output :is(img, canvas)')];
        seen.frames.push(places.map(place => {{
            const at = place.getBoundingClientRect();
            const shown = cell.node.isConnected ? Math.max(0, Math.min(at.bottom, bottom) - Math.max(at.top, top)) : 0;
            const live = place.closest('.timeline-live') !== null;
            const room = bottom - top;
            return {{live, top: at.top, height: at.height, room, share: shown / Math.min(at.height, room)}};
        }}).filter(picture => picture.height > 20));
        if (!seen.stop) requestAnimationFrame(look);
    }};
    look();
}}"""
_PRESSED_ON = f"""path => {{
    const notebook = ({PANEL})(path).content;
    const cell = notebook.activeCell;
    return [notebook.activeCellIndex, notebook.widgets.length, cell.model.id, cell.model.type];
}}"""


@dataclass(frozen=True)
class Seen:
    """What a reader saw of one picture, as shares of what the window has room for."""

    cell: str
    number: int
    height: float
    room: float  # the window's height
    settled: float  # where a cell has more pictures than fit into the window together, at the best moment
    live: float | None  # the mean over the frames in which the live picture grew; None where there was none
    jump: float  # pixels by which the top of the picture moved when the live one gave way to the settled one

    @property
    def fits(self) -> bool:
        """Whether the window has room for all of it."""
        return self.height <= self.room

    def __str__(self) -> str:
        live = "    –" if self.live is None else f"{self.live:5.0%}"
        return (
            f"{self.cell:24} {self.number}  {self.height:5.0f} px of {self.room:4.0f}   live {live}"
            f"   settled {self.settled:5.0%}   jumped {self.jump:4.0f} px"
        )


class Reader:
    """Reads one notebook that is open, from its first cell on."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self._page = notebook.lab.page

    async def read(self) -> AsyncIterator[Seen]:
        """Press Shift+Enter on every cell, wait until it has run, and tell of the pictures that it has shown."""
        await self.notebook.show()
        await self._page.evaluate(
            f"async path => {{ const n = ({PANEL})(path).content; n.activeCellIndex = 0; n.mode = 'command';"
            " await n.scrollToItem(0, 'start'); n.activate(); }",
            self.notebook.path,
        )
        while True:
            index, count, cell, kind = await self._page.evaluate(_PRESSED_ON, self.notebook.path)
            if kind == "code":
                await self._page.evaluate(_WATCH, [self.notebook.path, cell])
            last = index + 1 >= count
            await self._page.keyboard.press("Control+Enter" if last else "Shift+Enter")  # else it would make a cell
            if kind == "code":
                async with asyncio.timeout(PATIENCE_S):
                    await self.notebook.until_run(cell)
                await self._still()
                for seen in await self._seen(cell):
                    yield seen
            if last:
                return
            await self._page.wait_for_function(
                f"([path, index]) => ({PANEL})(path).content.activeCellIndex > index", arg=[self.notebook.path, index]
            )

    async def _still(self) -> None:
        """Wait until the pictures have come and nothing has moved for a while."""
        await self._page.evaluate(
            """async () => {
                const last = () => JSON.stringify(window.courseSeen.frames.at(-1));
                const enough = () => (window.courseSeen.frames.at(-1)?.length ? 10 : 2);
                for (let quiet = 0, before = last(), n = 0; quiet < enough() && n < 200; n++) {
                    await new Promise(done => setTimeout(done, 50));
                    quiet = last() === before ? quiet + 1 : 0;
                    before = last();
                }
                window.courseSeen.stop = true;
            }"""
        )

    async def _seen(self, cell: str) -> list[Seen]:
        frames = await self._page.evaluate("() => window.courseSeen.frames")
        found = []
        for number, last in enumerate(frames[-1]):
            lives = [frame[number] for frame in frames if len(frame) > number and frame[number]["live"]]
            after = max(
                (n for n, frame in enumerate(frames) if len(frame) > number and frame[number]["live"]), default=0
            )
            settled = [frame[number] for frame in frames[after + 1 :] if len(frame) > number]
            shares = [picture["share"] for picture in lives]
            live = sum(shares) / len(shares) if shares else None
            jump = abs(settled[0]["top"] - lives[-1]["top"]) if lives and settled else 0.0
            together = max(p["top"] + p["height"] for p in frames[-1]) - min(p["top"] for p in frames[-1])
            best = max(picture["share"] for picture in settled) if together > last["room"] else last["share"]
            found.append(Seen(cell, number, last["height"], last["room"], best, live, jump))
        return found
