"""How much of every picture a reader sees: `python -m tests.benchmarks.in_view 00 01 --size 1366x768`.

A real JupyterLab; Shift+Enter from cell to cell, first run and second.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from helpers.lesson.course import Course
from tests.browser import chromium
from tests.browser.lab import Lab
from tests.browser.reader import Reader, Seen
from tests.browser.server import jupyterlab


async def main() -> None:
    """Print a line for each picture, and the least and the mean of each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="such as 00 01; all, if none is named")
    parser.add_argument("--size", default="1366x768", help="of the window")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--windowing", choices=("full", "defer", "none"), default="full")
    parser.add_argument("--keep", type=Path, help="a folder for screenshots, one for each picture")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")
    course = Course.here()
    pages = [course.find(page) for page in options.pages] or course.notebooks()
    from playwright.async_api import async_playwright

    path = chromium.find()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, jupyterlab(Path(name)) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, headless=True, args=chromium.FLAGS)
            kept = options.keep or Path(name)
            lab = await Lab.start(
                browser, server, kept, width=int(width), height=int(height), windowing=options.windowing, files=True
            )
            for page in pages:
                notebook = await lab.open(f"workbook/{page.name}")
                for run in range(1, options.runs + 1):
                    print(f"{page.stem}, run {run}", flush=True)
                    seen: list[Seen] = []
                    async for picture in Reader(notebook).read():
                        print(f"  {picture}", flush=True)
                        seen.append(picture)
                        if options.keep:
                            await lab.screenshot(f"{page.name[:2]}_{run}_{picture.cell}")
                    shares = [picture.settled for picture in seen]
                    lives = [picture.live for picture in seen if picture.live is not None]
                    print(
                        f"  settled: least {min(shares):.0%}, mean {sum(shares) / len(shares):.0%};"
                        f" live: least {min(lives, default=1):.0%}, mean {sum(lives) / max(1, len(lives)):.0%}",
                        flush=True,
                    )
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
