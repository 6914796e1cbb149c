"""What a learner does to practise: solves an exercise by typing, and answers a quiz with the keyboard alone."""

from __future__ import annotations

import nbformat
import pytest
import pytest_asyncio

from helpers.lesson import refresh
from helpers.lesson.course import Course
from helpers.lesson.quizzes import questions
from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]
CELLS = ("set-up", "service", "answer-1-1", "check-1-1", "quiz-run")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def notebook(the_lab: Lab) -> Notebook:
    """The cells of lesson 01 that its first exercise leans on, the exercise and the quiz, run."""
    lesson = {cell.id: cell for cell in nbformat.read(Course.here().find("01"), as_version=4).cells}
    cells = [nbformat.v4.new_code_cell(lesson[cell].source, id=cell) for cell in CELLS]
    written = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": refresh.KERNELSPEC})
    nbformat.write(written, the_lab.server.course.workbook / "practice.ipynb")
    opened = await the_lab.open("workbook/practice.ipynb")
    await opened.run_all()
    assert await opened.troubles() == []
    return opened


async def test_an_exercise_is_solved_by_typing(lab: Lab, notebook: Notebook) -> None:
    (said,) = await notebook.outputs("check-1-1")
    assert said["text"] == "1.1: not attempted yet\n"

    await notebook.type_over_last_line("answer-1-1", "await fetch(session, city)")
    await lab.press("Shift+Enter", "Shift+Enter")  # the answer, then its check
    await notebook.until_output("check-1-1", "✗ Start all 3 before you await the first.")
    (timeline,) = await notebook.images("check-1-1")
    assert timeline.width > 0
    await lab.screenshot("wrong_answer")

    await notebook.type_over_last_line("answer-1-1", "group.create_task(fetch(session, city))")
    await lab.press("Shift+Enter", "Shift+Enter")
    await notebook.until_output("check-1-1", "✓ 1.1 Start them together")
    await notebook.until_image_changes("check-1-1", timeline)
    await lab.screenshot("right_answer")


async def test_a_quiz_is_answered_with_the_keyboard_alone(lab: Lab, notebook: Notebook) -> None:
    options = questions("01")[0].options
    right = next(n for n, option in enumerate(options) if option.right)
    wrong = next(n for n, option in enumerate(options) if not option.right)
    said = (await notebook.locate("quiz-run", "[role=status]")).first
    await lab.tab_to("input[type=radio]")

    await lab.press("Space", *["ArrowDown"] * wrong, "Enter")
    await said.filter(has_text="✗ No.").wait_for()

    await lab.press(*["ArrowDown"] * ((right - wrong) % len(options)))
    await lab.tab_to("button:has-text('Check')")
    await lab.press("Space")
    await said.filter(has_text="✓ Yes.").wait_for()
    await lab.screenshot("quiz_answered")
