"""A quiz: Markdown where there are no widgets; with them, an option, a button and an explanation."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.lesson import quiz as module
from helpers.lesson.quiz import as_markdown, as_text, quiz
from helpers.lesson.quizzes import Option, Question

ASKED = (
    Question(
        "how long",
        "How long does `run` take?",
        (Option("0.1 & more", "Too **short**."), Option("0.3", "It *waits*.", right=True), Option("1 < 2", "No `x`.")),
        code="if a < b:\n    run()",
    ),
)


def test_the_markdown_unfolds_each_option_to_its_explanation() -> None:
    text = as_markdown(ASKED)
    assert text.count("<details>") == text.count("</details>") == 3
    assert "**1.** How long does `run` take?" in text
    assert "```python\nif a < b:\n    run()\n```" in text
    assert "<summary>0.3</summary>\n\n**Yes.** It *waits*." in text
    assert "<summary>0.1 &amp; more</summary>\n\nNo. Too **short**." in text


def test_the_text_has_every_option_with_its_explanation_and_no_marks() -> None:
    assert as_text(ASKED).splitlines() == [
        "1. How long does run take?",
        "",
        "       if a < b:",
        "           run()",
        "",
        "   ✗ 0.1 & more",
        "     Too short.",
        "   ✓ 0.3",
        "     It waits.",
        "   ✗ 1 < 2",
        "     No x.",
    ]


def test_a_star_in_code_is_no_mark() -> None:
    text = "**Not** `except`: `except*`. *Only* `except*` does, and `**options`."
    assert module._plain(text) == "Not except: except*. Only except* does, and **options."
    assert module._marked(text) == (
        "<b>Not</b> <code>except</code>: <code>except*</code>. "
        "<em>Only</em> <code>except*</code> does, and <code>**options</code>."
    )


def test_code_may_stand_in_bold() -> None:
    assert module._marked("**not `a*b`**") == "<b>not <code>a*b</code></b>"
    assert module._plain("**not `a*b`**") == "not a*b"


@pytest.fixture
def parts() -> Any:
    """The widgets of the question: what is said, the options, the button, the verdict."""
    _keys, box = module._widget(ASKED).children
    return box.children


def test_nothing_is_chosen_at_first_and_code_is_escaped(parts: Any) -> None:
    said, choice, _, verdict = parts
    assert choice.value is None
    assert verdict.value == ""
    assert "<pre>if a &lt; b:" in said.value


def test_checking_without_a_choice_says_so(parts: Any) -> None:
    _, _, check, verdict = parts
    check.click()
    assert "Choose an option first" in verdict.value


def test_a_wrong_choice_is_explained_and_gives_nothing_away(parts: Any) -> None:
    _, choice, check, verdict = parts
    choice.index = 0
    check.click()
    assert verdict.value == "<p>✗ No. Too <b>short</b>.</p>"


def test_the_right_choice_is_explained_and_so_are_the_others(parts: Any) -> None:
    _, choice, check, verdict = parts
    choice.index = 1
    check.click()
    assert "✓ <b>Yes.</b> It <em>waits</em>." in verdict.value
    assert "<li>1 &lt; 2: No <code>x</code>.</li>" in verdict.value


def test_in_a_terminal_the_quiz_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    quiz("00")
    assert "✓ 0 lines; answer holds a coroutine" in capsys.readouterr().out
