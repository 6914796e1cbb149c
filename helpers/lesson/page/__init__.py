"""What a page does in the browser: keeps what a cell puts out in view, makes keys do what one expects, names things.

    in_view.js  a cell that has just been run is kept in view while its output grows
    hands.js    Enter in a guess box; names for sliders; words where a widget can't be drawn
    page.js     begins all that, once for each open notebook

JupyterLab gives scripts in an output no way to its own objects, so these work on what is in the document: the class
names of JupyterLab 4 and Notebook 7. Where they are others, nothing happens.
"""

from __future__ import annotations

import itertools

from helpers.timeline.live.canvas import joined

_numbers = itertools.count(1)


def html() -> str:
    """Return a piece of HTML that begins what a page does, and shows nothing."""
    key = f"course-page-{next(_numbers)}"
    return f'<div data-course-page="{key}"></div>\n<script type="module">\n{script()}\nbegin("{key}");\n</script>'


def script() -> str:
    """Return the modules as one."""
    return joined(__path__[0], "in_view.js", "page.js")
