"""A few questions at the end of a lesson, with an explanation for every option."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from helpers.lesson import page, widgets
from helpers.lesson.quizzes import Option, Question, questions

_MARKS = re.compile(r"`(?P<code>.+?)`|\*\*(?P<b>.+?)\*\*|\*(?P<em>.+?)\*")


def quiz(lesson: str) -> None:
    """Show the quiz of a lesson, such as `quiz("00")`.

    In a browser one chooses an option and presses *Check*; what was chosen is there again tomorrow. Without scripts
    every option unfolds to its explanation; in a terminal the explanations follow the options.

    Raises:
        ValueError: if the lesson has no quiz; the message lists those that have.
    """
    asked = questions(lesson)
    if not widgets.in_a_kernel():
        print(as_text(asked))  # noqa: T201 - a terminal
        return
    from IPython.display import display

    from helpers.lesson.live import a_browser_looks_on

    data = {"text/plain": as_text(asked), "text/markdown": as_markdown(asked)}
    if a_browser_looks_on():
        data["text/html"] = page.quiz_html(lesson, as_data(asked), as_html(asked))
    display(data, raw=True)


def as_text(asked: Sequence[Question]) -> str:
    """Return the questions as plain text."""
    lines = []
    for number, question in enumerate(asked, start=1):
        lines += [f"{number}. {_plain(question.text)}", *_indented(question.code), ""]
        for option in question.options:
            lines.append(f"   {'✓' if option.right else '✗'} {_plain(option.text)}")
            lines.append(f"     {_plain(option.why)}")
        lines.append("")
    return "\n".join(lines).rstrip()


def as_markdown(asked: Sequence[Question]) -> str:
    """Return the questions as Markdown for JupyterLab, VS Code and GitHub: an option unfolds to its explanation."""
    parts = []
    for number, question in enumerate(asked, start=1):
        parts.append(f"**{number}.** {question.text}")
        if question.code:
            parts.append(f"```python\n{question.code}\n```")
        parts += [
            f"<details><summary>{_marked(option.text)}</summary>\n\n{_verdict(option)}\n</details>"
            for option in question.options
        ]
    return "\n\n".join(parts)


def as_html(asked: Sequence[Question]) -> str:
    """Return the questions as HTML that needs no script: an option unfolds to its explanation."""
    parts = []
    for question in as_data(asked):
        parts.append(question["text"])
        parts += [
            f"<details><summary>{option['text']}</summary><p>{'<b>Yes.</b>' if option['right'] else 'No.'} "
            f"{option['why']}</p></details>"
            for option in question["options"]
        ]
    return "\n".join(parts)


def as_data(asked: Sequence[Question]) -> list[dict[str, Any]]:
    """Return the questions for a browser, for JSON: their texts as HTML."""
    return [
        {
            "text": f"<p><b>{number}.</b> {_marked(question.text)}</p>"
            + (f"<pre>{html.escape(question.code)}</pre>" if question.code else ""),
            "options": [
                {"text": _marked(option.text), "why": _marked(option.why), "right": option.right}
                for option in question.options
            ],
        }
        for number, question in enumerate(asked, start=1)
    ]


def _verdict(option: Option) -> str:
    return f"{'**Yes.**' if option.right else 'No.'} {option.why}"


def _marked(text: str) -> str:
    """Turn `code`, **bold** and *stressed* into HTML, and nothing else."""
    return _replaced(html.escape(text, quote=False), lambda tag, inner: f"<{tag}>{inner}</{tag}>")


def _plain(text: str) -> str:
    return _replaced(text, lambda _, inner: inner)


def _replaced(text: str, mark: Callable[[str, str], str]) -> str:
    """Replace each pair of marks and what is between by `mark(tag, between)`. What stands in code is left as it is."""

    def one(match: re.Match[str]) -> str:
        tag = str(match.lastgroup)
        return mark(tag, match[tag] if tag == "code" else _replaced(match[tag], mark))

    return _MARKS.sub(one, text)


def _indented(code: str) -> list[str]:
    return ["", *(f"       {line}".rstrip() for line in code.splitlines())] if code else []
