"""What a page does in the browser: keeps what a cell puts out in view, makes keys do what one expects, names things.

    in_view.js  a cell that has just been run is kept in view while its output grows
    hands.js    Enter in a guess box; names for sliders; words where a widget can't be drawn
    page.js     begins all that, once for each open notebook
    quiz.js     a quiz, in its own output: it needs no kernel

JupyterLab gives scripts in an output no way to its own objects, so these work on what is in the document: the class
names of JupyterLab 4 and Notebook 7. Where they are others, nothing happens.
"""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

from helpers.timeline.live.canvas import joined

_numbers = itertools.count(1)


def html() -> str:
    """Return a piece of HTML that begins what a page does, and shows nothing."""
    key = f"course-page-{next(_numbers)}-{time.time_ns():x}"
    return f'<div data-course-page="{key}"></div>\n<script type="module">\n{script()}\nbegin("{key}");\n</script>'


def script() -> str:
    """Return what a page does, as one module."""
    return joined(__path__[0], "in_view.js", "hands.js", "page.js")


def quiz_html(lesson: str, asked: list[dict[str, Any]], without_scripts: str) -> str:
    """Return a quiz as a piece of HTML: what is there without scripts, and a script that takes its place."""
    key = f"course-quiz-{next(_numbers)}-{time.time_ns():x}"
    data = json.dumps(asked, ensure_ascii=False).replace("<", "\\u003c")
    start = f'beginQuiz("{key}", {json.dumps(lesson)}, {data});'
    script = f'<script type="module">\n{joined(__path__[0], "quiz.js")}\n{start}\n</script>'
    return f'<div data-course-quiz="{key}">{without_scripts}</div>\n{script}'
