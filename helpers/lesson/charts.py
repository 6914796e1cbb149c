"""A chart of what was measured, with what theory allows drawn beside it.

`matplotlib.figure.Figure` and never pyplot: a widget's callback comes from another thread.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from helpers.timeline import duration
from helpers.timeline.palette import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Unit = Literal["s", "/s", "MiB", ""]
Curves = Mapping[str, Sequence[float]]

_SIZE = (9.6, 2.9)  # inches at 100 dots: the width of a notebook's output; two fit below each other on a laptop
_SHARPNESS = 2
_MARKERS = "osD^v"
_DASHES = ((0, (3.6, 2.2)), (0, (1.1, 1.5)), (0, (4.4, 1.5, 1.1, 1.5)))  # in widths of the line


@dataclass(frozen=True)
class Chart:
    """Measured curves and limits over one x; shown by a notebook as a picture, with all its values as text."""

    title: str
    x_label: str
    x: tuple[float, ...]
    measured: Curves
    limits: Curves
    unit: Unit
    log: bool

    def figure(self) -> Figure:
        """Draw the chart."""
        import matplotlib as mpl  # takes 0.4 s: not before it is needed
        from matplotlib.figure import Figure

        with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
            figure = Figure(figsize=_SIZE, dpi=100, facecolor="white")
            self._draw(figure.add_axes((0.075, 0.17, 0.66, 0.7)))
        return figure

    def save(self, path: str | Path) -> None:
        """Store the chart as a PNG file."""
        Path(path).write_bytes(self._png())

    def __str__(self) -> str:
        """Return the values as text: the title, then a line for each x."""
        curves = {**self.measured, **self.limits}
        rows = [
            f"{self.x_label} {x:g}: "
            + ", ".join(f"{name} {self._shown(ys[index])}" for name, ys in curves.items() if not math.isnan(ys[index]))
            for index, x in enumerate(self.x)
        ]
        return "\n".join([self.title, *rows])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        width, height = (round(inches * 100) for inches in _SIZE)
        about = {"width": width, "height": height, "alt": str(self), "needs_background": "light"}
        return {"image/png": self._png(), "text/plain": str(self)}, {"image/png": about}

    def _png(self) -> bytes:
        from PIL import Image  # comes with matplotlib

        drawn, packed = io.BytesIO(), io.BytesIO()
        self.figure().savefig(drawn, format="png", dpi=100 * _SHARPNESS)
        # Sixty-four colours are enough for lines and text, and make a third of the bytes: every reader downloads them.
        image = Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE)
        image.save(packed, format="png", optimize=True)
        return packed.getvalue()

    def _shown(self, value: float) -> str:
        if self.unit == "s":
            return duration(value)
        if self.unit == "MiB":
            return f"{value:.2g} MiB" if value < 10 else f"{value:.0f} MiB"
        return f"{value:.0f}/s" if self.unit == "/s" else f"{value:g}"

    def _draw(self, axes: Axes) -> None:
        from matplotlib.ticker import LogLocator, NullLocator

        self._curves(axes)
        if self.log:
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
            axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xticks(self.x, [f"{x:g}" for x in self.x])
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_formatter(lambda value, _: self._shown(value))
        axes.set_ylim(*((None, None) if self.log else (0, None)))
        axes.set_title(self.title, loc="left", fontweight="bold", fontsize=11.5, color=palette()["ink"])
        axes.set_xlabel(self.x_label)
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))

    def _curves(self, axes: Axes) -> None:
        """Draw the curves: a limit over the lines of what was measured, so that it is seen where the two coincide."""
        from matplotlib.patheffects import Normal, Stroke

        edge = [Stroke(linewidth=3.6, foreground="white"), Normal()]  # tells the dashes from a line below them
        for (name, ys), dashes in zip(self.limits.items(), _DASHES, strict=False):
            look: dict[str, Any] = {"linestyle": dashes, "linewidth": 2.2, "zorder": 4, "path_effects": edge}
            axes.plot(self.x, ys, color=palette()["limit"], label=name, **look)
        colors = (palette()["busy"], "#c77700", "#7a5195")
        for (name, ys), marker, color in zip(self.measured.items(), _MARKERS, colors, strict=False):
            look = {"marker": marker, "markersize": 5.5, "linewidth": 1.4, "zorder": 3}
            axes.plot(self.x, ys, color=color, label=name, **look)
            # The points once more, over the limits; not clipped, so that at zero they stand on the axis, whole.
            axes.scatter(self.x, ys, s=6.5**2, color=color, marker=marker, linewidths=0, zorder=5, clip_on=False)


def chart(
    title: str,
    *,
    x: Sequence[float],
    x_label: str,
    measured: Curves,
    limits: Curves | None = None,
    unit: Unit = "s",
    log: bool = False,
) -> Chart:
    """Return a chart of measured curves over x, with the limits that theory sets.

        chart("Time for N requests", x=sizes, x_label="N", measured={"asyncio": times}, limits={"N·L": sums})

    Args:
        title: what the chart shows, as a sentence.
        x: where it was measured.
        x_label: what x is; also the word before each value in the text.
        measured: up to three curves, each by its name, with a value for each x; `math.nan` where nothing was measured.
        limits: up to three curves that theory gives, drawn dashed.
        unit: "s" for times, "/s" for rates, "MiB" for memory, "" for plain numbers.
        log: draw both axes on a logarithmic scale.

    Raises:
        ValueError: where a curve has not as many values as x.
    """
    limits = limits or {}
    for name, ys in (*measured.items(), *limits.items()):
        if len(ys) != len(x):
            raise ValueError(f"the curve {name!r} has {len(ys)} values for {len(x)} values of x: give one for each")
    if len(measured) > len(_DASHES) or len(limits) > len(_DASHES):
        raise ValueError(
            f"a chart takes up to {len(_DASHES)} measured curves and as many limits, or nobody can read it"
        )
    return Chart(title, x_label, tuple(x), dict(measured), dict(limits), unit, log)
