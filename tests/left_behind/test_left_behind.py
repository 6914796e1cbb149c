"""However a lesson ends, nothing of it is left, and the next start works at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.left_behind import cases

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals, and the environments of processes")


@pytest.mark.parametrize("name", cases.CASES)
def test_nothing_is_left_behind(name: str, tmp_path: Path) -> None:
    cases.run(name, tmp_path)
