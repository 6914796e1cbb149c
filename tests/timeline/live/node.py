"""Run the browser's side in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.timeline.live import canvas

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="node is not installed: the canvas's JavaScript is not tested here"
)
HERE = Path(__file__).parent


def lay_out_folder(folder: Path) -> Path:
    """Put the modules and their tests into one folder, as a package of ES modules for any version of Node."""
    for path in (*canvas.FOLDER.glob("*.js"), *HERE.glob("*.js")):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "looks.json").write_text(json.dumps(canvas.looks()), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run node in a folder and return what it printed."""
    assert NODE is not None
    command = [NODE, *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(folder: Path, question: dict[str, Any]) -> Any:
    """Ask answer.js, beside this file, for what the canvas makes of some data."""
    return json.loads(run(lay_out_folder(folder), "answer.js", stdin=json.dumps(question)))
