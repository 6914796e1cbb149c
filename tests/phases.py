"""A pytest plugin: a line for each part of the suite, with how many tests it has and how long they took.

Tests run side by side, so the seconds of all parts together are more than those of the suite.
"""

from __future__ import annotations

from collections import defaultdict

import pytest


class _Phase:
    def __init__(self) -> None:
        self.tests: set[str] = set()
        self.seconds = 0.0


class Phases:
    """Adds up what every test took, set-up and end included."""

    def __init__(self) -> None:
        self._phases: defaultdict[str, _Phase] = defaultdict(_Phase)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report of a test, from whichever process."""
        phase = self._phases[part(report.nodeid)]
        phase.tests.add(report.nodeid)
        phase.seconds += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the parts, the longest first; nothing where there is only one."""
        if len(self._phases) < 2:
            return
        terminalreporter.section("seconds by part")
        for name, phase in sorted(self._phases.items(), key=lambda item: -item[1].seconds):
            terminalreporter.write_line(f"{phase.seconds:6.1f} s  {len(phase.tests):4} tests  {name}")


def part(nodeid: str) -> str:
    """Return which part of the suite a test belongs to: a folder of tests/, a notebook, or tests/ itself.

    >>> part("tests/timeline/live/test_feed.py::test_a_frame"), part("notebooks/00_start_here.ipynb::Cell 0")
    ('tests/timeline', 'notebooks/00_start_here.ipynb')
    """
    folders = nodeid.partition("::")[0].split("/")
    if folders[0] == "notebooks" or len(folders) > 2:
        return "/".join(folders[:2])
    return folders[0]


def pytest_configure(config: pytest.Config) -> None:
    """Add up in the process that prints."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Phases())
