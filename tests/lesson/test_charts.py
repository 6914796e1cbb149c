"""A chart carries its values as text, and draws every curve that it was given."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from helpers import chart
from helpers.lesson.charts import Chart
from helpers.timeline.palette import palette

SIZES = [1, 10, 100]


def pixels(shown: Chart, color: str) -> list[tuple[int, int]]:
    """Return where the picture has this colour, or nearly."""
    image = np.asarray(Image.open(io.BytesIO(shown._png())).convert("RGB"), dtype=int)
    wanted = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return [(int(x), int(y)) for y, x in np.argwhere((abs(image - wanted) < 24).all(axis=2))]


def test_the_text_has_a_line_for_each_x() -> None:
    shown = chart("Time for N", x=SIZES, x_label="N", measured={"measured": [0.1, 0.105, 1.5]})
    assert str(shown).splitlines() == [
        "Time for N",
        "N 1: measured 100 ms",
        "N 10: measured 105 ms",
        "N 100: measured 1.50 s",
    ]


def test_rates_are_shown_per_second() -> None:
    shown = chart("Rate", x=[5], x_label="k", measured={"measured": [470.4]}, unit="/s")
    assert "k 5: measured 470/s" in str(shown)


def test_limits_come_after_what_was_measured() -> None:
    shown = chart("Time", x=[2], x_label="N", measured={"measured": [0.1]}, limits={"limit": [0.2]})
    assert "N 2: measured 100 ms, limit 200 ms" in str(shown)


def test_every_curve_is_drawn_and_named_in_the_legend() -> None:
    shown = chart("Time", x=SIZES, x_label="N", measured={"a": SIZES, "b": SIZES}, limits={"c": SIZES})
    (axes,) = shown.figure().axes
    assert {line.get_label() for line in axes.get_lines()} == {"a", "b", "c"}


def test_limits_are_dashed_and_measurements_have_markers() -> None:
    (axes,) = chart("Time", x=SIZES, x_label="N", measured={"m": SIZES}, limits={"l": SIZES}).figure().axes
    style = {line.get_label(): (line.get_linestyle(), line.get_marker()) for line in axes.get_lines()}
    assert style == {"m": ("-", "o"), "l": ("--", "None")}


def test_a_limit_is_seen_where_a_measured_curve_coincides_with_it() -> None:
    shown = chart("Time", x=SIZES, x_label="N", measured={"m": SIZES}, limits={"l": SIZES})
    (axes,) = shown.figure().axes
    order = sorted(axes.get_lines(), key=lambda line: line.get_zorder())
    assert [line.get_label() for line in order] == ["m", "l"]
    assert len(pixels(shown, palette()["limit"])) > 500  # a thin dashed line across the chart, and its legend


def test_the_marker_of_a_zero_is_whole() -> None:
    at_zero, above = (chart("Time", x=[1], x_label="N", measured={"m": [y], "above": [1.0]}) for y in (0.0, 0.5))
    assert len(pixels(at_zero, palette()["busy"])) >= 0.95 * len(pixels(above, palette()["busy"]))


def test_a_logarithmic_chart_has_both_axes_logarithmic() -> None:
    (axes,) = chart("Time", x=SIZES, x_label="N", measured={"m": SIZES}, log=True).figure().axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_picture_has_the_values_as_alternative_text() -> None:
    shown = chart("Time", x=SIZES, x_label="N", measured={"m": [0.1, 0.2, 0.3]})
    data, metadata = shown._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == data["text/plain"] == str(shown)


def test_a_curve_of_another_length_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'m' has 2 values for 3 values of x"):
        chart("Time", x=SIZES, x_label="N", measured={"m": [1, 2]})


def test_more_curves_than_anybody_can_read_are_refused() -> None:
    with pytest.raises(ValueError, match="up to 3 measured curves"):
        chart("Time", x=[1], x_label="N", measured={name: [1.0] for name in "abcd"})


def test_memory_has_its_unit_and_what_was_not_measured_is_left_out() -> None:
    shown = chart("Memory", x=[1, 2, 3], x_label="N", measured={"m": [0.512, 12.4, math.nan]}, unit="MiB")
    assert str(shown).splitlines() == ["Memory", "N 1: m 0.51 MiB", "N 2: m 12 MiB", "N 3: "]
