"""The book as a reader has it: from a folder, without a network, on a laptop and on a phone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from helpers.lesson import runs
from helpers.lesson.course import Course
from tests.browser.chromium import FLAGS, find

COURSE = Course.here()
PYTHON = Path(os.environ.get("COURSE_BOOK_PYTHON", sys.executable))
NAMES = ["index", *(path.stem for path in COURSE.notebooks())]
AXE = os.environ.get("COURSE_AXE", "")

pytestmark = [pytest.mark.extended, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with warnings as errors."""
    if subprocess.run([PYTHON, "-c", "import myst_nb"], capture_output=True, check=False).returncode:
        pytest.skip("COURSE_BOOK_PYTHON names no Python that has helpers/lesson/book/requirements.txt")
    site = tmp_path_factory.mktemp("book") / "below a path"
    command = [str(PYTHON), "-m", "helpers", "book", "--output", str(site)]
    done = subprocess.run(command, cwd=COURSE.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


def test_a_build_writes_nothing_beside_the_site(book: Path) -> None:
    assert [path.name for path in book.parent.iterdir()] == [book.name]


class Links(HTMLParser):
    """The ids and the links of a page, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        elif "src" in values or (tag == "link" and values.get("rel") not in ("canonical", "search")):
            self.loads.add(values.get("src") or values.get("href", ""))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_the_book_leads_somewhere(book: Path, name: str) -> None:
    lost = []
    for link in Links((book / f"{name}.html").read_text(encoding="utf-8")).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = book / unquote(parts.path) if parts.path else book / f"{name}.html"
        if not target.exists():
            lost.append(link)
        elif parts.fragment and target.suffix == ".html":
            there = Links(target.read_text(encoding="utf-8")).ids
            lost += [link] if unquote(parts.fragment) not in there else []
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_loads_anything_from_another_host(book: Path, name: str) -> None:
    loads = Links((book / f"{name}.html").read_text(encoding="utf-8")).loads
    assert [one for one in loads if urlsplit(one).scheme not in ("", "data")] == []


def test_every_run_that_is_kept_has_a_place_in_the_book(book: Path) -> None:
    for path in COURSE.notebooks():
        kept = sum(map(len, runs.load(COURSE, path).values()))
        page = (book / f"{path.stem}.html").read_text(encoding="utf-8")
        assert len(re.findall(r"data-timeline-replay=", page)) == kept, path.name


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = find()
    if executable is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=FLAGS)


@pytest.fixture(params=[1280, 360])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 800}, offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_screen_and_axe_finds_nothing_serious(book: Path, page: Page, name: str) -> None:
    page.goto((book / f"{name}.html").as_uri())
    for host in page.query_selector_all("[data-timeline-replay]"):
        host.scroll_into_view_if_needed()
        page.wait_for_function("(host) => host.dataset.mounted", arg=host)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    if not AXE:
        pytest.skip("COURSE_AXE names no axe-core")
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in serious] == []


@pytest.mark.browser
def test_a_replay_plays_from_a_folder_without_a_network(book: Path, page: Page) -> None:
    page.goto((book / "00_start_here.html").as_uri())
    player = page.locator("[data-timeline-replay]").first
    player.scroll_into_view_if_needed()
    play = player.get_by_role("button", name="Play")
    play.click()
    scrubber = player.locator("input[type=range]")
    began = float(scrubber.input_value())
    page.wait_for_function("([input, began]) => Number(input.value) > began", arg=[scrubber.element_handle(), began])


def test_the_search_knows_a_word_of_a_page(book: Path) -> None:
    index = (book / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index[index.index("{") : index.rindex("}") + 1])
    assert "01_improved_performance" in found["docnames"]
