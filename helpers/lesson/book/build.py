"""The sources of the book laid out, and Sphinx told to make a site of them."""

from __future__ import annotations

import json
import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from helpers.lesson import runs
from helpers.lesson.book import pages
from helpers.lesson.course import Course, CourseError
from helpers.timeline.live.canvas import looks, player_module

STATIC = Path(__file__).with_name("static")
NEEDED = {"sphinx": "sphinx", "myst_nb": "myst-nb", "sphinx_book_theme": "sphinx-book-theme"}
REPOSITORY = "https://github.com/asyncio-measured/asyncio-measured"
PARTS = {"The five benefits": range(1, 6), "What they cost, and what breaks": range(6, 13)}
BESIDE = ("questions.md", "glossary.md", "instructors.md")
COPIED = ("take_home", "images")


def build(course: Course, site: Path) -> list[str]:
    """Build the book into a folder, which is emptied first; return what Sphinx warns of.

    Raises:
        CourseError: when Sphinx or its theme is missing, with the line that installs them.
    """
    if missing := [name for module, name in NEEDED.items() if find_spec(module) is None]:
        wanted = Path(__file__).with_name("requirements.txt").relative_to(course.root)
        raise CourseError(f"The book needs {', '.join(missing)}: python -m pip install -r {wanted}")
    with TemporaryDirectory(prefix="course-book-") as name:
        source, made = Path(name, "source"), Path(name, "made")
        source.mkdir()
        lay_out(course, source)
        warnings = _sphinx(source, made)  # MyST-NB writes a folder beside the site, too: it must not land in the course
        if site.exists():
            shutil.rmtree(site)
        shutil.move(made, site)
        return warnings


def lay_out(course: Course, source: Path) -> None:
    """Write what Sphinx reads: pages, texts beside them, players and the runs that they play."""
    static = source / "_static"
    shutil.copytree(STATIC, static)
    for name in COPIED:
        shutil.copytree(course.source / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    beside = [course.source / name for name in BESIDE if (course.source / name).exists()]
    texts = {
        path.name: [cell.source for cell in _cells(path) if cell.cell_type == "markdown"] for path in course.notebooks()
    }
    targets = pages.linked(texts | {path.name: [path.read_text(encoding="utf-8")] for path in beside})
    for path in course.notebooks():
        page = pages.made(path, runs.load(course, path), targets[path.name])
        nbformat.write(page.notebook, source / path.name)
        for name, content in page.files.items():
            place = static / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
    for path in beside:
        text = pages.with_links(path.read_text(encoding="utf-8"), path.name)
        (source / path.name).write_text(text.replace("](../", f"]({REPOSITORY}/blob/main/"), encoding="utf-8")
    (source / "index.md").write_text(_index(course, beside), encoding="utf-8")
    players = f"window.coursePlayers = {{ mountAll, looks: {json.dumps(looks())} }};"
    (static / "players.js").write_text(f"(() => {{\n{player_module()}\n{players}\n}})();\n", encoding="utf-8")


def _cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def _index(course: Course, beside: list[Path]) -> str:
    """Return the first page: the beginning of README, and the contents."""
    readme = (course.root / "README.md").read_text(encoding="utf-8")
    title, _, rest = readme.partition("\n")
    opening = re.split(r"^(?:\[!\[|##|<!--)", rest, maxsplit=1, flags=re.MULTILINE)[0]
    opening = opening.replace("](notebooks/", "](").replace("](book/", "](")
    trees = [_tree("", [path.stem for path in course.notebooks() if path.stem[:2] == "00"])]
    for caption, numbers in PARTS.items():
        trees.append(_tree(caption, [path.stem for path in course.notebooks() if int(path.stem[:2]) in numbers]))
    trees.append(_tree("Beside the pages", [path.stem for path in beside]))
    return "\n\n".join([title, opening.strip(), *filter(None, trees)]) + "\n"


def _tree(caption: str, names: list[str]) -> str:
    if not names:
        return ""
    shown = f":caption: {caption}\n" if caption else ""
    return f"```{{toctree}}\n:maxdepth: 1\n{shown}\n" + "\n".join(names) + "\n```"


def _sphinx(source: Path, site: Path) -> list[str]:
    from sphinx.application import Sphinx

    log = source / "warnings.txt"
    with log.open("w", encoding="utf-8") as warnings, Path(os.devnull).open("w") as nowhere:
        app = Sphinx(
            source,
            None,
            site,
            source / ".doctrees",
            "html",
            confoverrides=settings(),
            status=nowhere,
            warning=warnings,
            freshenv=True,
            parallel=os.cpu_count() or 1,
        )
        app.build()
    shutil.rmtree(site / ".doctrees", ignore_errors=True)
    return [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]


def settings() -> dict[str, Any]:
    """Return Sphinx's settings: nothing is executed, and nothing is loaded from another host."""
    return {
        "project": "Asyncio, Measured",
        "copyright": "the authors; text and pictures CC BY 4.0, code MIT",
        "extensions": ["myst_nb"],
        "exclude_patterns": [".doctrees", "take_home"],
        "nb_execution_mode": "off",
        "suppress_warnings": ["myst.header"],  # a glossary's terms are of the third level: the contents leave them out
        "nb_ipywidgets_js": {},
        "myst_heading_anchors": 3,
        "html_theme": "sphinx_book_theme",
        "html_title": "Asyncio, Measured",
        "html_static_path": ["_static"],
        "html_css_files": ["book.css"],
        "html_js_files": ["players.js", "book.js"],
        "html_copy_source": True,
        "html_theme_options": {
            "repository_url": REPOSITORY,
            "repository_branch": "main",
            "path_to_docs": "notebooks",
            "use_repository_button": True,
            "use_download_button": True,
            "launch_buttons": {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
            "home_page_in_toc": True,
            "show_toc_level": 2,
        },
    }
