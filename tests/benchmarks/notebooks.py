"""Measure what a learner waits for, and what it takes: `python -m tests.benchmarks.notebooks` (two minutes).

For each notebook: the seconds that its cells take, the processor's seconds, and the most memory, of the kernel and all
that it starts (services, graders, pools). Memory is PSS: pages that several processes share are split among them. Then,
where there is a Chromium, from the call of `python -m helpers` to the first live picture in the browser: the notebook
opens, and the cells up to the first timeline run, without a person's pauses.

`--quick` is a smoke test with the first notebook. `--only 01` measures one notebook.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from helpers.lesson import refresh
from helpers.lesson.course import FIRST_PAGE, Course
from tests.benchmarks.family import peak_of_descendants

GOAL_S, GOAL_MIB = refresh.NOTEBOOK_LIMIT_S, 500
FIRST_PICTURE = "one-request-run"  # the first cell of the first notebook that draws while it runs


@dataclass(frozen=True)
class Figures:
    """What one notebook took."""

    seconds: float
    cpu_s: float
    memory_mib: float
    problems: list[str]

    def __str__(self) -> str:
        met = self.seconds <= GOAL_S and self.memory_mib < GOAL_MIB and not self.problems
        return f"{self.seconds:>9.1f}{self.cpu_s:>9.1f}{self.memory_mib:>9.0f}   {'met' if met else 'MISSED'}"


def measure(path: Path) -> Figures:
    """Run one notebook in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    before_s = _children_s()
    with peak_of_descendants(os.getpid()) as peak:
        seconds, problems = refresh.run(notebook, path.parent)
    return Figures(seconds, _children_s() - before_s, peak.memory_mib, problems)


def _children_s() -> float:
    """Return the processor's seconds of children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def first_picture() -> tuple[float, float, float]:
    """Return the seconds from the command to JupyterLab, to the open notebook, and to the first frame on a canvas.

    Raises:
        FileNotFoundError: where there is no Chromium, or no Playwright.
    """
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError:
        raise FileNotFoundError("no Playwright here: pip install -r tests/requirements.txt") from None
    from tests.browser import chromium
    from tests.browser.lab import Lab
    from tests.browser.server import jupyterlab

    if (path := chromium.find()) is None:
        raise FileNotFoundError("no Chromium here: install one, or set CHROMIUM to its path")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=chromium.FLAGS)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            began = time.perf_counter()
            with jupyterlab(Path(name)) as server:
                started_s = time.perf_counter() - began
                lab = await Lab.start(browser, server, Path(name))
                notebook = await lab.open(f"workbook/{FIRST_PAGE}")
                opened_s = time.perf_counter() - began
                for cell in ("set-up", "ready-run", "fetch"):
                    await notebook.run_cell(cell)
                await notebook.start_cell(FIRST_PICTURE)
                canvas = (await notebook.locate(FIRST_PICTURE, ".jp-OutputArea-output canvas[data-frame]")).first
                await canvas.wait_for(state="attached")
                seen_s = time.perf_counter() - began
                await notebook.until_run(FIRST_PICTURE)
                await browser.close()
                return started_s, opened_s, seen_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every figure; return 1 where a notebook failed or missed its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.notebooks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test: the first notebook, and no browser")
    parser.add_argument("--only", nargs="*", metavar="NOTEBOOK", help="which ones: 03, or 03_scalability")
    options = parser.parse_args(arguments)
    course = Course.here()
    names = ["00"] if options.quick else options.only
    paths = [course.find(name) for name in names] if names else course.notebooks()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'notebook':<46}{'seconds':>9}{'CPU s':>9}{'MiB':>9}   goal: {GOAL_S:g} s, {GOAL_MIB} MiB")
    missed = False
    for path in paths:
        figures = measure(path)
        print(f"{path.stem:<46}{figures}", flush=True)
        for problem in figures.problems:
            print(f"  {problem}")
        missed |= bool(figures.problems) or "MISSED" in str(figures)
    if options.quick:
        return int(missed)
    try:
        started_s, opened_s, seen_s = asyncio.run(first_picture())
    except FileNotFoundError as reason:
        print(f"\nthe first live picture: not measured, {reason}")
    else:
        print(
            f"\nfrom `python -m helpers` to JupyterLab {started_s:.1f} s, to the open notebook {opened_s:.1f} s, ",
            end="",
        )
        print(f"to the first live picture {seen_s:.1f} s")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
