"""Links lead to the cell that they name on the same page, and to the page of a cell on another."""

from __future__ import annotations

import nbformat
import pytest
import pytest_asyncio

from helpers.lesson import refresh
from helpers.lesson.setup import SET_UP_CELL
from tests.browser.lab import Lab
from tests.browser.notebook import PANEL, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]
LINKS = """\
[here](#cell-id=target) · [there](links_other.ipynb#cell-id=other-target)"""
CHECK = """\
from IPython.display import display
display({"text/plain": "back", "text/markdown": "Back to: [target](#cell-id=target)"}, raw=True)"""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def notebook(the_lab: Lab) -> Notebook:
    """A page with links of each kind: in prose, in an output, to itself and to another page."""
    filler = [nbformat.v4.new_markdown_cell("\n\n".join(["line"] * 40), id=f"filler-{n}") for n in range(3)]
    cells = [
        nbformat.v4.new_code_cell(SET_UP_CELL, id="set-up"),
        nbformat.v4.new_markdown_cell(LINKS, id="links"),
        nbformat.v4.new_code_cell(CHECK, id="check-9-9"),
        *filler,
        nbformat.v4.new_markdown_cell("## Target · with a dot", id="target"),
    ]
    other = [*filler, nbformat.v4.new_markdown_cell("here", id="other-target")]
    folder = the_lab.server.course.workbook
    for name, content in (("links", cells), ("links_other", other)):
        page = nbformat.v4.new_notebook(cells=content, metadata={"kernelspec": refresh.KERNELSPEC})
        nbformat.write(page, folder / f"{name}.ipynb")
    opened = await the_lab.open("workbook/links.ipynb")
    await opened.run_cell("set-up")
    await opened.run_cell("check-9-9")
    return opened


async def until_in_view(lab: Lab, path: str, cell: str) -> None:
    """Wait until a cell of the page in front is the active one, or in the window."""
    await lab.page.wait_for_function(
        f"""([path, id]) => {{
            const panel = ({PANEL})(path);
            const cell = panel?.isVisible && panel.content.widgets.find(w => w.model.id === id);
            const at = cell?.node.isConnected && cell.node.getBoundingClientRect();
            return at && at.top >= 0 && at.top < innerHeight - 60;
        }}""",
        arg=[path, cell],
    )


@pytest.mark.parametrize(("kept", "link"), [("links", "here"), ("check-9-9", "target")])
async def test_a_link_to_a_cell_of_the_page_brings_it_into_view(
    kept: str, link: str, lab: Lab, notebook: Notebook
) -> None:
    place = await notebook.locate(kept, f"a:has-text('{link}')")
    await place.first.click()
    await until_in_view(lab, notebook.path, "target")


async def test_a_link_to_a_cell_of_another_page_opens_that_page(lab: Lab, notebook: Notebook) -> None:
    """JupyterLab 4.6 selects the cell, too, and often stays at the top of a page that it has just opened (4 of 4)."""
    place = await notebook.locate("links", "a:has-text('there')")
    await place.first.click()
    await lab.page.wait_for_function(
        f"(path) => ({PANEL})(path)?.isVisible && location.pathname.endsWith(path)", arg="workbook/links_other.ipynb"
    )
    await lab.screenshot("link_to_another_page")
