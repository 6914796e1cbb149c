"""A settled picture of one record or several: shown by notebooks, stored by scripts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .facts import comparison, facts
from .palette import file_colors
from .record import Limit, Record
from .scene import Scene, scene_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARPNESS = 1.75  # pixels of the file for each pixel shown


class Picture:
    """The picture of one record, or of several on one time axis, which is at least `least_axis_s` long."""

    def __init__(
        self, records: Sequence[Record], *, limit: Limit | None = None, ratio: bool = True, least_axis_s: float = 0.0
    ) -> None:
        self.least_axis_s = least_axis_s
        self._records = tuple(records)
        self._limit = limit
        self._ratio = ratio

    @property
    def scene(self) -> Scene:
        """What is drawn, as data."""
        return scene_of(self._records, limit=self._limit, ratio=self._ratio, least_axis_s=self.least_axis_s)

    @property
    def facts(self) -> str:
        """What is drawn, in a few sentences, one a line."""
        if len(self._records) == 1:
            return facts(self._records[0])
        return comparison(self._records, self._limit, ratio=self._ratio)

    def figure(self) -> Figure:
        """Draw the picture."""
        from .draw import draw  # matplotlib takes 0.4 s to import: not before it is needed

        return draw(self.scene)

    def png(self) -> tuple[bytes, int, int]:
        """Return the picture as a PNG, and the width and height to show it at, in pixels."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image  # comes with matplotlib

        figure = self.figure()
        width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
        figure.set_dpi(figure.dpi * SHARPNESS)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        size, pixels = canvas.get_width_height(), canvas.buffer_rgba()
        image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
        stream = io.BytesIO()
        colors = Image.new("P", (1, 1))
        colors.putpalette([level for color in file_colors() for level in color])
        image.quantize(palette=colors, dither=Image.Dither.NONE).save(stream, format="png", optimize=True)
        return stream.getvalue(), width, height

    def save(self, path: str | Path) -> None:
        """Store the picture in a file: as SVG where its name ends so, else as PNG."""
        where = Path(path)
        where.write_bytes(self.svg() if where.suffix.lower() == ".svg" else self.png()[0])

    def svg(self) -> bytes:
        """Return the picture as an SVG document, with the facts as its description."""
        import matplotlib as mpl

        stream = io.BytesIO()
        about = {"Title": self._records[0].title, "Description": self.facts, "Date": None}
        with mpl.rc_context({"svg.hashsalt": "timeline"}):  # the same record gives the same file
            self.figure().savefig(stream, format="svg", metadata=about)
        return stream.getvalue()

    def __repr__(self) -> str:
        return f"<Picture: {self.facts}>".replace("\n", " ")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        data, width, height = self.png()
        facts = self.facts
        about = {"width": width, "height": height, "alt": facts, "needs_background": "light"}
        return {"image/png": data, "text/plain": facts}, {"image/png": about}


def side_by_side(
    *timelines: Any, limit_s: float | None = None, limit_label: str = "limit", ratio: bool = True
) -> Picture:
    """Draw several timelines on one time axis, one below the other.

        side_by_side(sequential, threads, concurrent, limit_s=0.1, limit_label="L")

    Each but the first says how many times as fast as the first it was; without `ratio`, only how long it took.

    Raises:
        ValueError: without a timeline, or unless limit_s > 0.
    """
    if not timelines:
        raise ValueError("side_by_side needs at least one timeline")
    limit = None if limit_s is None else Limit(limit_s, limit_label)
    return Picture([timeline.record for timeline in timelines], limit=limit, ratio=ratio)
