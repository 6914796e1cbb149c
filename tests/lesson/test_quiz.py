"""A quiz: Markdown where there are no widgets; with them, an option, a button and an explanation."""

from __future__ import annotations

import pytest

from helpers.lesson import page
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


def test_for_a_browser_marks_are_html_and_code_is_escaped() -> None:
    (question,) = module.as_data(ASKED)
    assert question["text"] == "<p><b>1.</b> How long does <code>run</code> take?</p><pre>if a &lt; b:\n    run()</pre>"
    assert question["options"][0] == {"text": "0.1 &amp; more", "why": "Too <b>short</b>.", "right": False}


def test_without_scripts_the_html_unfolds_each_option_to_its_explanation() -> None:
    text = module.as_html(ASKED)
    assert text.count("<details>") == 3
    assert "<summary>0.3</summary><p><b>Yes.</b> It <em>waits</em>.</p>" in text


def test_no_text_of_a_question_ends_the_script() -> None:
    html = page.quiz_html("00", [{"text": "</script>", "options": []}], "without")
    assert html.count("</script>") == 1
    assert html.startswith('<div data-course-quiz="course-quiz-')


def test_in_a_terminal_the_quiz_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    quiz("00")
    assert "✓ 0 lines; answer holds a coroutine" in capsys.readouterr().out
