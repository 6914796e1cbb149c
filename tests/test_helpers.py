"""The package itself: a map that costs nothing to have."""

from __future__ import annotations

import subprocess
import sys

import pytest

import helpers

HEAVY = {"aiohttp", "asyncio", "matplotlib", "numpy", "IPython", "helpers.timeline", "helpers.services"}


@pytest.mark.parametrize("name", helpers.__all__)
def test_everything_it_names_can_be_asked_for(name: str) -> None:
    assert getattr(helpers, name) is not None


def test_importing_it_imports_nothing_heavy() -> None:
    script = "import sys, helpers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_a_name_it_does_not_have_is_answered_with_those_it_has() -> None:
    with pytest.raises(AttributeError, match="no attribute 'timelime'; it has Timeline, chart, explore, services, side_by_side"):
        _ = helpers.timelime
