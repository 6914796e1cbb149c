"""axe-core finds nothing serious in what the pages put out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.lesson.course import Course
from tests.browser.lab import Lab

PLACES = (os.environ.get("COURSE_AXE", ""), "/work/tools/node_modules/axe-core/axe.min.js")
AXE = next((Path(place) for place in PLACES if place and Path(place).is_file()), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.extended,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(600),
    pytest.mark.skipif(AXE is None, reason="COURSE_AXE names no axe.min.js (npm install axe-core): not looked at here"),
]
PAGES = [path.stem for path in Course.here().notebooks()]
# Of each output by itself: what is around it is JupyterLab's.
LOOK = """async () => {
    const outputs = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output')];
    const found = outputs.length ? (await axe.run(outputs, {resultTypes: ['violations']})).violations : [];
    return found.filter(v => ['serious', 'critical'].includes(v.impact))
        .flatMap(v => v.nodes.map(node => `${v.id}: ${node.html.slice(0, 200)}`));
}"""


@pytest.mark.parametrize("page", PAGES)
async def test_axe_finds_nothing_serious_in_the_outputs(page: str, lab: Lab) -> None:
    notebook = await lab.open(f"workbook/{page}.ipynb")
    await notebook.run_all()
    await lab.page.add_script_tag(path=str(AXE))
    assert await lab.page.evaluate(LOOK) == []
