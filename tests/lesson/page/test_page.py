"""What a page does in the browser: the part of it that needs none, in Node."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from helpers.lesson import page
from tests.timeline.live.node import needs_node, run

HERE = Path(__file__).parent


@needs_node
def test_the_pure_part_does_what_its_own_tests_say(tmp_path: Path) -> None:
    for path in (*Path(*page.__path__).glob("*.js"), *HERE.glob("*.js")):
        shutil.copy(path, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    assert re.search(r"# fail 0\b", run(tmp_path, "--test", "--test-reporter=tap", "page.test.js"))


def test_two_set_up_cells_have_places_of_their_own() -> None:
    first, second = (re.findall('data-course-page="(.+?)"', page.html())[0] for _ in range(2))
    assert first != second


def test_the_modules_are_joined_without_imports_and_exports() -> None:
    assert not re.search(r"^(import|export) ", page.script(), re.MULTILINE)
