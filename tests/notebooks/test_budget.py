"""A page's length is what a reader has to go through: apparatus, exercises and boxes are left out."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from tests.notebooks import budget


def markdown(text: str, name: str = "text") -> Any:
    return nbformat.v4.new_markdown_cell(text, id=name)


def code(text: str, name: str = "code") -> Any:
    return nbformat.v4.new_code_cell(text, id=name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Three short words.", 3),
        ("Some `code()` and **bold**.", 4),
        ("See [page six](06_how.ipynb#cell-id=pool).", 3),
        ("Seen.\n\n```python\nx = 1\n```\n", 1),
        ("Seen.\n\n<details><summary>Hint</summary>\n\nAwait it.\n</details>", 1),
        ("Seen.\n\n### ✍️ Exercise 1.1 · three at once (5 min)\n\nChange one line.", 1),
        ("## ✍️ Exercises\n\nLong text.\n\n### Exercise 1.2\n\nMore.\n\n## Key points\n\nOne point.", 4),
    ],
)
def test_words_are_those_outside_code_hints_and_exercises(text: str, words: int) -> None:
    assert budget.length([markdown(text)]).words == words


@pytest.mark.parametrize(
    ("text", "parentheses"),
    [
        ("It waits (for the network) and (then) runs.", 2),
        ("Call `f(x, y)`, see [here](a.ipynb) and (3).", 0),
        ("## One thread *(core, 10 min)*", 0),
        ("### Exercise 1.1 (5 min)", 0),
    ],
)
def test_parentheses_are_those_that_hold_words(text: str, parentheses: int) -> None:
    assert budget.length([markdown(text)]).parentheses == parentheses


def test_cells_that_only_ask_do_not_count_as_telling() -> None:
    asking = [
        code("predict()", "predict-1"),
        code("...", "answer-1-1"),
        code("check()", "check-1-1"),
        code("quiz()", "quiz"),
    ]
    asking.append(markdown("### ✍️ Exercise 1.1\n\nDo it.", "exercise-1-1"))
    assert budget.length([*asking, markdown("Told.")]).cells == 1


def test_generated_cells_count_for_nothing() -> None:
    cells = [markdown("A line (of links).", "navigation"), code("import sys", "set-up")]
    assert budget.length(cells) == budget.Length(0, 0, 0, 0, 0, 0)


def test_lines_leave_out_blank_ones_and_stubs() -> None:
    assert budget.length([code("a\n\nb"), code("c\nd", "answer-1-1")]).lines == 2


def test_an_excess_is_told_with_its_size() -> None:
    limits = budget.Length(cells=40, words=2, lines=160, characters=1000, parentheses=15, predictions=5)
    assert list(budget.excesses([markdown("Three short words.")], limits)) == [
        "3 words, 1 more than 2 (tests/notebooks/budget.py)"
    ]
