"""A notebook as a page of the book: its links lead to cells, its timelines replay."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from helpers.lesson.refresh import NAVIGATION_ID, SET_UP_ID
from helpers.lesson.runs import Run

LINK = re.compile(r"\]\((?P<page>[\w./-]+\.ipynb)?(?:#cell-id=(?P<cell>[\w-]+))\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)


@dataclass
class Made:
    """What came of a page: the notebook that Sphinx reads, and files that go beside it, by name."""

    notebook: Any
    files: dict[str, bytes] = field(default_factory=dict)


def target(page: str, cell: str) -> str:
    """Return the label of a cell: unique in the book.

    >>> target("notebooks/06_how_much_at_once.ipynb", "pool-seen")
    'p06-pool-seen'
    """
    return f"p{Path(page).name[:2]}-{cell}"


def linked(texts: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return, by the file name of a page, the cells that links lead to, of texts by the names of their files."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, some in texts.items():
        for text in some:
            for link in LINK.finditer(text):
                found[Path(link["page"] or name).name].add(link["cell"])
    return found


def with_links(text: str, name: str) -> str:
    """Return Markdown whose links to cells lead to their labels."""
    return LINK.sub(lambda link: f"](#{target(link['page'] or name, link['cell'])})", text)


def made(path: Path, runs: Mapping[str, Sequence[Run]], targets: Iterable[str]) -> Made:
    """Make a page of a notebook.

    Args:
        path: of the notebook, with its outputs.
        runs: what is kept of its timelines, by the ids of its cells.
        targets: the ids of the cells that something links to.
    """
    notebook = nbformat.read(path, as_version=4)
    page = Made(notebook)
    wanted = set(targets)
    cells = []
    for cell in notebook.cells:
        if cell.id == NAVIGATION_ID:  # the book has its own
            continue
        label = f"({target(path.name, cell.id)})=" if cell.id in wanted else ""
        if cell.cell_type == "markdown":
            source = with_links(cell.source, path.name)
            cell.source = f"{label}\n{source}" if label else source
        else:
            if label:
                cells.append(nbformat.v4.new_markdown_cell(label, id=f"at-{cell.id}"[:64]))
            if cell.id == SET_UP_ID:
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
            _with_players(cell, runs.get(cell.id, ()), f"{path.stem[:2]}-{cell.id}", page.files)
        cells.append(cell)
    notebook.cells = cells
    return page


def _with_players(cell: Any, runs: Sequence[Run], name: str, files: dict[str, bytes]) -> None:
    """Put each picture of a cell into a file, with its words as alternative text; a run that is kept replays there."""
    left = list(runs)
    for number, output in enumerate(cell.outputs):
        data = output.get("data", {})
        if "image/png" not in data:
            continue
        stem = f"{name}-{number}"
        files[f"pictures/{stem}.png"] = base64.b64decode(data["image/png"])
        about = output.metadata.get("image/png", {})
        words = str(data.get("text/plain", ""))
        run = next((one for one in left if one["facts"] == words), None)
        alternative = html.escape(about.get("alt", words))
        size = f' width="{about["width"]}"' if about.get("width") else ""
        picture = f'<img src="_static/pictures/{stem}.png" alt="{alternative}"{size} loading="lazy">'
        if run is None:
            markup = f'<div class="course-picture">{picture}</div>'
        else:
            left.remove(run)
            files[f"runs/{stem}.js"] = f"courseRun({json.dumps(stem)}, {_in_script(run)});\n".encode()
            markup = f'<div class="timeline-replay" data-timeline-replay="{stem}">{picture}</div>'
        output["data"] = nbformat.from_dict({"text/html": markup})
        output["metadata"] = nbformat.from_dict({})


def _in_script(data: Any) -> str:
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
