"""Show a timeline under the cell that records it: alive while it runs, settled when it has ended."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from IPython.display import display

from helpers.lesson.live import LiveView, a_browser_looks_on

if TYPE_CHECKING:
    from helpers.timeline import Timeline


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
