"""The ways in which a lesson ends. Each checks that nothing is left, and that the next start works at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from tests.left_behind import cells, closing
from tests.left_behind.lesson import DAEMON, GRADER, Lesson, lesson
from tests.left_behind.marked import Left, Marked

CHILDREN = ["__main__.py", "_child.py"]  # the daemon, and the process that waits for the next answer


def after_a_run(marked: Marked) -> Left:
    """Run a lesson twice, then close its notebook."""
    left = Left("a notebook's run, then closed")
    with lesson(marked, opened=False) as now:
        bare = now.census()
        now.run(cells.SET_UP, *cells.LESSON)
        once = now.census()
        now.run(*cells.LESSON)
        same(now, once)
        same(now, bare, "tasks", "sockets")
        assert once["children"] == CHILDREN, once
        now.run(cells.END)
        same(now, bare, "tasks", "threads", "children")
        left.next_s = took_s(now, *cells.LESSON)
        now.manager.shutdown_kernel()
        left.gone_s = marked.until_gone(marked.leftovers)
    return left


def after_a_notebook(marked: Marked, path: Path) -> Left:
    """Run a notebook of the course from top to bottom, then close it."""
    left = Left(path.name)
    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    with lesson(marked, opened=False) as now:
        bare = now.census()
        for source in sources:
            now.kernel.run(source, timeout_s=60)  # some fail, as they should
        now.run(cells.OPEN, cells.EXPERIMENT)
        ran = now.census()
        same(now, bare, "tasks", "sockets")
        assert ran["children"] == CHILDREN, ran
        now.run(cells.END)
        same(now, bare, "children")
        left.next_s = took_s(now, *cells.LESSON)
        now.manager.shutdown_kernel()
        left.gone_s = marked.until_gone(marked.leftovers)
    return left


def after_a_restart(marked: Marked) -> Left:
    """Restart the kernel while a check is under way."""
    left = Left("restart in mid-check")
    with lesson(marked) as now:
        now.begin(cells.LONG_CHECK)
        before: set[object] = {*marked.processes(), *marked.temporary()}
        assert len(marked.processes()) >= 3  # kernel, services, grader: where there is fork, its template too
        began = time.monotonic()
        now.restart()
        marked.until_gone(lambda: before & {*marked.processes(), *marked.temporary()})
        left.gone_s = time.monotonic() - began
        left.next_s = took_s(now, cells.SET_UP, *cells.LESSON)
    return left


def after_what_a_kernel_survives(marked: Marked) -> list[Left]:
    """Press Stop while an experiment, then a check, is under way, and kill the daemon in mid-experiment: one kernel."""
    with lesson(marked) as now:
        now.run(*cells.LESSON)
        before = now.census()
        return [
            after_an_interrupt(now, before, cells.LONG_EXPERIMENT, "interrupt in mid-experiment"),
            after_an_interrupt(now, before, cells.LONG_CHECK, "interrupt in mid-check"),
            after_a_crash(now, before),
        ]


def after_an_interrupt(now: Lesson, before: dict[str, Any], source: str, name: str) -> Left:
    """Press Stop while a cell is under way."""
    left = Left(name)
    daemon = now.marked.called(DAEMON)
    now.begin(source)
    began = time.monotonic()
    now.manager.interrupt_kernel()
    now.until_over()
    now.marked.until_gone(lambda: len(now.marked.called(GRADER)) != 1)  # the one that waits for the next answer
    left.gone_s = time.monotonic() - began
    assert now.marked.called(DAEMON) == daemon
    left.next_s = took_s(now, *cells.LESSON)
    same(now, before)
    return left


def after_a_crash(now: Lesson, before: dict[str, Any]) -> Left:
    """Kill the daemon in the middle of an experiment, and run the cells again."""
    left = Left("crash of the daemon in mid-experiment")
    port = now.run("print(api.port)")[0].text
    now.begin(cells.LONG_EXPERIMENT)
    (daemon,) = now.marked.called(DAEMON)
    began = time.monotonic()
    os.kill(daemon, signal.SIGKILL)
    said = now.until_over()
    left.gone_s = time.monotonic() - began
    assert "The process that hosts the services has ended" in said, said
    assert "Run the cell that opens the service again: it starts a new one." in said, said
    left.next_s = took_s(now, *cells.LESSON)
    assert now.run("print(api.port)")[0].text == port
    same(now, before)
    return left


def after_a_kill(marked: Marked) -> Left:
    """Kill the kernel while a check is under way."""
    left = Left("SIGKILL of the kernel in mid-check")
    with lesson(marked) as now:
        now.begin(cells.LONG_CHECK)
        assert len(marked.processes()) >= 3  # kernel, services, grader: where there is fork, its template too
        os.kill(now.pid, signal.SIGKILL)
        left.gone_s = marked.until_gone(lambda: [*marked.processes(), *marked.listening(), *marked.temporary()])
    began = time.monotonic()
    with lesson(marked) as now:
        now.run(*cells.LESSON)
        left.next_s = time.monotonic() - began
    return left


def same(now: Lesson, before: dict[str, Any], *keys: str) -> None:
    """Check that a kernel has as many tasks, threads and so on as it had, or only these; and no more files open.

    The process that waits for the next answer may have started a moment ago: what it needs comes and goes.
    """

    def differs() -> list[str]:
        found = now.census()
        return [
            f"{key}: {before[key]} before, {found[key]} now"
            for key in keys or before
            if (found[key] > before[key] if key == "open" else found[key] != before[key])
        ]

    now.marked.until_gone(differs)


def took_s(now: Lesson, *sources: str) -> float:
    """Run cells; return how many seconds that took."""
    began = time.monotonic()
    now.run(*sources)
    return time.monotonic() - began


CASES: dict[str, Callable[[Marked], list[Left]]] = {
    "run": lambda marked: [after_a_run(marked)],
    "restart": lambda marked: [after_a_restart(marked)],
    "interrupt-and-crash": after_what_a_kernel_survives,
    "kill": lambda marked: [after_a_kill(marked)],
    "jupyterlab": lambda marked: [closing.after_jupyterlab(marked)],
    "jupyterlab-killed": lambda marked: [closing.after_a_kill_of_jupyterlab(marked)],
}


def run(name: str, folder: Path) -> list[Left]:
    """Run a case below this folder; whatever it leaves is killed in the end."""
    with _cleared(Marked(folder)) as marked:
        return CASES[name](marked)


def run_notebook(path: Path, folder: Path) -> list[Left]:
    """Run a notebook below this folder; whatever it leaves is killed in the end."""
    with _cleared(Marked(folder)) as marked:
        return [after_a_notebook(marked, path)]


@contextmanager
def _cleared(marked: Marked) -> Iterator[Marked]:
    try:
        yield marked
    finally:
        marked.end()
