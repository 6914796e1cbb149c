"""Show a widget where a browser can draw it, and the same as text everywhere else."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Place:
    """Where a widget is displayed: something else can take its place."""

    def __init__(self, handle: Any, widget: Any) -> None:
        self._handle = handle
        self._widget = widget

    def replace(self, words: str) -> None:
        """Put words in the place of the widget, where a browser looks on: what is stored stays as it is."""
        from helpers.lesson.live import a_browser_looks_on

        if a_browser_looks_on():
            self._handle.update({"text/html": f"<p>{html.escape(words)}</p>", "text/plain": words}, raw=True)
            self._widget.close()


def show(text: str, make: Callable[[], Any]) -> Place | None:
    """Display a widget in a notebook's kernel and return where; print the text where there is none.

    The output holds the text as well, the same on every run, and not the widget's repr: nbval compares it, and GitHub
    shows it. `python -m helpers refresh` leaves the widget out of what it stores: without its kernel it would show
    "model not found" in place of the text.

    Args:
        text: what to show where there is no browser.
        make: returns the widget; called only where a kernel runs.
    """
    if not in_a_kernel():
        print(text)  # noqa: T201 - a terminal
        return None
    from IPython.display import display

    widget = make()
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    handle = display({"text/plain": text, WIDGET_VIEW: view}, raw=True, display_id=True)
    return Place(handle, widget)


def in_a_kernel() -> bool:
    """Return whether a notebook's kernel runs this."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
