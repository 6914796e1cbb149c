"""What a committed notebook must not hold: text on stderr, errors, paths of the machine that ran it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Folders where people and installers keep things, on Linux, macOS and Windows. Not any path with a slash:
# "/cities/oslo" is a route of the course's services, and lessons print those.
_FOLDERS = r"home|root|Users|tmp|var|private|usr|opt|srv|mnt|work|Volumes|Library|Applications"
_MACHINE_PATH = re.compile(
    rf"""(?<![\w.:/-])/(?:{_FOLDERS})/[^\s'"<>)]+   # /home/ada/…, but neither http://host/home/… nor a/home/…
    |(?<!\w)[A-Za-z]:\\+[^\s'"<>)]+                 # C:\Users\ada
    |ipykernel_\d+                                  # the folder of a cell's code, /tmp/ipykernel_123/456.py
    """,
    re.VERBOSE,
)


def machine_paths(text: str, *, root: Path | None = None) -> list[str]:
    """Return the paths in a text that only mean something on one machine. `root` is one more folder to look for."""
    found = [match.group() for match in _MACHINE_PATH.finditer(text)]
    if root is not None and str(root) in text and not found:
        found.append(str(root))
    return found


def texts(output: dict[str, Any]) -> Iterator[str]:
    """Yield every text that an output shows: streams, bundles (pictures left out), errors, alt texts."""
    if "text" in output:
        yield output["text"]
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and not (kind.startswith("image/") and kind != "image/svg+xml"):
            yield value
    for value in output.get("metadata", {}).values():
        if isinstance(value, dict) and isinstance(value.get("alt"), str):
            yield value["alt"]
    yield from output.get("traceback", [])


def problems(cell: dict[str, Any], *, root: Path | None = None) -> list[str]:
    """Return what is wrong with the outputs of one cell, in words."""
    found = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" and output["name"] == "stderr":
            found.append(f"wrote to stderr: {_shortened(output['text'])}")
        if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", []):
            found.append(f"failed: {output['ename']}: {_shortened(output['evalue'])}")
        for text in texts(output):
            found += [f"shows a path of this machine: {path}" for path in machine_paths(text, root=root)]
    return list(dict.fromkeys(found))


def _shortened(text: str, length: int = 300) -> str:
    text = text.strip()
    return text if len(text) <= length else f"{text[:length]}…"
