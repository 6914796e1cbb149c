"""Show a timeline under the cell that recorded it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from IPython.display import display

if TYPE_CHECKING:
    from helpers.timeline import Timeline


def present(timeline: Timeline) -> Callable[[], None]:
    """Return what to call when the timeline's block has ended: it displays the settled picture, and its facts as text.

    JupyterLab drops a picture's alt text, and shows the text of a bundle only where there is no picture. So the text is
    printed too: whoever can't see the picture can read it.
    """

    def settle() -> None:
        data, metadata = timeline._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        print(data["text/plain"])  # noqa: T201 - a line under the picture

    return settle
