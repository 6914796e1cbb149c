"""How long each part of the suite took."""

from __future__ import annotations

import pytest

from tests.phases import Phases, part


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/timeline/live/test_feed.py::test_a_frame", "tests/timeline"),
        ("tests/test_readme.py::test_it", "tests"),
        ("notebooks/00_start_here.ipynb::Cell 0", "notebooks/00_start_here.ipynb"),
    ],
)
def test_a_test_belongs_to_the_folder_or_the_notebook_it_is_in(nodeid: str, expected: str) -> None:
    assert part(nodeid) == expected


class Terminal:
    """Notes what is printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(title)

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def printed(*durations: tuple[str, float]) -> list[str]:
    phases, terminal = Phases(), Terminal()
    for nodeid, duration in durations:
        report = pytest.TestReport(nodeid, ("", 0, ""), {}, "passed", None, "call", duration=duration)
        phases.pytest_runtest_logreport(report)
    phases.pytest_terminal_summary(terminal)  # type: ignore[arg-type] # it needs these two methods
    return terminal.lines


def test_each_part_has_a_line_with_its_seconds_and_its_tests_the_longest_first() -> None:
    assert printed(("tests/a/t.py::x", 1.0), ("tests/b/t.py::x", 2.0), ("tests/b/t.py::x", 0.5)) == [
        "seconds by part",
        "   2.5 s     1 tests  tests/b",
        "   1.0 s     1 tests  tests/a",
    ]


def test_where_there_is_only_one_part_nothing_is_printed() -> None:
    assert printed(("tests/a/t.py::x", 1.0)) == []
