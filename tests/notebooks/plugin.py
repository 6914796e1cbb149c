"""A pytest plugin beside nbval: what is held on a notebook's fresh run, so that the notebook runs only once.

nbval makes a test of every code cell. This adds, after the cell it belongs to, a test for every *band* in a cell's
metadata, and after the last cell one for the notebook's seconds. nbval.cfg normalises what varies, and so would take
`1.0×` for `9.7×`: a band holds the number itself.

    {"course": {"bands": [{"pattern": "([0-9.]+)× faster", "low": 8, "high": 30, "why": "20 waits cost one"}]}}

Every match of the pattern, which has one group, must lie in the band. No match is a failure.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbval.kernel
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from helpers.exercises.progress import VARIABLE as PROGRESS
from helpers.lesson import hygiene, refresh
from tests.kernel_manager import kernel_manager

_SECONDS = pytest.StashKey[float]()


class FreshRunError(Exception):
    """What a fresh run showed is not what the notebook promises."""


class FreshRunItem(pytest.Item):
    """A test of what nbval's run of a cell, or of all cells, has shown."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, FreshRunError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, 0, f"{self.path.name}::{self.name}"


class BandItem(FreshRunItem):
    """A headline number of one cell lies where it should."""

    def __init__(self, *, cell: IPyNbCell, band: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cell = cell
        self._band = band

    def runtest(self) -> None:
        outputs = self._cell.test_outputs
        if outputs is None:
            pytest.skip(f"{self._cell.name} was not run")
        shown = (text for output in outputs for text in hygiene.texts({**output, "metadata": {}}))  # no alt texts
        hold(self._band, "\n".join(dict.fromkeys(shown)))


class SecondsItem(FreshRunItem):
    """A notebook's cells, together, do not keep a learner waiting.

    The promise itself is held when the notebook is refreshed, and stored with it. A test run may share its machine: two
    processes that burn both cores at most double what a notebook takes.
    """

    def runtest(self) -> None:
        seconds = self.parent.stash.get(_SECONDS, 0.0) if self.parent else 0.0
        limit = refresh.NOTEBOOK_LIMIT_S
        if seconds > 2 * limit:
            raise FreshRunError(f"The cells took {seconds:.1f} s; a learner is to wait {limit:g} s at most.")


def hold(band: dict[str, Any], text: str) -> None:
    """Hold every number that the band's pattern finds in a text to the band.

    Raises:
        FreshRunError: if one is outside, if there is none, or if the band is not one.
    """
    if set(band) != {"pattern", "low", "high", "why"}:
        raise FreshRunError(f"A band has pattern, low, high and why; this one has {', '.join(sorted(band))}.")
    pattern, low, high = re.compile(band["pattern"]), float(band["low"]), float(band["high"])
    if pattern.groups != 1 or not low <= high:
        raise FreshRunError(f"A band's pattern has one group and its low is at most its high: {band}")
    numbers = [match.group(1) for match in pattern.finditer(text)]
    if not numbers:
        raise FreshRunError(f"Nothing in the output matches {band['pattern']!r}. The output was:\n{text}")
    outside = [number for number in numbers if not low <= float(number.replace(",", "")) <= high]
    if outside:
        raise FreshRunError(
            f"{', '.join(outside)} is not between {low:g} and {high:g} ({band['why']}). The output was:\n{text}"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Run as a learner who has done nothing yet: no test reads or writes what somebody here has done."""
    folder = tempfile.mkdtemp(prefix="nobodys-progress-")
    # Not `add_cleanup`: pytest-xdist's workers end without it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[PROGRESS] = str(Path(folder) / "progress.json")
    nbval.kernel.KernelManager = kernel_manager


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put the tests of a fresh run right after the cells they are about, and only where those were selected."""
    yield
    items[:] = list(_with_fresh_run_items(items))


def _with_fresh_run_items(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    for item, following in pairwise([*items, None]):
        assert item is not None
        yield item
        if not isinstance(item, IPyNbCell):
            continue
        for number, band in enumerate(item.cell.metadata.get("course", {}).get("bands", []), start=1):
            name = f"{item.name} band {number}"
            yield BandItem.from_parent(item.parent, name=name, cell=item, band=band)
        if isinstance(item.parent, IPyNbFile) and getattr(following, "parent", None) is not item.parent:
            yield SecondsItem.from_parent(item.parent, name="Seconds")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Add up the seconds of a notebook's cells."""
    if call.when == "call" and isinstance(item, IPyNbCell):
        item.parent.stash[_SECONDS] = item.parent.stash.get(_SECONDS, 0.0) + call.duration
    return (yield)
