"""A pytest plugin: which tests share a process, and in which order they are given out.

Nearly every test here waits: for a service, a kernel, a browser. So several processes run them side by side
(pytest-xdist), and the suite takes about half of the time. A file stays in one process, since its tests may share a
kernel or a browser; so does all of tests/browser, which shares one JupyterLab. The answers to exercises share nothing,
and are given out one by one. What takes longest is begun first, or one process would still be at it when the others
have ended.

`-n 0` runs everything in one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

MOST = 4  # processes; more would not find more to do at the same time
ALONE = "tests/exercises/test_answers.py"
TOGETHER = "tests/browser/"
FIRST = (TOGETHER, "notebooks/", "tests/notebooks/test_with_solutions", "tests/test_code_style", "tests/exercises/")
SUMMARY = pytest.StashKey[list[str]]()  # what a process has to say when all is done


@pytest.hookimpl(tryfirst=True)  # before xdist's own, which counts cores of which some are somebody else's
def pytest_xdist_auto_num_workers() -> int:
    """Use two processes for each core that this one may use: tests wait a lot.

    Two processes on two cores left one core idle (load 0.95).
    """
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, 2 * here)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Give out files, all of the browser's tests at once, and answers to exercises one by one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(TOGETHER):
            return TOGETHER
        return nodeid if nodeid.startswith(ALONE) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Schedule in the order of the collection, which `pytest_collection_modifyitems` has sorted."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Put first what takes longest; within one process the order stays as it is."""
    yield
    if hasattr(config, "workerinput"):
        items.sort(
            key=lambda item: next((n for n, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))
        )


def say_at_the_end(config: pytest.Config, line: str) -> None:
    """Have a line printed under the results, from whichever process."""
    config.stash.setdefault(SUMMARY, []).append(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this process has to say."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["summary"] = session.config.stash.get(SUMMARY, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process had to say. One that has crashed says nothing."""
    for line in getattr(node, "workeroutput", {}).get("summary", []):
        say_at_the_end(node.config, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print it."""
    for line in config.stash.get(SUMMARY, []):
        terminalreporter.write_line(line)
