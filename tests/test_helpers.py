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


@pytest.mark.parametrize("package", ["helpers", "helpers.exercises"])
def test_completion_shows_everything_it_names(package: str) -> None:
    script = f"import {package} as package; assert set(package.__all__) <= set(dir(package)), dir(package)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_importing_it_imports_nothing_heavy() -> None:
    script = "import sys, helpers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_a_name_it_does_not_have_is_answered_with_those_it_has() -> None:
    with pytest.raises(AttributeError, match=f"no attribute 'timelime'; it has {', '.join(helpers.__all__)}"):
        _ = helpers.timelime
