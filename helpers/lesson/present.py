"""Show a timeline under the cell that records it: alive while it runs, settled when it has ended."""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.lesson import runs
from helpers.lesson.live import LiveView, a_browser_looks_on

if TYPE_CHECKING:
    from helpers.timeline import Timeline

MOST_LINES = 4  # of the words under a picture that are printed; more are unfolded


def present(timeline: Timeline) -> Callable[[], None]:
    """Show a timeline that begins, and return what to call when its block has ended.

    Then the settled picture is displayed, in the place of the live one if there was one, and its facts as text.
    JupyterLab drops a picture's alt text, and shows the text of a bundle only where there is no picture. So the text is
    printed too: whoever can't see the picture can read it.
    """
    live = _live(timeline) if a_browser_looks_on() else None

    def settle() -> None:
        if live is not None:
            live.stop()
        data, metadata = timeline._repr_mimebundle_()
        if live is None:
            display(data, metadata=metadata, raw=True)
            runs.note(timeline.record)
        else:
            live.settle(data, metadata)
        print(data["text/plain"])  # noqa: T201 - a line under the picture

    return settle


def _live(timeline: Timeline) -> LiveView | None:
    try:
        return LiveView(timeline)
    except Exception as error:  # the learner's block goes on without it
        warnings.warn(f"no live view of {timeline.title!r}, only the picture at its end: {error!r}", stacklevel=2)
        return None


def show_words() -> None:
    """Let a picture or a chart that a cell shows have its words under it, as a timeline has them."""
    from helpers.lesson.charts import Chart
    from helpers.timeline import Picture, Timeline

    shell = get_ipython()
    formatter = getattr(getattr(shell, "display_formatter", None), "ipython_display_formatter", None)
    if formatter is not None:
        for kind in (Chart, Picture, Timeline):
            formatter.for_type(kind, with_words)


def with_words(picture: Any) -> None:
    """Display a picture, and under it what it shows: all of it, or the first line and the rest to unfold."""
    data, metadata = picture._repr_mimebundle_()
    display(data, metadata=metadata, raw=True)
    words = data["text/plain"]
    first, *rest = words.splitlines()
    if len(rest) < MOST_LINES:
        print(words)  # noqa: T201 - a line under the picture
        return
    values = html.escape("\n".join(rest))
    folded = f"<details><summary>{html.escape(first)} In numbers</summary><pre>{values}</pre></details>"
    display({"text/html": folded, "text/plain": words}, raw=True)
