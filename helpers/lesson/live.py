"""A timeline drawn in the notebook while its block runs, and replays that play there: where a browser is looking on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.lesson import runs
from helpers.timeline.live import Feed, Replay, live_module, looks, ticker_for

if TYPE_CHECKING:
    from helpers.timeline import Timeline

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# A browser asks for a first frame when its canvas is there, which takes it up to two seconds. Where what it asks waits
# for the cell to end (no subshells; or they were lost in a restart), it must begin with a frame that it was not asked
# for. So as long as no browser is heard, some begin from nothing: after this time, after twice as long, and so on.
UNASKED_S = 0.3
AHEAD = 20  # frames that may be on their way
STALLED_S = 0.5  # between frames to a browser that is further behind


def a_browser_looks_on() -> bool:
    """Return whether the cell that runs was sent by a page: JupyterLab, Notebook 7 and VS Code name the cell.

    nbclient and nbval do not, so that a notebook refreshed or tested makes no widget at all.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    return bool(kernel.get_parent().get("metadata", {}).get("cellId"))


class LiveView:
    """The canvas of one timeline, from the beginning of its block to its end."""

    def __init__(self, timeline: Timeline) -> None:
        self._feed: Feed = timeline.feed()
        self._again = True
        self._heard = False
        self._unasked_s = UNASKED_S
        self._began_s = time.perf_counter()
        self._seen = 0
        self._sent = 0
        self._sent_s = 0.0
        self._widget = _canvas(self._feed.about)
        self._widget.on_msg(self._hear)
        view = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        data = {WIDGET_VIEW: view, "text/plain": f"{timeline.title}: running"}
        self._output = display(data, raw=True, display_id=True)
        self.ticker = ticker_for(self._feed.loop, self.send)
        self.ticker.start()

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take note of what a browser says: in another thread where ipykernel has subshells, else after the cell."""
        self._heard = True
        if content.get("again"):
            self._again = True
        self._seen = max(self._seen, content.get("seen", 0))

    def send(self) -> None:
        """Send what is new, unless the browser has more before it than it can take."""
        now_s = time.perf_counter()
        if self._heard and self._sent > self._seen + AHEAD and now_s - self._sent_s < STALLED_S:
            return
        if not self._heard and now_s - self._began_s > self._unasked_s:
            self._unasked_s *= 2
            self._again = True
        if self._again:
            self._again = False
            self._feed.restart()
        frame = self._feed.frame()
        if frame is None:
            return
        if frame.restart:
            self._seen = frame.number - 1
        self._sent, self._sent_s = frame.number, now_s
        self._widget.send(frame.header, buffers=[frame.body()])

    def stop(self) -> None:
        """Send what is left and no more: while the picture is drawn, the canvas shows how it ended."""
        self.ticker.stop()
        if self.ticker.trouble is None:
            self._sent_s = 0.0
            self.send()

    def settle(self, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Put the settled picture in the place of the canvas."""
        try:
            self._output.update(data, metadata=metadata, raw=True)
        finally:
            self._widget.close()


def _canvas(about: dict[str, Any]) -> Any:
    import anywidget  # takes 0.1 s with ipywidgets: only where there is a browser
    import traitlets

    global _Canvas  # noqa: PLW0603 - made when it is first needed
    if _Canvas is None:

        class Canvas(anywidget.AnyWidget):
            """A canvas in the page; its module draws what it is sent."""

            _esm = traitlets.Unicode(live_module()).tag(sync=True)
            about = traitlets.Dict().tag(sync=True)
            looks = traitlets.Dict().tag(sync=True)

            def close(self) -> None:
                layout = self.layout
                super().close()
                layout.close()  # a widget of its own, which would stay for as long as the kernel

        _Canvas = Canvas
    return _Canvas(about=about, looks=looks())


_Canvas: Any = None


def show_replays() -> None:
    """Let replays play where a browser looks on; elsewhere they are the settled picture."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Replay, _page)


def _page(replay: Replay) -> str | None:
    if a_browser_looks_on():
        return replay.html()
    runs.note(replay)
    return None
