"""The types in the comments of the canvas's JavaScript hold: TypeScript checks them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.lesson import page
from helpers.timeline.live import canvas

HERE = Path(__file__).parent
OLDEST = 5  # 4.8, as Debian has it, does not read the tags in a comment of one line


def tsc(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run TypeScript as tsconfig.json, beside this file, says."""
    command = [str(shutil.which("tsc")), "--project", str(HERE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module", autouse=True)
def typescript() -> None:
    """Skip where there is no TypeScript that will do."""
    if shutil.which("tsc") is None:
        pytest.skip("tsc is not installed (npm install --global typescript): the types are not checked here")
    version = tsc("--version").stdout
    found = re.search(r"Version (\d+)\.", version)
    if found is None or int(found[1]) < OLDEST:
        pytest.skip(f"tsc is too old, {version.strip()!r}: TypeScript {OLDEST} or newer checks the types")


def test_typescript_finds_nothing_wrong() -> None:
    done = tsc()
    assert done.returncode == 0, done.stdout + done.stderr


def test_typescript_looks_at_every_module() -> None:
    listed = {Path(line).name for line in tsc("--listFilesOnly").stdout.splitlines()}
    modules = {path.name for folder in (canvas.FOLDER, *map(Path, page.__path__)) for path in folder.glob("*.js")}
    assert modules
    assert modules <= listed
