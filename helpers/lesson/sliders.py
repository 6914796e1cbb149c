"""The widgets above an explored picture, and the outputs under them that are replaced in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
from IPython.core.formatters import format_display_data
from IPython.display import DisplayHandle, display

from helpers.lesson.charts import Chart
from helpers.lesson.explore import explanation
from helpers.lesson.parameters import Parameter
from helpers.timeline import Picture, Timeline

VIEW = "application/vnd.jupyter.widget-view+json"


class Sliders:
    """A widget for each parameter, a word on what is going on, and below them the place of the picture and its text.

    Everything is sent as an output of the cell and replaced by its display id. An `Output` widget would lose what it
    shows when the notebook is opened without its kernel, and is empty where there are no widgets.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = parameters
        self._widgets = {parameter.name: _widget(parameter) for parameter in parameters}
        self._status = widgets.Label()
        self._places: list[DisplayHandle] = []
        self._axis_s = 0.0

    def on_change(self, change: Callable[[str, Any], None]) -> None:
        """Call this with name and value whenever a widget has changed, in whatever thread the kernel chooses."""
        for name, widget in self._widgets.items():
            widget.observe(lambda event, name=name: change(name, event["new"]), names="value")

    def display(self) -> None:
        """Show the widgets; where there are none, say what they would be."""
        box = widgets.Box(
            [*self._widgets.values(), self._status],
            layout=widgets.Layout(display="flex", flex_flow="row wrap", align_items="center"),
        )
        words = f"Sliders: {', '.join(map(str, self._parameters))}."
        box.add_class("course-sliders")
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        display({VIEW: view, "text/plain": words}, raw=True)

    def show(self, result: Any) -> None:
        """Show a result in the place of the one before: its picture, and in words what the picture shows."""
        if isinstance(result, (Timeline, Picture)):
            result = self._axis_kept(result if isinstance(result, Picture) else result.picture())
            data, metadata = result._repr_mimebundle_()
        elif isinstance(result, Chart):  # which a cell shows with its words; here they have a place of their own
            data, metadata = result._repr_mimebundle_()
        else:
            data, metadata = format_display_data(result)
        self._replace(data, metadata, data.get("text/plain", "") if "image/png" in data else "")

    def _axis_kept(self, picture: Picture) -> Picture:
        """Let the time axis be as long as the longest so far, so that a shorter run is seen to be shorter.

        Where a run takes less than a fifth of it, the axis begins anew.
        """
        axis_s = picture.scene.axis_s
        self._axis_s = picture.least_axis_s = axis_s if axis_s < self._axis_s / 5 else max(axis_s, self._axis_s)
        return picture

    def fail(self, error: BaseException) -> None:
        """Show an error in the place of the result."""
        self._replace({"text/plain": explanation(error)}, {}, "This run failed. Other values may do better.")

    def say(self, status: str) -> None:
        """Say what is going on, beside the sliders."""
        self._status.value = status

    def _replace(self, data: dict[str, Any], metadata: dict[str, Any], words: str) -> None:
        contents = [(data, metadata), ({"text/plain": words}, {})]
        if self._places:
            for place, (bundle, about) in zip(self._places, contents, strict=True):
                place.update(bundle, metadata=about, raw=True)
        else:
            self._places = [display(bundle, metadata=about, raw=True, display_id=True) for bundle, about in contents]


def _widget(parameter: Parameter) -> Any:
    options = {
        "description": parameter.name,
        "style": {"description_width": "80px"},
        "layout": widgets.Layout(width="360px"),
    }
    if parameter.choices:
        return widgets.Dropdown(options=parameter.choices, value=parameter.start, **options)
    limits = {"min": parameter.least, "max": parameter.most, "step": parameter.step, "value": parameter.start}
    if isinstance(parameter.start, int):
        return widgets.IntSlider(**limits, **options)
    return widgets.FloatSlider(**limits, readout_format=f".{_decimals(parameter.step)}f", **options)


def _decimals(step: float) -> int:
    """Return how many decimals tell two positions apart."""
    return len(f"{step:.6f}".rstrip("0").partition(".")[2])
