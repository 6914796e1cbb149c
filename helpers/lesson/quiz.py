"""A few questions at the end of a lesson, with an explanation for every option."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from helpers.lesson import widgets
from helpers.lesson.quizzes import Option, Question, questions

_MARKS = re.compile(r"`(?P<code>.+?)`|\*\*(?P<b>.+?)\*\*|\*(?P<em>.+?)\*")


def quiz(lesson: str) -> None:
    """Show the quiz of a lesson, such as `quiz("00")`.

    With widgets one chooses an option and presses *Check*; Tab and Space are enough. Without, every
    option unfolds to its explanation; in a terminal the explanations follow the options.

    Raises:
        ValueError: if the lesson has no quiz; the message lists those that have.
    """
    asked = questions(lesson)
    widgets.show(as_text(asked), lambda: _widget(asked), markdown=as_markdown(asked))


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


def _verdict(option: Option) -> str:
    return f"{'**Yes.**' if option.right else 'No.'} {option.why}"


def _widget(asked: Sequence[Question]) -> Any:
    import ipywidgets

    keys = ipywidgets.HTML(
        "<p>Keys: <b>Tab</b> goes on, <b>Space</b> chooses and presses.</p>"
    )  # arrows leave the cell
    boxes = [_question(number, question) for number, question in enumerate(asked, start=1)]
    return ipywidgets.VBox([keys, *boxes])


def _question(number: int, question: Question) -> Any:
    import ipywidgets

    code = f"<pre>{html.escape(question.code)}</pre>" if question.code else ""
    said = ipywidgets.HTML(f"<p><b>{number}.</b> {_marked(question.text)}</p>{code}")
    choice = ipywidgets.RadioButtons(
        options=[(_plain(option.text), option) for option in question.options],
        value=None,
        layout=ipywidgets.Layout(width="max-content", max_width="100%"),
    )
    check = ipywidgets.Button(description="Check", tooltip=f"Check the answer to question {number}")
    verdict = ipywidgets.HTML()

    def explain(_: Any) -> None:
        verdict.value = _explained(question, choice.value)

    check.on_click(explain)
    return ipywidgets.VBox([said, choice, check, verdict], layout=ipywidgets.Layout(margin="0 0 1em 0"))


def _explained(question: Question, chosen: Option | None) -> str:
    """Return what to say of a choice; once the right one is found, of the others too."""
    if chosen is None:
        return "<p>Choose an option first.</p>"
    said = [f"<p>{'✓' if chosen.right else '✗'} {_marked(_verdict(chosen))}</p>"]
    if chosen.right:
        others = [option for option in question.options if not option.right]
        said += [f"<li>{_marked(option.text)}: {_marked(option.why)}</li>" for option in others]
        said[1:] = ["<p>And the others:</p><ul>", *said[1:], "</ul>"]
    return "".join(said)


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
