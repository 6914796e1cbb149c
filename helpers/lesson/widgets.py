"""Show a widget where a browser can draw it, and the same as text everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def show(text: str, make: Callable[[], Any], *, markdown: str | None = None) -> None:
    """Display a widget in a notebook's kernel; print the text where there is none.

    The output holds the text as well, the same on every run, and not the widget's repr: nbval compares it, and GitHub
    shows it. `python -m helpers refresh` leaves the widget out of what it stores: without its kernel it would show
    "model not found" in place of the text.

    Args:
        text: what to show where there is neither a browser nor Markdown.
        make: returns the widget; called only where a kernel runs.
        markdown: what to show in a notebook without widgets, if it is to be more than the text.
    """
    if not _in_a_kernel():
        print(text)  # noqa: T201 - a terminal
        return
    from IPython.display import display

    data: dict[str, Any] = {"text/plain": text} | ({"text/markdown": markdown} if markdown else {})
    widget = make()
    data[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display(data, raw=True)


def _in_a_kernel() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
