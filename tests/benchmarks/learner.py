"""What one learner takes of a hub's machine: `python -m tests.benchmarks.learner` (two minutes).

A JupyterLab server as a learner has it, and in it one page after another, with the reference solutions put in and
every cell run at once. Memory is that of the server and of all that it starts (kernels, services, graders): USS is a
process's own, PSS has its share of what several processes share. Processor is counted in the same processes, those that
have ended included; the busiest minute is the most in any sixty seconds, without a person's pauses. Both hold on a busy
machine.

Pages stay open: a learner who goes from page to page leaves a kernel behind on each. `--pages 01 02` names them,
`--quick` is a smoke test: the set-up cell of page 01.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import nbformat
import psutil

from tests.benchmarks.family import MIB, memory_mib
from tests.browser.server import Server, jupyterlab
from tests.classroom.hub import open_page
from tests.notebooks.test_with_solutions import CHECK, EXERCISES, solved

EVERY_S = 0.25
MINUTE_S = 60.0


@dataclass
class Samples:
    """What was seen of a family of processes: when, own memory, shared-out memory (MiB), and processor so far (s)."""

    at_s: list[float] = field(default_factory=list)
    uss_mib: list[float] = field(default_factory=list)
    pss_mib: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    def busiest_s(self) -> float:
        """Return the most seconds of processor within any minute."""
        pairs = list(zip(self.at_s, self.cpu_s, strict=True))
        return max(b - a for n, (then, a) in enumerate(pairs) for now, b in pairs[n:] if now - then <= MINUTE_S)

    def look(self, process: psutil.Process) -> None:
        """Add what there is now."""
        uss = pss = cpu = 0.0
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):  # gone meanwhile: then it is among what its parent counts
                times = one.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                uss += one.memory_full_info().uss / MIB
                pss += memory_mib(one)
        self.at_s.append(time.monotonic())
        self.uss_mib.append(uss)
        self.pss_mib.append(pss)
        self.cpu_s.append(max(cpu, self.cpu_s[-1] if self.cpu_s else 0.0))


@contextmanager
def sampled(pid: int) -> Iterator[Samples]:
    """Look at a process and its descendants while the block lasts."""
    samples, over, process = Samples(), threading.Event(), psutil.Process(pid)

    def go_on() -> None:
        while not over.wait(EVERY_S):
            samples.look(process)

    samples.look(process)
    thread = threading.Thread(target=go_on, name="samples", daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()
        samples.look(process)


def cells_of(path: Path) -> list[str]:
    """Return the code of a page, with the reference solutions where learners write."""
    answers = {f"answer-{one.number.replace('.', '-')}": one for one in EXERCISES}
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return [solved(answers[cell.id]) if cell.id in answers else str(cell.source) for cell in code]


async def learn(server: Server, pages: Sequence[str], *, only: int | None) -> None:
    """Open one page after the other and run all of it; print a line for each."""
    headers = {"Authorization": f"token {server.token}"}
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=None)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        for page in pages:
            path = server.course.workbook / server.course.find(page).name
            cells = await asyncio.to_thread(cells_of, path)
            with sampled(server.pid) as samples:
                began, name = time.monotonic(), f"workbook/{path.name}"
                run_cell = await stack.enter_async_context(open_page(session, server.url, name, headers))
                troubles = [error for code in cells[:only] for error in await run_cell(code)]
                took_s = time.monotonic() - began
            checks = sum(bool(CHECK.search(code)) for code in cells[:only])
            print(
                f"{path.stem[:34]:<36}{checks:>7}{took_s:>8.0f}{max(samples.uss_mib):>9.0f}{max(samples.pss_mib):>9.0f}"
                f"{samples.pss_mib[-1]:>9.0f}{samples.cpu_s[-1] - samples.cpu_s[0]:>10.1f}{samples.busiest_s():>10.1f}",
                *(f"  {trouble}" for trouble in troubles),
                sep="\n",
                flush=True,
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.learner", description=__doc__)
    parser.add_argument("--pages", nargs="+", default=["01", "02", "03"], metavar="PAGE", help="one after the other")
    parser.add_argument("--quick", action="store_true", help="a smoke test: the set-up cell of page 01")
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, jupyterlab(Path(folder)) as server:
        with sampled(server.pid) as samples:
            pass
        print(f"a server with no page open: {samples.pss_mib[-1]:.0f} MiB, {samples.cpu_s[-1]:.1f} s of processor\n")
        print(f"{'':<36}{'':>7}{'':>8}{'most':>9}{'most':>9}{'then':>9}{'processor':>10}{'busiest':>10}")
        print(f"{'page':<36}{'checks':>7}{'s':>8}{'USS MiB':>9}{'PSS MiB':>9}{'PSS MiB':>9}{'s':>10}{'minute s':>10}")
        pages = ["01"] if options.quick else options.pages
        asyncio.run(learn(server, pages, only=1 if options.quick else None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
